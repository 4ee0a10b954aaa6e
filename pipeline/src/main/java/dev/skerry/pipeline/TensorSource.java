package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Recorded inputs of a model. The first axis of an array counts the samples; an array of one element, or of the input's own
 * declared shape with another length than the labels, is the same for all. Integers become what the model's input is.
 */
final class TensorSource implements SampleSource {
    /** An array that is cut along its first axis, or given whole. */
    private record Column(String name, Tensor array, boolean whole, Shape shape, DataType type) {}

    private final String file;
    private final List<Column> columns;
    private final long size;
    private final @Nullable TruthArray truth;
    private final @Nullable Tensor sequence;

    private TensorSource(
            String file, List<Column> columns, long size, @Nullable TruthArray truth, @Nullable Tensor sequence) {
        this.file = file;
        this.columns = columns;
        this.size = size;
        this.truth = truth;
        this.sequence = sequence;
    }

    static SampleSource open(SourceSpec.Tensors spec, Path base, Model model) {
        Path path = base.resolve(spec.path());
        String name = String.valueOf(path.getFileName());
        List<ValueInfo> inputs = model.graph().dataInputs();
        Map<String, Tensor> arrays = new LinkedHashMap<>();
        if (name.endsWith(".npy") && !inputs.isEmpty()) {
            arrays.put(inputs.getFirst().name(), TensorFile.readNpy(path));
        } else {
            arrays.putAll(TensorFile.readNpz(path));
        }
        TruthArray truth = TruthArray.of(
                arrays, spec.labels(), inputs.stream().map(ValueInfo::name).toList(), path);
        Tensor sequence = spec.sequence() == null ? null : vector(arrays.get(spec.sequence()), path, spec.sequence());
        if (spec.sequence() != null && sequence == null) {
            throw SourceProblem.of("no array '" + spec.sequence() + "' among " + arrays.keySet(), path)
                    .toException();
        }
        long size = truth == null ? -1 : truth.size();
        var columns = new ArrayList<Column>();
        for (ValueInfo input : inputs) {
            Tensor array = arrays.get(input.name());
            if (array != null && array.type() != DataType.STRING) {
                Column column = column(input, array, size);
                size = size < 0 && !column.whole ? array.dims()[0] : size;
                columns.add(column);
            }
        }
        if (columns.isEmpty()) {
            requireNumbers(inputs, arrays, path);
            throw SourceProblem.of("none of the model's inputs is among the arrays " + arrays.keySet(), path)
                    .attempt("arrays by the names "
                            + inputs.stream().map(ValueInfo::name).toList())
                    .toException();
        }
        if (size == 0) {
            throw SourceProblem.of("it holds no samples", path)
                    .because("its arrays have a first axis of length 0")
                    .toException();
        }
        for (Column column : columns) {
            if (column.whole && truth != null && size > 1 && isBatch(column, inputs)) {
                throw SourceProblem.of(
                                "'" + column.name + "' has " + column.array.dims()[0] + " samples and '" + truth.name()
                                        + "' has " + size,
                                path)
                        .attempt("one label per sample, or no labels")
                        .toException();
            }
            if (!column.whole && column.array.dims()[0] != size) {
                throw SourceProblem.of(
                                "'" + column.name + "' has " + column.array.dims()[0] + " samples, expected " + size,
                                path)
                        .toException();
            }
        }
        if (sequence != null && sequence.elements() != size) {
            throw SourceProblem.of(
                            "'" + spec.sequence() + "' has " + sequence.elements() + " entries, expected " + size, path)
                    .toException();
        }
        return new TensorSource(name, columns, Math.max(size, 1), truth, sequence);
    }

    private static void requireNumbers(List<ValueInfo> inputs, Map<String, Tensor> arrays, Path path) {
        for (ValueInfo input : inputs) {
            Tensor array = arrays.get(input.name());
            if (array != null) {
                throw SourceProblem.of("'" + input.name() + "' holds text, and the model takes numbers", path)
                        .toException();
            }
        }
    }

    /** Whether an array that was taken whole is a stack of the input's samples, by all axes but the first. */
    private static boolean isBatch(Column column, List<ValueInfo> inputs) {
        long[] dims = column.array.dims();
        return inputs.stream()
                .filter(input -> input.name().equals(column.name))
                .map(ValueInfo::type)
                .anyMatch(type -> type instanceof ValueType.OfTensor tensor
                        && tensor.shape() != null
                        && tensor.shape().isStatic()
                        && tensor.shape().rank() == dims.length
                        && dims.length > 1
                        && dims[0] > tensor.shape().sizes()[0]
                        && Arrays.equals(
                                Arrays.copyOfRange(tensor.shape().sizes(), 1, dims.length),
                                Arrays.copyOfRange(dims, 1, dims.length)));
    }

