package dev.skerry.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A named value of a graph and what is declared of its type; {@code type} is null where nothing is. */
public record ValueInfo(
        String name, @Nullable ValueType type, String doc, Map<String, String> metadata, Extras extras) {
    public ValueInfo {
        metadata = Ordered.copyOf(metadata);
    }

    public static ValueInfo of(String name, DataType element, Shape shape) {
        return new ValueInfo(name, new ValueType.OfTensor(element, shape), "", Map.of(), Extras.NONE);
    }

    public ValueInfo withType(ValueType type) {
        return new ValueInfo(name, type, doc, metadata, extras);
    }
}
