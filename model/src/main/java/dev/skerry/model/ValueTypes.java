package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What two descriptions of a type have in common, or say together. */
final class ValueTypes {
    private ValueTypes() {}

    /** What holds for both (the branches of an {@code If}); null where they have nothing in common. */
    static @Nullable ValueType join(@Nullable ValueType a, @Nullable ValueType b) {
        if (a instanceof ValueType.OfTensor x && b instanceof ValueType.OfTensor y) {
            return x.element() == y.element() ? new ValueType.OfTensor(x.element(), join(x.shape(), y.shape())) : null;
        }
        if (a instanceof ValueType.OfSequence(var x) && b instanceof ValueType.OfSequence(var y)) {
            return new ValueType.OfSequence(join(x, y));
        }
        if (a instanceof ValueType.OfOptional(var x) && b instanceof ValueType.OfOptional(var y)) {
            return new ValueType.OfOptional(join(x, y));
        }
        return a != null && a.equals(b) ? a : null;
    }

    static @Nullable Shape join(@Nullable Shape a, @Nullable Shape b) {
        if (a == null || b == null || a.rank() != b.rank()) {
            return null;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < a.rank(); i++) {
            dims.add(Dims.join(a.dim(i), b.dim(i)));
        }
        return new Shape(dims);
    }

    /** What both say of one value, {@code inferred} ruling where they differ. */
    static @Nullable ValueType better(@Nullable ValueType inferred, @Nullable ValueType declared) {
        if (inferred == null || declared == null) {
            return inferred == null ? declared : inferred;
        }
        if (inferred instanceof ValueType.OfTensor(var element, var shape)
                && declared instanceof ValueType.OfTensor(var otherElement, var otherShape)
                && element == otherElement
                && otherShape != null) {
            if (shape == null) {
                return declared;
            }
            if (shape.rank() == otherShape.rank()) {
                List<Dim> dims = new ArrayList<>();
                for (int i = 0; i < shape.rank(); i++) {
                    dims.add(Dims.better(shape.dim(i), otherShape.dim(i)));
                }
                return new ValueType.OfTensor(element, new Shape(dims));
            }
        }
        if (inferred instanceof ValueType.OfSequence(var a) && declared instanceof ValueType.OfSequence(var b)) {
            return new ValueType.OfSequence(better(a, b));
        }
        if (inferred instanceof ValueType.OfOptional(var a) && declared instanceof ValueType.OfOptional(var b)) {
            return new ValueType.OfOptional(better(a, b));
        }
        return inferred;
    }

    static ValueType pin(ValueType type, Map<String, Long> sizes) {
        return switch (type) {
            case ValueType.OfTensor(var element, var shape) ->
                new ValueType.OfTensor(element, shape == null ? null : shape.pin(sizes));
            case ValueType.OfSparseTensor(var element, var shape) ->
                new ValueType.OfSparseTensor(element, shape == null ? null : shape.pin(sizes));
            case ValueType.OfSequence(var element) ->
                new ValueType.OfSequence(element == null ? null : pin(element, sizes));
            case ValueType.OfOptional(var element) ->
                new ValueType.OfOptional(element == null ? null : pin(element, sizes));
            case ValueType.OfMap _, ValueType.Foreign _ -> type;
        };
    }

    /** Whether the type leaves nothing open. */
    static boolean isFull(@Nullable ValueType type) {
        return switch (type) {
            case null -> false;
            case ValueType.OfTensor tensor ->
                tensor.shape() != null && tensor.shape().isStatic();
            case ValueType.OfSparseTensor tensor ->
                tensor.shape() != null && tensor.shape().isStatic();
            case ValueType.OfSequence(var element) -> isFull(element);
            case ValueType.OfOptional(var element) -> isFull(element);
            case ValueType.OfMap _ -> true;
            case ValueType.Foreign _ -> false;
        };
    }
}
