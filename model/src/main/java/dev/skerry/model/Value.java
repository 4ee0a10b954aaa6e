package dev.skerry.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a graph takes or gives at run time; {@link ValueType} is the type of it. */
public sealed interface Value {
    /** The name that the file gives it; may be empty. */
    String name();

    record OfTensor(Tensor tensor) implements Value {
        @Override
        public String name() {
            return tensor.name();
        }
    }

    record OfSparseTensor(SparseTensor tensor) implements Value {
        @Override
        public String name() {
            return tensor.name();
        }
    }

    record OfSequence(String name, List<Value> elements) implements Value {
        public OfSequence {
            elements = List.copyOf(elements);
        }
    }

    /** {@code element} is null where the optional is empty. */
    record OfOptional(String name, @Nullable Value element) implements Value {}

    /** A map: {@code keys} has one dimension, {@code values} is a sequence of as many elements. */
    record OfMap(String name, Tensor keys, OfSequence values) implements Value {}
}