    private static @Nullable Tensor vector(@Nullable Tensor tensor, Path path, String name) {
        if (tensor == null) {
            return null;
        }
        if (!isWhole(tensor.type()) || tensor.rank() > 2 || tensor.rank() == 2 && tensor.dims()[1] != 1) {
            throw SourceProblem.of("'" + name + "' must be whole numbers, one per sample, found " + tensor, path)
                    .toException();
        }
        return tensor;
    }

    private static Column column(ValueInfo input, Tensor array, long size) {
        DataType type = input.type() instanceof ValueType.OfTensor tensor ? tensor.element() : array.type();
        Shape shape = input.type() instanceof ValueType.OfTensor tensor ? tensor.shape() : null;
        long[] dims = array.dims();
        boolean own =
                shape != null && shape.rank() == dims.length && shape.isStatic() && Arrays.equals(shape.sizes(), dims);
        boolean cut = dims.length > 0 && (size < 0 ? !(own && dims[0] != 1) || shape == null : dims[0] == size);
        if (!cut || dims.length == 0 || array.elements() == 1 && size > 1) {
            return new Column(input.name(), array, true, array.shape(), type);
        }
        long[] rest = Arrays.copyOfRange(dims, 1, dims.length);
        boolean batch = shape == null || shape.rank() != rest.length;
        long[] sample =
                batch ? LongStream.concat(LongStream.of(1), Arrays.stream(rest)).toArray() : rest;
        return new Column(input.name(), array, false, Shape.of(sample), type);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public Iterator<Sample> iterator() {
        return LongStream.range(0, size).mapToObj(this::sample).iterator();
    }

    /** Whole numbers of another type become the model's; what that type can't hold is not cut to fit it. */
    private void requireSame(Tensor given, Tensor taken, long sample) {
        if (given.type() == taken.type() || !isWhole(taken.type())) {
            return;
        }
        for (long at = 0; at < given.elements(); at++) {
            if (given.valueAt(at) != taken.valueAt(at)) {
                String type = taken.type().name().toLowerCase(java.util.Locale.ROOT);
                throw Problem.usage(
                                "pipeline.source",
                                "'" + taken.name() + "' holds " + (float) given.valueAt(at) + ", and the model takes "
                                        + type)
                        .at(file + "#" + sample)
                        .because("the array is "
                                + given.type().name().toLowerCase(java.util.Locale.ROOT)
                                + ", and " + type + " has no such number")
                        .attempt(
                                "samples as the model takes them: real numbers divided by the input's scale, plus its zero point, rounded"
                                        + " (`skerry compile` writes both into the header); or array.astype(numpy."
                                        + type
                                        + "), if they are whole by nature")
                        .toException();
            }
        }
    }

    private static boolean isWhole(DataType type) {
        return switch (type) {
            case INT8, UINT8, BOOL, INT16, UINT16, INT32, UINT32, INT64, UINT64 -> true;
            default -> false;
        };
    }

    private Sample sample(long i) {
        var inputs = new LinkedHashMap<String, Tensor>();
        for (Column column : columns) {
            Tensor array = column.array;
            if (!column.whole) {
                long bytes = array.data().byteSize() / size;
                array = Tensor.of(
                        column.name,
                        array.type(),
                        column.shape.sizes(),
                        array.data().asSlice(i * bytes, bytes));
            }
            if (array.type() == DataType.COMPLEX64 || array.type() == DataType.COMPLEX128) {
                throw Problem.usage(
                                "pipeline.source", "samples of " + array.type().label() + " can't be used")
                        .at(file + ", array " + column.name)
                        .attempt("real and imaginary part as two channels")
                        .toException();
            }
            Tensor converted = Tensors.convert(array, column.type).withName(column.name);
            requireSame(array, converted, i);
            inputs.put(column.name, converted);
        }
        boolean restart = sequence != null && (i == 0 || sequence.longAt(i) != sequence.longAt(i - 1)) || i == 0;
        return new Sample(file + "#" + i, inputs, truth == null ? Truth.UNKNOWN : truth.of(i, file), restart);
    }
}
