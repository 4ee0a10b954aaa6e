package dev.skerry.model;

import org.jspecify.annotations.Nullable;

/** What a value of a graph is. */
public sealed interface ValueType {
    /** A dense tensor; {@code shape} is null where not even the rank is known. */
    record OfTensor(DataType element, @Nullable Shape shape) implements ValueType {
        @Override
        public String toString() {
            return element.label() + (shape == null ? "[…]" : shape.toString());
        }
    }

    /** A sparse tensor in COO form. */
    record OfSparseTensor(DataType element, @Nullable Shape shape) implements ValueType {}

    record OfSequence(@Nullable ValueType element) implements ValueType {}

    record OfOptional(@Nullable ValueType element) implements ValueType {}

    record OfMap(DataType key, @Nullable ValueType value) implements ValueType {}

    /** A type that this version doesn't know, kept as it was read. */
    record Foreign(Extras content) implements ValueType {}
}
