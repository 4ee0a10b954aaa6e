package dev.skerry.model;

/** One dimension of a shape. */
public sealed interface Dim {
    /** A size that is known. */
    record Known(long size) implements Dim {
        @Override
        public String toString() {
            return Long.toString(size);
        }
    }

    /** A size that has a name and is the same wherever the name stands. */
    record Symbolic(String name) implements Dim {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A size of which nothing is known. */
    record Unknown() implements Dim {
        @Override
        public String toString() {
            return "?";
        }
    }

    static Dim of(long size) {
        return new Known(size);
    }

    static Dim of(String name) {
        return name.isEmpty() ? new Unknown() : new Symbolic(name);
    }
}
