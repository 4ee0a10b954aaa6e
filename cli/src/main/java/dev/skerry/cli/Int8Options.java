package dev.skerry.cli;

import dev.skerry.compress.ActivationScheme;
import dev.skerry.compress.Granularity;
import dev.skerry.compress.Int8Layout;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** What the integers of an INT8 model are, as options. */
final class Int8Options {
    private static final String AUTO = "auto";

    @Option(
            names = "--integers",
            paramLabel = "TYPES",
            description = "Activations and weights: auto, u8s8, u8s7, s8s8, u8u8 or tflite.")
    String integers = AUTO;

    @Option(
            names = "--scales",
            paramLabel = "SCALES",
            description = "One scale for each output channel of weights, or for each layer: channel or tensor.")
    String scales = "channel";

    @Option(names = "--symmetric", description = "Zero in the middle of the range of activations.")
    boolean symmetric;

    @Option(
            names = "--form",
            paramLabel = "FORM",
            description = "qdq, or qoperator: operators on integers, smaller, for ONNX Runtime.")
    String form = "qdq";

    @Option(
            names = "--integer-only",
            description =
                    "Inputs, outputs and all between them in INT8, for microcontrollers (TensorFlow's full integer"
                            + " quantization); implied by --fit. For a result that ends in .tflite.")
    boolean integerOnly;

    /** Empty for the types that the target is fast with. */
    Optional<ActivationScheme> scheme() {
        List<ActivationScheme> schemes = List.of(ActivationScheme.values());
        Words.requireOneOf(
                "--integers",
                integers,
                Stream.concat(Stream.of(AUTO), schemes.stream().map(ActivationScheme::label))
                        .toList());
        return schemes.stream()
                .filter(scheme -> scheme.label().equals(integers))
                .findFirst();
    }

    Int8Layout layout() {
        Words.requireOneOf("--scales", scales, List.of("channel", "tensor"));
        Words.requireOneOf("--form", form, List.of("qdq", "qoperator"));
        return new Int8Layout(
                scales.equals("tensor") ? Granularity.TENSOR : Granularity.CHANNEL,
                symmetric,
                form.equals("qoperator"),
                integerOnly);
    }
}
