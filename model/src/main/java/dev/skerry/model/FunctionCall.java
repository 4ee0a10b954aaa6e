package dev.skerry.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The body of a local function as one call sees it: references to attributes replaced by the call's. */
final class FunctionCall {
    private FunctionCall() {}

    static List<Node> body(Function function, Node call) {
        Map<String, Attribute> given = new LinkedHashMap<>(function.attributeDefaults());
        given.putAll(call.attributes());
        return function.nodes().stream().map(node -> bind(node, given)).toList();
    }

    private static Node bind(Node node, Map<String, Attribute> given) {
        Map<String, Attribute> bound = new LinkedHashMap<>();
        node.attributes().forEach((name, attribute) -> {
            switch (attribute) {
                // a reference to an attribute that the call doesn't give leaves the operator's default
                case Attribute.Reference(String parameter, int _) -> {
                    Attribute value = given.get(parameter);
                    if (value != null) {
                        bound.put(name, value);
                    }
                }
                case Attribute.GraphValue(Graph graph) -> bound.put(name, Attribute.of(bind(graph, given)));
                default -> bound.put(name, attribute);
            }
        });
        return bound.equals(node.attributes()) ? node : node.withAttributes(bound);
    }

    private static Graph bind(Graph graph, Map<String, Attribute> given) {
        return graph.withNodes(
                graph.nodes().stream().map(node -> bind(node, given)).toList());
    }
}
