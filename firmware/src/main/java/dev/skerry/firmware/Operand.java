package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;

/** A value as the operators of the general side have it: row-major, with the dimensions that the graph gives it. */
sealed interface Operand {
    DataType type();

    long[] dims();

    /** In the arena. */
    record Held(Buffer buffer) implements Operand {
        @Override
        public DataType type() {
            return buffer.type();
        }

        @Override
        public long[] dims() {
            return buffer.dims().stream().mapToLong(Integer::longValue).toArray();
        }
    }

    /** Known before the run. */
    record Known(Tensor tensor) implements Operand {
        @Override
        public DataType type() {
            return tensor.type();
        }

        @Override
        public long[] dims() {
            return tensor.dims();
        }
    }

    /** The same elements under other dimensions. */
    default Operand withDims(long... dims) {
        return switch (this) {
            case Held(Buffer buffer) -> new Held(buffer.withDims(dims));
            case Known(Tensor tensor) -> new Known(tensor.reshape(dims));
        };
    }

    default long elements() {
        return Sizes.product(dims());
    }
}
