package dev.skerry.model;

import com.google.protobuf.UnknownFieldSet;

/** Fields of a message that Skerry doesn't interpret. They are kept word for word, so that a file survives reading and writing. */
public final class Extras {
    public static final Extras NONE = new Extras(UnknownFieldSet.getDefaultInstance());

    private final UnknownFieldSet fields;

    private Extras(UnknownFieldSet fields) {
        this.fields = fields;
    }

    static Extras of(UnknownFieldSet fields) {
        return fields.asMap().isEmpty() ? NONE : new Extras(fields);
    }

    UnknownFieldSet fields() {
        return fields;
    }

    public boolean isEmpty() {
        return fields.asMap().isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Extras extras && fields.equals(extras.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }
}
