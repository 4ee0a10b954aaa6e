package dev.skerry.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One operator of a graph. An input that is left out is the empty string; so is an unused output.
 *
 * @param name may be empty, and need not be unique in files that others wrote
 * @param domain empty for the operators of ONNX itself
 */
public record Node(
        String name,
        String op,
        String domain,
        String overload,
        List<String> inputs,
        List<String> outputs,
        Map<String, Attribute> attributes,
        String doc,
        Map<String, String> metadata,
        Extras extras) {
    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Ordered.copyOf(attributes);
        metadata = Ordered.copyOf(metadata);
    }

    /** A node of the ONNX domain without attributes, named after its operator and first output. */
    public static Node of(String op, List<String> inputs, List<String> outputs) {
        return of(op, inputs, outputs, Map.of());
    }

    public static Node of(String op, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
        String name = outputs.isEmpty() ? op : op + "_" + outputs.getFirst();
        return new Node(name, op, "", "", inputs, outputs, attributes, "", Map.of(), Extras.NONE);
    }

    /** Whether this is the ONNX operator {@code op}, and not one of the same name in another domain. */
    public boolean is(String op) {
        return this.op.equals(op) && isStandard();
    }

    public boolean isStandard() {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    /** The input at {@code index}, or the empty string where it is left out. */
    public String input(int index) {
        return index < inputs.size() ? inputs.get(index) : "";
    }

    public boolean hasInput(int index) {
        return !input(index).isEmpty();
    }

    public String output(int index) {
        return index < outputs.size() ? outputs.get(index) : "";
    }

    public Optional<Attribute> attribute(String name) {
        return Optional.ofNullable(attributes.get(name));
    }

    public long intAttribute(String name, long otherwise) {
        return attributes.get(name) instanceof Attribute.IntValue(long value) ? value : otherwise;
    }

    public float floatAttribute(String name, float otherwise) {
        return attributes.get(name) instanceof Attribute.FloatValue(float value) ? value : otherwise;
    }

    public String stringAttribute(String name, String otherwise) {
        return attributes.get(name) instanceof Attribute.StringValue(String value) ? value : otherwise;
    }

    public Optional<long[]> intsAttribute(String name) {
        return attributes.get(name) instanceof Attribute.Ints ints ? Optional.of(ints.toArray()) : Optional.empty();
    }

    /** The subgraphs in the attributes, in their order. */
    public List<Graph> subgraphs() {
        return attributes.values().stream()
                .flatMap(attribute -> switch (attribute) {
                    case Attribute.GraphValue graph -> java.util.stream.Stream.of(graph.value());
                    case Attribute.Graphs graphs -> graphs.values().stream();
                    default -> java.util.stream.Stream.<Graph>empty();
                })
                .toList();
    }

    /** How messages name this node: its name, or its operator and first output where it has none. */
    public String label() {
        return !name.isEmpty() ? name : op + (outputs.isEmpty() ? "" : " → " + outputs.getFirst());
    }

    public Node withName(String name) {
        return new Node(name, op, domain, overload, inputs, outputs, attributes, doc, metadata, extras);
    }

    public Node withInputs(List<String> inputs) {
        return new Node(name, op, domain, overload, inputs, outputs, attributes, doc, metadata, extras);
    }

    public Node withOutputs(List<String> outputs) {
        return new Node(name, op, domain, overload, inputs, outputs, attributes, doc, metadata, extras);
    }

    public Node withAttributes(Map<String, Attribute> attributes) {
        return new Node(name, op, domain, overload, inputs, outputs, attributes, doc, metadata, extras);
    }

    /** With more metadata, which runtimes pass over; operator sets of IR version 10 and newer carry it in the file. */
    public Node withMetadata(Map<String, String> entries) {
        var more = new LinkedHashMap<>(metadata);
        more.putAll(entries);
        return new Node(name, op, domain, overload, inputs, outputs, attributes, doc, more, extras);
    }

    /** With other graphs in the attributes; the same node where it has none. */
    public Node withSubgraphs(UnaryOperator<Graph> each) {
        if (subgraphs().isEmpty()) {
            return this;
        }
        var changed = new LinkedHashMap<>(attributes);
        changed.replaceAll((_, attribute) -> switch (attribute) {
            case Attribute.GraphValue(Graph inner) -> Attribute.of(each.apply(inner));
            case Attribute.Graphs(List<Graph> inner) ->
                new Attribute.Graphs(inner.stream().map(each).toList());
            default -> attribute;
        });
        return withAttributes(changed);
    }

    public Node withAttribute(String name, Attribute value) {
        var more = new LinkedHashMap<>(attributes);
        more.put(name, value);
        return withAttributes(more);
    }
}
