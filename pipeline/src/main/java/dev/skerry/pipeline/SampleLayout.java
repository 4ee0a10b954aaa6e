package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What one live sample is in memory: inputs of fixed size one after another, each at a multiple of 64 bytes, packed row-major and
 * little endian.
 *
 * @param inputs in the order in which they lie in memory
 */
public record SampleLayout(List<Input> inputs) {
    private static final int ALIGNMENT = 64;
    private static final Pattern INPUT = Pattern.compile("(\\S+) (\\w+)\\[([\\d,]*)]");
    /** A sample of more is no sample but a mistake in a header. */
    private static final long MOST_BYTES = 1L << 30;

    /**
     * One tensor of a sample.
     *
     * @param name of the graph's input
     */
    public record Input(String name, DataType type, List<Long> dims) {
        public Input {
            dims = List.copyOf(dims);
            if (name.isBlank() || name.chars().anyMatch(Character::isWhitespace)) {
                throw refused("an input of a live sample is named '" + name + "'");
            }
            if (type == DataType.STRING || dims.stream().anyMatch(dim -> dim < 1)) {
                throw refused("an input of a live sample needs numbers of known size, found " + type.label() + dims);
            }
        }

        /** Size of the content. */
        public long bytes() {
            try {
                return type.bytes(dims.stream().reduce(1L, Math::multiplyExact));
            } catch (ArithmeticException e) {
                throw refused("an input of a live sample is larger than any memory: " + dims);
            }
        }

        @Override
        public String toString() {
            return name + " " + type.label()
                    + dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
        }
    }

    public SampleLayout {
        inputs = List.copyOf(inputs);
        if (inputs.isEmpty()) {
            throw refused("a live sample without inputs");
        }
        long bytes = 0;
        for (Input input : inputs) {
            bytes = aligned(bytes) + input.bytes();
            if (bytes > MOST_BYTES || bytes < 0) {
                throw refused("a live sample of more than " + MOST_BYTES + " bytes");
            }
        }
    }

    /** Of one raw frame. */
    public static SampleLayout of(FrameFormat frame) {
        return switch (frame) {
            case FrameFormat.Image(int height, int width, int channels) ->
                of(DataType.UINT8, List.of((long) height, (long) width, (long) channels));
            case FrameFormat.Signal signal -> of(signal.type(), signal.dims());
            case FrameFormat.ModelInputs _ -> throw refused("recorded tensors can't come from a live source");
        };
    }

    /** Of the raw frame alone. */
    public static SampleLayout of(DataType type, List<Long> dims) {
        return new SampleLayout(List.of(new Input(FrameFormat.INPUT, type, dims)));
    }

    /** Memory that one sample takes. */
    public long bytes() {
        return offset(inputs.size() - 1) + inputs.getLast().bytes();
    }

    /** Where an input begins, from the start of the sample. */
    public long offset(int index) {
        long offset = 0;
        for (int i = 0; i < index; i++) {
            offset = aligned(offset + inputs.get(i).bytes());
        }
        return offset;
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** One input after another, separated by {@code ;}: {@code frame float32[64,3]}. */
    public String text() {
        return inputs.stream().map(Input::toString).collect(Collectors.joining(";"));
    }

    /**
     * Reads what {@link #text} wrote.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.layout}
     */
    public static SampleLayout parse(String text) {
        var inputs = new ArrayList<Input>();
        for (String part : text.split(";", -1)) {
            Matcher matcher = INPUT.matcher(part);
            if (!matcher.matches()) {
                throw refused("'" + part + "' is no input of a live sample");
            }
            String label = matcher.group(2);
            DataType type = java.util.Arrays.stream(DataType.values())
                    .filter(candidate -> candidate.label().equals(label))
                    .findFirst()
                    .orElseThrow(() -> refused("'" + label + "' is no type"));
            var dims = new ArrayList<Long>();
            for (String dim : matcher.group(3).isEmpty()
                    ? new String[0]
                    : matcher.group(3).split(",", -1)) {
                try {
                    dims.add(Long.parseLong(dim));
                } catch (NumberFormatException e) {
                    throw refused("'" + dim + "' is no size");
                }
            }
            inputs.add(new Input(matcher.group(1), type, dims));
        }
        return new SampleLayout(inputs);
    }

    private static RuntimeException refused(String what) {
        return Problem.usage("pipeline.layout", what)
                .attempt("fixed sizes in the pipeline's source and under dims in skerry.yaml")
                .toException();
    }
}
