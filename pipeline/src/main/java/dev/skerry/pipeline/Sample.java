package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One recorded moment of a source.
 *
 * @param id what a person calls it: file name, row, frame number
 * @param inputs tensors by the input names of the graph that takes them
 * @param label the true class, where it is known
 * @param restart whether the state of a model with state is reset before this sample (the first of a recording)
 */
public record Sample(String id, Map<String, Tensor> inputs, OptionalInt label, boolean restart) {
    public Sample {
        inputs = Map.copyOf(inputs);
    }
}
