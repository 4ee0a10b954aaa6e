package dev.skerry.firmware;

import dev.skerry.model.Tensor;
import java.util.List;
import java.util.Map;

/**
 * Golden vectors: what a model was seen to give. The self-test of the generated code holds it to them.
 *
 * @param relative how far a number may be off, as a share of itself
 * @param absolute and besides, in its unit
 */
public record Golden(List<Vector> vectors, double relative, double absolute) {
    public Golden {
        vectors = List.copyOf(vectors);
    }

    /** @param inputs by name; as {@link Firmware#inputs} has their types */
    public record Vector(Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        public Vector {
            inputs = Map.copyOf(inputs);
            outputs = Map.copyOf(outputs);
        }
    }
}
