package dev.skerry.project;

import dev.skerry.model.Dim;
import dev.skerry.model.Shape;
import dev.skerry.pipeline.CsvColumns;
import dev.skerry.pipeline.Sources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * How rows and sounds are cut so that the model's input comes of them.
 *
 * @param options of the source, as {@code skerry.yaml} has them: the key, then the value
 * @param pre the steps from the frame to the input
 * @param open what couldn't be told, for a person to fill in; empty where the frame fits
 * @param hertz how often a frame is due, where the samples tell
 */
record SourceGuess(List<String> options, List<String> pre, String open, OptionalDouble hertz) {
    static final SourceGuess NONE = new SourceGuess(List.of(), List.of(), "", OptionalDouble.empty());

    private static final Set<String> LABELS = Set.of("label", "class", "target", "activity");
    private static final Set<String> GROUPS = Set.of("group", "recording", "session", "trial");
    private static final Set<String> NUMBERING = Set.of("time", "timestamp", "t", "index", "id", "");
    private static final int MOST_CLASSES = 100;
    private static final int FRAME = 512;
    private static final long LONGEST = 1 << 26;
    /** A size that the model leaves open. */
    private static final long ANY = -1;

    static SourceGuess of(SampleKind kind, Path samples, Shape input) {
        return switch (kind) {
            case IMAGES, TENSORS, VIDEO -> NONE;
            case WAV -> sound(Sources.soundRate(samples), input);
            case CSV -> rows(CsvColumns.of(samples), input);
        };
    }

    private static SourceGuess sound(int rate, Shape input) {
        long[] dims = sample(input);
        long[] sizes = wide(dims);
        boolean fits = sizes.length == 1 && sizes[0] != ANY && sizes[0] <= LONGEST;
        long frame = fits ? sizes[0] : FRAME;
        String open = fits
                ? ""
                : sizes.length == 1
                        ? "frame and hop (and context): the model's input " + input
                                + " doesn't say how many samples of sound it takes"
                        : "pre: the model's input " + input + " isn't sound but made of it, as by log-mel or mfcc";
        return new SourceGuess(
                List.of("frame: " + frame, "hop: " + frame),
                fits ? reshaped(dims, 1) : List.of(),
                open,
                OptionalDouble.of((double) rate / frame));
    }

    private static SourceGuess rows(CsvColumns file, Shape input) {
        String label = label(file);
        String group = named(file, GROUPS);
        List<String> numbers = file.columns().stream()
                .filter(CsvColumns.Column::numeric)
                .map(CsvColumns.Column::name)
                .filter(name -> !name.equals(label) && !name.equals(group))
                .toList();
        List<String> measured = numbers.stream()
                .filter(name -> !NUMBERING.contains(name.toLowerCase(Locale.ROOT)))
                .toList();
        Cut cut = cut(measured, input);
        if (cut.window == ANY && numbers.size() > measured.size()) {
            Cut all = cut(numbers, input);
            cut = all.window == ANY ? cut : all;
        }
        var options = new ArrayList<String>();
        if (!cut.columns.isEmpty()) {
            options.add("columns: ["
                    + cut.columns.stream().map(ProjectInit::quoted).collect(Collectors.joining(", ")) + "]");
        }
        options.add("window: " + Math.max(1, cut.window));
        if (!label.isEmpty()) {
            options.add("label: " + ProjectInit.quoted(label));
        }
        if (!group.isEmpty()) {
            options.add("group: " + ProjectInit.quoted(group));
        }
        String open = cut.window != ANY
                ? ""
                : "columns and window: the model's input is " + input + ", the file has "
                        + (cut.columns.isEmpty()
                                ? "no column of numbers"
                                : cut.columns.size() == 1
                                        ? "one column of numbers"
                                        : cut.columns.size() + " columns of numbers");
        return new SourceGuess(options, cut.pre, open, OptionalDouble.empty());
    }

    /** Which columns, how many rows of them ({@link #ANY} where nothing fits), and the steps to the input. */
    private record Cut(List<String> columns, long window, List<String> pre) {}

    private static Cut cut(List<String> columns, Shape input) {
        long count = columns.size();
        long[] dims = sample(input);
        long[] sizes = wide(dims);
        if (count == 0 || LongStream.of(sizes).anyMatch(size -> size == ANY)) {
            return new Cut(columns, ANY, List.of());
        }
        if (sizes.length == 1 && sizes[0] % count == 0) {
            // one row of all columns, or several one after the other
            return new Cut(columns, sizes[0] / count, reshaped(dims, 2));
        }
        if (sizes.length == 2 && sizes[1] == count) {
            return new Cut(columns, sizes[0], reshaped(dims, 2));
        }
        if (sizes.length == 2 && sizes[0] == count) {
            var pre = new ArrayList<>(List.of("transpose: [1, 0]"));
            pre.addAll(reshaped(dims, 2));
            return new Cut(columns, sizes[1], pre);
        }
        return new Cut(columns, ANY, List.of());
    }

    /** A frame has as many axes as its source gives; the batch axis comes by itself. */
    private static List<String> reshaped(long[] dims, int axes) {
        return dims.length == axes
                ? List.of()
                : List.of("reshape: ["
                        + LongStream.of(dims).mapToObj(Long::toString).collect(Collectors.joining(", ")) + "]");
    }

    /** The sizes of one sample: without the batch. */
    private static long[] sample(Shape input) {
        if (input.rank() == 0) {
            return new long[] {ANY};
        }
        boolean batch = input.rank() > 1 && (!(input.dim(0) instanceof Dim.Known(long size)) || size == 1);
        return input.dims().stream()
                .skip(batch ? 1 : 0)
                .mapToLong(dim -> dim instanceof Dim.Known(long size) ? size : ANY)
                .toArray();
    }

    /** Those that aren't 1; a scalar has one. */
    private static long[] wide(long[] dims) {
        long[] wide = LongStream.of(dims).filter(size -> size != 1).toArray();
        return wide.length == 0 ? new long[] {1} : wide;
    }

    private static String label(CsvColumns file) {
        String told = named(file, LABELS);
        return told.isEmpty()
                ? file.columns().stream()
                        .filter(column -> !column.numeric()
                                && column.values() > 1
                                && column.values() <= Math.min(MOST_CLASSES, file.rows() / 2)
                                && !isOneOf(column, GROUPS)
                                && !isOneOf(column, NUMBERING))
                        .map(CsvColumns.Column::name)
                        .findFirst()
                        .orElse("")
                : told;
    }

    private static String named(CsvColumns file, Set<String> names) {
        return file.columns().stream()
                .filter(column -> isOneOf(column, names))
                .map(CsvColumns.Column::name)
                .findFirst()
                .orElse("");
    }

    private static boolean isOneOf(CsvColumns.Column column, Set<String> names) {
        return names.contains(column.name().toLowerCase(Locale.ROOT));
    }
}
