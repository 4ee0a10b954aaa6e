package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The array of a file that holds the truth of its samples, along the first axis. What it is follows from its form: whole numbers
 * [n] are classes, and [n, H, W] masks; real numbers are targets; text is what is said. Boxes go by the name {@code boxes}.
 */
final class TruthArray {
    /** Name of an array [n, m, 5 or 6] that is taken where there are no labels. */
    static final String BOXES = "boxes";

    /** Name of an array of text [n] that is taken where there are neither labels nor boxes. */
    static final String TEXT = "text";

    /** Name of an array with the symbol of each class of a model that answers in text. */
    static final String ALPHABET = "alphabet";

    private enum Form {
        LABEL,
        TARGET,
        MASK,
        BOXES,
        TEXT
    }

    private final String name;
    private final Tensor array;
    private final Form form;
    private final List<String> alphabet;

    private TruthArray(String name, Tensor array, Form form, List<String> alphabet) {
        this.name = name;
        this.array = array;
        this.form = form;
        this.alphabet = alphabet;
    }

    /** The truth among {@code arrays}, of which those in {@code taken} are the model's inputs; null where there is none. */
    static @Nullable TruthArray of(Map<String, Tensor> arrays, String labels, List<String> taken, Path path) {
        for (String name : List.of(labels, BOXES, TEXT)) {
            Tensor array = arrays.get(name);
            if (array != null && (name.equals(labels) || !taken.contains(name))) {
                Tensor alphabet = arrays.get(ALPHABET);
                return new TruthArray(
                        name,
                        array,
                        form(name, array, path),
                        alphabet != null && alphabet.type() == DataType.STRING && !taken.contains(ALPHABET)
                                ? alphabet.strings()
                                : List.of());
            }
        }
        return null;
    }

    private static Form form(String name, Tensor array, Path path) {
        long[] dims = array.dims();
        if (dims.length == 0) {
            throw SourceProblem.of(
                            "'" + name + "' must have a first axis that counts the samples, found " + array, path)
                    .toException();
        }
        if (name.equals(BOXES)) {
            if (dims.length == 3 && (dims[2] == 5 || dims[2] == 6) && array.type() != DataType.STRING) {
                return Form.BOXES;
            }
            throw SourceProblem.of("'" + name + "' must be numbers [n, m, 5 or 6], found " + array, path)
                    .because("each row is left, top, right, bottom, class, and 1 where it is a crowd")
                    .attempt("filling samples of fewer boxes up with rows of class -1")
                    .toException();
        }
        boolean column = dims.length == 1 || dims.length == 2 && dims[1] == 1;
        switch (array.type()) {
            case INT8, UINT8, BOOL, INT16, UINT16, INT32, UINT32, INT64, UINT64 -> {
                if (column) {
                    return Form.LABEL;
                }
                if (dims.length > 2) {
                    return Form.MASK;
                }
            }
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> {
                return Form.TARGET;
            }
            case STRING -> {
                if (column) {
                    return Form.TEXT;
                }
            }
            default -> {}
        }
        throw SourceProblem.of("'" + name + "' must be whole numbers, one per sample, found " + array, path)
                .because("masks are whole numbers [n, H, W], targets real numbers, and text has one entry per sample")
                .toException();
    }

    String name() {
        return name;
    }

    /** How many samples it is of. */
    long size() {
        return array.dims()[0];
    }

    Truth of(long sample, String file) {
        return switch (form) {
            case LABEL -> {
                long label = array.longAt(sample);
                if (label < 0 || label > Integer.MAX_VALUE) {
                    throw Problem.usage("pipeline.source", "label " + label + " of sample " + sample)
                            .at(file)
                            .because("classes are counted from 0")
                            .toException();
                }
                yield new Truth.Label((int) label);
            }
            case TARGET -> new Truth.Target(slice(sample));
            case MASK -> new Truth.Mask(slice(sample));
            case BOXES -> new Truth.Boxes(slice(sample));
            case TEXT -> new Truth.Text(array.strings().get((int) sample), alphabet);
        };
    }

    private Tensor slice(long sample) {
        long bytes = array.data().byteSize() / size();
        long[] dims = Arrays.copyOfRange(array.dims(), 1, array.rank());
        return Tensor.of(name, array.type(), dims, array.data().asSlice(sample * bytes, bytes));
    }
}
