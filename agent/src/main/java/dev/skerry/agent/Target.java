package dev.skerry.agent;

import dev.skerry.bundle.Bundle;
import java.nio.file.Path;

/** What an agent has to do with, once it is known that it may be trusted. */
public sealed interface Target {
    /** The name that clients ask for it by. */
    String name();

    /**
     * A model as it is, tensors in and tensors out.
     *
     * @param file an ONNX or TensorFlow Lite file
     */
    record Bare(String name, Path file) implements Target {}

    /**
     * A verified bundle: raw samples in, decisions out.
     *
     * @param folder where the bundle has been unpacked to
     * @param base folder that paths of its source and its actions start from
     */
    record Packed(String name, Bundle bundle, Path folder, Path base) implements Target {}
}
