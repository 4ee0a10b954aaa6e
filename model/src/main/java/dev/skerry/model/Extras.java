package dev.skerry.model;

import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import java.util.Map;
import java.util.Objects;

/**
 * What a message of a file holds beyond what the records tell: fields that Skerry doesn't interpret, and small parts kept as
 * they were read (a type with denotations, the documentation of an attribute). It is written back word for word.
 */
public final class Extras {
    public static final Extras NONE = new Extras(UnknownFieldSet.getDefaultInstance(), Map.of());

    private final UnknownFieldSet fields;
    private final Map<String, Message> parts;

    private Extras(UnknownFieldSet fields, Map<String, Message> parts) {
        this.fields = fields;
        this.parts = parts;
    }

    static Extras of(UnknownFieldSet fields, Map<String, Message> parts) {
        return fields.asMap().isEmpty() && parts.isEmpty() ? NONE : new Extras(fields, Map.copyOf(parts));
    }

    static Extras of(UnknownFieldSet fields) {
        return of(fields, Map.of());
    }

    UnknownFieldSet fields() {
        return fields;
    }

    /** The part kept under {@code key}, or {@code otherwise}, which is an instance of the same message. */
    @SuppressWarnings("unchecked")
    <M extends Message> M part(String key, M otherwise) {
        Message part = parts.get(key);
        return part == null || part.getDescriptorForType() != otherwise.getDescriptorForType() ? otherwise : (M) part;
    }

    public boolean isEmpty() {
        return fields.asMap().isEmpty() && parts.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Extras extras && fields.equals(extras.fields) && parts.equals(extras.parts);
    }

    @Override
    public int hashCode() {
        return Objects.hash(fields, parts);
    }

    @Override
    public String toString() {
        return isEmpty() ? "none" : "fields " + fields.asMap().keySet() + ", parts " + parts.keySet();
    }
}
