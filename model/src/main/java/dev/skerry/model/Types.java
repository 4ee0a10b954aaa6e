package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What {@link ShapeInference} found out about the values of a graph and of the graphs inside it. */
public final class Types {
    private final @Nullable Types outer;
    private final Map<String, ValueType> types;
    private final Map<String, Elements> elements;
    private final IdentityHashMap<Graph, Types> subgraphs;
    private final List<Problem> contradictions;
    private final List<Unresolved> unresolved;

    /**
     * An output of which the type or a dimension stays unknown.
     *
     * @param why what inference lacks: an unknown operator, a value that only the run knows, an unknown input
     */
    public record Unresolved(Node node, String value, String why) {}

    Types(
            @Nullable Types outer,
            Map<String, ValueType> types,
            Map<String, Elements> elements,
            IdentityHashMap<Graph, Types> subgraphs,
            List<Problem> contradictions,
            List<Unresolved> unresolved) {
        this.outer = outer;
        this.types = new HashMap<>(types);
        this.elements = new HashMap<>(elements);
        this.subgraphs = subgraphs;
        this.contradictions = List.copyOf(contradictions);
        this.unresolved = List.copyOf(unresolved);
    }

    /** The type of {@code value}, of this graph or one around it; empty where nothing is known. */
    public Optional<ValueType> of(String value) {
        ValueType own = types.get(value);
        return own == null && outer != null ? outer.of(value) : Optional.ofNullable(own);
    }

    /** The type of {@code value} where it is a dense tensor. */
    public Optional<ValueType.OfTensor> tensor(String value) {
        return of(value).filter(ValueType.OfTensor.class::isInstance).map(ValueType.OfTensor.class::cast);
    }

    /** The bytes that {@code value} takes; empty where type or shape isn't fully known, or it holds strings. */
    public OptionalLong bytes(String value) {
        ValueType.OfTensor type = tensor(value).orElse(null);
        if (type == null || type.shape() == null || type.element() == DataType.STRING) {
            return OptionalLong.empty();
        }
        OptionalLong count = type.shape().elements();
        return count.isPresent() ? OptionalLong.of(type.element().bytes(count.getAsLong())) : OptionalLong.empty();
    }

    /** The types inside {@code subgraph}, a graph (the same object) in an attribute of a node of this graph. */
    public Types within(Graph subgraph) {
        return Optional.ofNullable(subgraphs.get(subgraph))
                .orElseGet(() -> new Types(this, Map.of(), Map.of(), new IdentityHashMap<>(), List.of(), List.of()));
    }

    /** What {@code value} holds, where all of it is known before the run: sizes, and what is computed from them. */
    public Optional<Tensor> content(String value) {
        Elements own = elements.get(value);
        ValueType.OfTensor type = tensor(value).orElse(null);
        return own == null || type == null ? Optional.empty() : own.tensor(value, type.element());
    }

    /** Where the model can't be right: the node, and the two shapes that don't fit. Also of the graphs inside. */
    public List<Problem> contradictions() {
        return contradictions;
    }

    /** The outputs whose type isn't fully known, and why. Also of the graphs inside. */
    public List<Unresolved> unresolved() {
        return unresolved;
    }

    /** The single integer that {@code value} is known to hold before the run, if any. */
    OptionalLong integer(String value) {
        Elements own = elements.get(value);
        // a value of this graph hides one of the same name around it, whether it is known or not
        if (own == null && outer != null && !types.containsKey(value)) {
            return outer.integer(value);
        }
        long[] values = own == null ? null : own.longs();
        return values != null && values.length == 1 ? OptionalLong.of(values[0]) : OptionalLong.empty();
    }

    /** The integers that {@code value} is known to hold before the run; null where one isn't. */
    long @Nullable [] integers(String value) {
        Elements own = elements.get(value);
        return own == null ? null : own.longs();
    }
}
