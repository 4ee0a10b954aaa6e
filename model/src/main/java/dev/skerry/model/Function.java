package dev.skerry.model;

import java.util.List;
import java.util.Map;

/** A function local to a model: an operator defined by nodes of others. */
public record Function(
        String name,
        String domain,
        String overload,
        List<String> inputs,
        List<String> outputs,
        List<String> attributes,
        Map<String, Attribute> attributeDefaults,
        List<Node> nodes,
        Map<String, Long> opsets,
        List<ValueInfo> values,
        String doc,
        Map<String, String> metadata,
        Extras extras) {
    public Function {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
        attributeDefaults = Ordered.copyOf(attributeDefaults);
        nodes = List.copyOf(nodes);
        opsets = Ordered.copyOf(opsets);
        values = List.copyOf(values);
        metadata = Ordered.copyOf(metadata);
    }
}
