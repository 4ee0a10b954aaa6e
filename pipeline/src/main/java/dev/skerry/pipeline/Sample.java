package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One recorded moment of a source.
 *
 * @param id what a person calls it: file name, row, frame number
 * @param inputs tensors by the input names of the graph that takes them
 * @param truth what is known to be true of it
 * @param restart whether the state of a model with state is reset before this sample (the first of a recording)
 */
public record Sample(String id, Map<String, Tensor> inputs, Truth truth, boolean restart) {
    public Sample {
        inputs = Map.copyOf(inputs);
    }

    /** A sample of which the class is known, or nothing. */
    public Sample(String id, Map<String, Tensor> inputs, OptionalInt label, boolean restart) {
        this(id, inputs, label.isPresent() ? new Truth.Label(label.getAsInt()) : Truth.UNKNOWN, restart);
    }

    /** The true class, where it is known. */
    public OptionalInt label() {
        return truth instanceof Truth.Label(int index) ? OptionalInt.of(index) : OptionalInt.empty();
    }

    /** The same moment as another graph takes it. */
    public Sample withInputs(Map<String, Tensor> inputs) {
        return new Sample(id, inputs, truth, restart);
    }

    /** The same as the first of a recording. */
    public Sample restarted() {
        return new Sample(id, inputs, truth, true);
    }
}
