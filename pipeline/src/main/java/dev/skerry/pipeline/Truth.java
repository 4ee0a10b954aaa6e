package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import java.util.List;

/** What is known to be true of a sample. What a model answers is compared with it in the model's own terms and units. */
public sealed interface Truth {
    /** Nothing is known. */
    record Unknown() implements Truth {}

    /** The class, counted from 0. */
    record Label(int index) implements Truth {}

    /** Real values, as many as the model's output has. */
    record Target(Tensor values) implements Truth {}

    /** The class of each pixel as whole numbers [H, W], or of each voxel; a negative class is none. */
    record Mask(Tensor classes) implements Truth {}

    /**
     * Boxes to be detected, float [m, 5 or 6]: left, top, right, bottom in the unit of the model's boxes, class, and 1 where it
     * is a crowd. A row of a negative class is none.
     */
    record Boxes(Tensor rows) implements Truth {}

    /**
     * What is said.
     *
     * @param alphabet what each class of the model stands for, where it answers in scores; empty where that isn't known
     */
    record Text(String words, List<String> alphabet) implements Truth {
        public Text {
            alphabet = List.copyOf(alphabet);
        }
    }

    Truth UNKNOWN = new Unknown();
}
