package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;

/** What a function of the general side is given. */
sealed interface Parameter {
    /** Its name in the function. */
    String variable();

    DataType type();

    /** A place in the arena. */
    record Memory(String variable, Buffer buffer, Use use) implements Parameter {
        @Override
        public DataType type() {
            return buffer.type();
        }
    }

    /** Numbers that lie in flash. */
    record Constant(String variable, Tensor tensor) implements Parameter {
        @Override
        public DataType type() {
            return tensor.type();
        }
    }

    /** What a function does with memory; {@code WORK} holds nothing before and after. */
    enum Use {
        READ,
        WRITE,
        WORK
    }

    /** As it stands in the head of the function. */
    default String declaration() {
        boolean isRead = this instanceof Constant || this instanceof Memory memory && memory.use() == Use.READ;
        return (isRead ? "const " : "") + CType.of(type()).name() + " *" + variable();
    }
}
