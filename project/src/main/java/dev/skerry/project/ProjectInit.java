package dev.skerry.project;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes a first {@code skerry.yaml} for a model and a folder of samples: guessed, commented, and meant to be corrected. */
public final class ProjectInit {
    private static final double RATE = 10;
    private static final int LATENCY_MILLIS = 50;

    private final Model model;
    private final StringBuilder text = new StringBuilder();
    private final SourceGuess guess;
    private List<String> open = List.of();

    private ProjectInit(Model model, SampleKind kind, Path samples) {
        this.model = model;
        this.guess = SourceGuess.of(kind, samples, inputShape());
    }

    /**
     * What was written.
     *
     * @param open inputs of the model that nothing feeds yet: values of theirs have to be filled in
     * @param unfit what of the source couldn't be guessed, as the words that say what to fill in and why; empty where it fits
     */
    public record Written(Path file, List<String> open, String unfit) {}

    /**
     * @param samples a folder of images or WAV files, or an .npz, .npy, .wav, .csv or video file
     * @throws dev.skerry.problem.ProblemException {@code init.exists} where the folder has a project, {@code project.samples} where the samples are of no known kind
     */
    public static Written write(Path modelFile, Path samples, Path folder) {
        Path target = folder.resolve("skerry.yaml");
        var init = of(ModelFile.read(modelFile), modelFile, samples, folder);
        try {
            Files.createDirectories(folder);
            Files.writeString(target, init.text, StandardOpenOption.CREATE_NEW);
        } catch (java.nio.file.FileAlreadyExistsException _) {
            throw Problem.usage("init.exists", "there is a project already")
                    .at(target.toString())
                    .attempt("-o with another folder, or remove the file")
                    .toException();
        } catch (IOException e) {
            throw Problem.environment("init.write", "the project can't be written")
                    .at(target.toString())
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
        return new Written(target, init.open, init.guess.open());
    }

    private static ProjectInit of(Model model, Path modelFile, Path samples, Path folder) {
        SampleKind kind = SampleKind.of(samples);
        var init = new ProjectInit(model, kind, samples);
        init.head(modelFile, samples, folder);
        init.pipeline(kind, relative(folder, samples));
        init.stateAndDims();
        return init;
    }

    private void head(Path modelFile, Path samples, Path folder) {
        String name =
                modelFile.getFileName().toString().replaceFirst("\\.[^.]*$", "").toLowerCase(Locale.ROOT);
        line("# A Skerry project. Guessed from the model; read it once, since a guess about");
        line("# pre-processing that is wrong costs accuracy without an error.");
        line("# `skerry run . --expected predictions.npz` compares with your own outputs.");
        line("");
        line("name: " + name.replaceAll("[^a-z0-9._-]+", "-").replaceFirst("^[^a-z0-9]+", ""));
        line("model: " + quoted(relative(folder, modelFile)));
        line("target: this-machine        # or linux-x64, linux-arm64");
        line("");
        line("budget:");
        double hertz = guess.hertz().orElse(RATE);
        aligned(
                "  rate: " + number(hertz) + "Hz",
                guess.hertz().isPresent()
                        ? "guessed: one decision for each frame of the samples"
                        : "decisions in a second; 300/min works too");
        aligned("  latency: " + latency(hertz), "from the scheduled release to the decision, at p99.9");
        line("  max-drop: 1               # points of accuracy that a smaller model may cost");
        line("");
        line("samples:");
        line("  evaluation: " + quoted(relative(folder, samples)) + "   # labelled samples, if there are labels");
        line("  # calibration: other-samples   # where it isn't given, a part of the evaluation samples is set aside");
        line("");
        line("compression:");
        line("  method: auto              # or one of int8, dynamic, int4, fp16, prune, none");
        line("");
    }

    private void pipeline(SampleKind kind, String samples) {
        line("pipeline:");
        if (!guess.open().isEmpty()) {
            line("  # To be filled in before the first deploy, since it couldn't be guessed:");
            line("  # " + guess.open() + ".");
        } else if (!guess.options().isEmpty()) {
            line("  # Guessed from the model's input " + inputShape()
                    + " and from what the samples are; as in training?");
        }
        String options = guess.options().stream().map(option -> ", " + option).collect(Collectors.joining());
        line("  source: {" + kind.word() + ": " + quoted(samples) + options + "}");
        if (kind == SampleKind.IMAGES || kind == SampleKind.VIDEO) {
            images();
        } else if (guess.pre().isEmpty()) {
            line("  pre: []                   # the samples go into the model as they are");
        } else {
            line("  pre:");
            guess.pre().forEach(step -> line("    - " + step));
        }
        constants(kind);
        post();
        line("  actions:");
        line("    - json-lines: decisions.jsonl");
        line("");
    }

    /** Inputs that neither the frame nor state feeds get a line to fill in; samples with named arrays may have them all. */
    private void constants(SampleKind kind) {
        if (kind == SampleKind.TENSORS) {
            return;
        }
        Set<String> fed = states();
        open = model.graph().dataInputs().stream()
                .skip(1)
                .map(ValueInfo::name)
                .filter(name -> !fed.contains(name))
                .toList();
        if (!open.isEmpty()) {
            line("  # The frame feeds only the first input; give the others their values here.");
            line("  # constants: {"
                    + open.stream().map(name -> quoted(name) + ": VALUE").collect(Collectors.joining(", ")) + "}");
        }
    }

    private void images() {
        Shape shape = inputShape();
        if (shape.rank() != 4) {
            line("  pre: []                   # the model's input " + shape
                    + " isn't an image: say how frames become it");
            return;
        }
        boolean channelsFirst = isChannels(shape.dim(1)) && !isChannels(shape.dim(3));
        line("  pre:");
        if (shape.dim(channelsFirst ? 2 : 1) instanceof Dim.Known(long height)
                && shape.dim(channelsFirst ? 3 : 2) instanceof Dim.Known(long width)) {
            line("    - resize: {width: " + width + ", height: " + height
                    + ", interpolation: linear, coordinates: half-pixel}");
        }
        if (shape.dim(channelsFirst ? 1 : 3) instanceof Dim.Known(long channels) && channels == 1) {
            line("    - color: gray");
        }
        if (inputType() != DataType.UINT8) {
            line("    - scale: {by: 0.00392156862745098}   # 0…255 to 0…1; as in training?");
            line("    # - normalize: {mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}");
        }
        if (channelsFirst) {
            line("    - layout: nchw");
        }
    }

    private void post() {
        Graph graph = model.graph();
        if (graph.outputs().size() != 1
                || !(graph.outputs().getFirst().type() instanceof ValueType.OfTensor tensor)
                || tensor.shape() == null
                || tensor.shape().rank() != 2
                || !(tensor.shape().dim(1) instanceof Dim.Known(long classes))
                || classes < 2) {
            line("  post: []                  # outputs as they are; softmax, top-k, threshold, nms … are possible");
            return;
        }
        String output = graph.outputs().getFirst().name();
        boolean probabilities = isSoftmax(graph, output);
        line("  post:");
        if (!probabilities) {
            line("    - softmax: {}");
        }
        line("    - top-k: {k: 1}           # labels: labels.txt names the classes, one a line");
    }

    /** Whether a value comes of a Softmax, at most quantized after it. */
    private static boolean isSoftmax(Graph graph, String value) {
        return graph.nodes().stream()
                .filter(node -> node.outputs().contains(value))
                .anyMatch(node -> switch (node.op()) {
                    case "Softmax" -> true;
                    case "QuantizeLinear", "DequantizeLinear", "Identity" -> isSoftmax(graph, node.input(0));
                    default -> false;
                });
    }

    private void stateAndDims() {
        Set<String> symbols = new LinkedHashSet<>();
        for (ValueInfo input : model.graph().dataInputs()) {
            if (input.type() instanceof ValueType.OfTensor(DataType _, Shape shape) && shape != null) {
                shape.dims().forEach(dim -> {
                    if (dim instanceof Dim.Symbolic(String name)) {
                        symbols.add(name);
                    }
                });
            }
        }
        if (!symbols.isEmpty()) {
            line("dims: {" + symbols.stream().map(name -> quoted(name) + ": 1").collect(Collectors.joining(", "))
                    + "}                # sizes of the model's dynamic dimensions");
        }
        Set<String> states = states();
        if (!states.isEmpty()) {
            line("state: {"
                    + states.stream()
                            .map(input -> stateOutput(input) + ": " + input)
                            .collect(Collectors.joining(", "))
                    + "}       # outputs that are fed back: output: input");
        }
        line("egress: metrics-only      # what may leave the device; raw inputs never do");
    }

    /** Inputs that an output with a telling name seems to continue. */
    private Set<String> states() {
        Set<String> states = new LinkedHashSet<>();
        for (ValueInfo input : model.graph().dataInputs()) {
            if (!stateOutput(input.name()).isEmpty()) {
                states.add(input.name());
            }
        }
        return states;
    }

    private String stateOutput(String input) {
        return model.graph().outputs().stream()
                .map(ValueInfo::name)
                .filter(output -> output.equals(input + "N") || output.equals(input + "_out"))
                .findFirst()
                .orElse("");
    }

    private Shape inputShape() {
        return model.graph().dataInputs().stream()
                .findFirst()
                .map(ValueInfo::type)
                .map(type -> type instanceof ValueType.OfTensor(DataType _, Shape shape) && shape != null
                        ? shape
                        : Shape.SCALAR)
                .orElse(Shape.SCALAR);
    }

    private DataType inputType() {
        return model.graph().dataInputs().stream()
                .findFirst()
                .map(ValueInfo::type)
                .map(type -> type instanceof ValueType.OfTensor tensor ? tensor.element() : DataType.FLOAT)
                .orElse(DataType.FLOAT);
    }

    private static boolean isChannels(Dim dim) {
        return dim instanceof Dim.Known(long size) && (size == 1 || size == 3);
    }

    /** Relative where both lie in one tree, so that it can be moved as a whole; else absolute, so that the project can. */
    private static String relative(Path folder, Path file) {
        Path from = folder.toAbsolutePath().normalize();
        Path to = file.toAbsolutePath().normalize();
        boolean oneTree = from.getNameCount() > 0
                && to.getNameCount() > 0
                && from.getName(0).equals(to.getName(0));
        return (oneTree ? from.relativize(to) : to).toString();
    }

    static String quoted(String text) {
        return text.matches("[A-Za-z0-9_./-]+") && !text.matches("[0-9.]+")
                ? text
                : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** The latency is promised within one period. */
    private static String latency(double hertz) {
        double period = 1000 / hertz;
        return period >= LATENCY_MILLIS
                ? LATENCY_MILLIS + "ms"
                : period >= 1 ? (long) period + "ms" : Math.max(1, (long) (period * 1000)) + "us";
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? Long.toString(Math.round(value))
                : new BigDecimal(value)
                        .round(new MathContext(9))
                        .stripTrailingZeros()
                        .toPlainString();
    }

    private void aligned(String content, String comment) {
        line("%-28s# %s".formatted(content, comment));
    }

    private void line(String content) {
        text.append(content.stripTrailing()).append('\n');
    }
}
