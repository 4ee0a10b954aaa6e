package dev.skerry.agent;

import dev.skerry.model.Dim;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What a model says of an input or an output.
 *
 * @param dims sizes, -1 where any will do
 * @param ranked whether the number of dimensions is known; where it isn't, {@code dims} is empty
 * @param optional whether a request may leave it out, and zeros stand for it: the state of a recurrent model
 */
record TensorForm(String name, Datatype type, long[] dims, boolean ranked, boolean optional) {
    static TensorForm of(ValueInfo value, boolean optional, String model) {
        if (value.type() instanceof ValueType.OfTensor(var element, var shape)) {
            Datatype type = Datatype.of(element)
                    .orElseThrow(() -> unservable(model, value.name(), element.label())
                            .attempt("a Cast node beside it, to a type such as float32, int8 or uint8")
                            .toException());
            long[] dims = shape == null
                    ? new long[0]
                    : shape.dims().stream().mapToLong(TensorForm::size).toArray();
            return new TensorForm(value.name(), type, dims, shape != null, optional);
        }
        throw unservable(model, value.name(), String.valueOf(value.type()))
                .attempt("a model whose inputs and outputs are dense tensors")
                .toException();
    }

    private static Problem unservable(String model, String name, String type) {
        return Problem.usage("serve.type", "the protocol has no type for " + type)
                .at(model + ", " + name);
    }

    private static long size(Dim dim) {
        return switch (dim) {
            case Dim.Known known -> known.size();
            case Dim.Symbolic _, Dim.Unknown _ -> -1;
        };
    }

    /** Whether all sizes are known. */
    boolean fixed() {
        return ranked && Arrays.stream(dims).allMatch(size -> size >= 0);
    }

    boolean takes(long[] given) {
        if (!ranked) {
            return true;
        }
        boolean fits = given.length == dims.length;
        for (int axis = 0; fits && axis < given.length; axis++) {
            fits = dims[axis] < 0 || dims[axis] == given[axis];
        }
        return fits;
    }

    String text() {
        return type + (ranked ? text(dims) : "[…]");
    }

    static String text(long[] dims) {
        return Arrays.stream(dims)
                .mapToObj(size -> size < 0 ? "?" : Long.toString(size))
                .collect(Collectors.joining("×", "[", "]"));
    }

    /** How many elements dimensions that aren't negative have; {@link Long#MAX_VALUE} where they are more than a long counts. */
    static long elements(long[] dims) {
        long count = Arrays.stream(dims).anyMatch(size -> size == 0) ? 0 : 1;
        for (long size : dims) {
            count = size > 0 && count > Long.MAX_VALUE / size ? Long.MAX_VALUE : count * size;
        }
        return count;
    }
}
