package dev.skerry.model;

import java.nio.file.Path;

/** Reads a model in a process with little heap, touches its last weight, and writes it where a second path is given. */
final class ReadingProbe {
    private ReadingProbe() {}

    public static void main(String[] args) {
        Model model = ModelFile.read(Path.of(args[0]));
        Tensor weight = model.graph().initializers().get("w");
        if (weight == null || weight.valueAt(weight.elements() - 1) != 0) {
            throw new IllegalStateException("the weight isn't what was written");
        }
        if (args.length > 1) {
            ModelFile.write(model, Path.of(args[1]));
        }
    }
}
