package dev.skerry.cli;

import dev.skerry.model.Inspection;
import dev.skerry.model.ModelCost;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A model as {@code skerry.inspect/1}. */
final class InspectJson {
    private InspectJson() {}

    static ObjectNode of(InspectedModel inspected) {
        Inspection inspection = inspected.inspection();
        ModelCost cost = inspection.cost();
        ObjectNode json = Context.JSON
                .createObjectNode()
                .put("schema", "skerry.inspect/1")
                .put("file", inspected.file().toString())
                .put("bytes", inspected.fileBytes())
                .put("irVersion", inspection.irVersion())
                .put("opset", inspected.model().opset())
                .put("producer", inspection.producer())
                .put("nodes", inspected.nodes())
                .put("macs", cost.macs())
                .put("parameters", cost.parameters())
                .put("parameterBytes", cost.parameterBytes())
                .put("activationBytes", cost.activationBytes())
                .put("peakActivationBytes", cost.peakActivationBytes())
                .put("complete", cost.complete());
        ObjectNode opsets = json.putObject("opsets");
        inspection.opsets().forEach((domain, version) -> opsets.put(domain.isEmpty() ? "ai.onnx" : domain, version));
        ports(json, "inputs", inspection.inputs());
        ports(json, "outputs", inspection.outputs());
        inspected.openDims().forEach(json.putArray("openDims")::add);
        var types = json.putArray("dataTypes");
        inspection.dataTypes().stream().map(type -> type.label()).sorted().forEach(types::add);
        json.putObject("tierEstimate")
                .put("tier", Tier.of(cost).label())
                .put(
                        "asInt8",
                        cost.complete() && inspected.isFloat()
                                ? Tier.ofInt8(cost).label()
                                : null)
                .put("rule", Tier.RULE);
        operators(json, inspected.operators());
        layers(json.putArray("heaviest"), inspection.heaviest());
        layers(json.putArray("layers"), cost.nodes());
        cost.unknown().forEach(json.putArray("unknown")::add);
        var accelerators = json.putArray("accelerators");
        inspected.accelerators().forEach(fit -> accelerators.add(fit.toJson()));
        var unresolved = json.putArray("unresolved");
        inspection
                .unresolved()
                .forEach(value -> unresolved
                        .addObject()
                        .put("value", value.value())
                        .put("op", value.node().op())
                        .put("why", value.why()));
        var warnings = json.putArray("warnings");
        inspection.contradictions().forEach(problem -> warnings.add(Skerry.json(problem)));
        return json;
    }

    private static void ports(ObjectNode json, String key, List<Inspection.Port> ports) {
        ObjectNode types = json.putObject(key);
        ports.forEach(port -> types.put(port.name(), text(port.type())));
    }

    private static @Nullable String text(@Nullable Object type) {
        return type == null ? null : type.toString();
    }

    private static void operators(ObjectNode json, List<OperatorRow> rows) {
        var operators = json.putArray("operators");
        for (OperatorRow row : rows) {
            operators
                    .addObject()
                    .put("name", row.name())
                    .put("nodes", row.nodes())
                    .put("macs", row.macs())
                    .put("parameters", row.parameters())
                    .put("function", row.function())
                    .putObject("onnxruntime")
                    .put("runs", row.runs())
                    .put("noKernel", row.noKernel())
                    .put("unknown", row.unknown());
        }
    }

    private static void layers(ArrayNode array, List<ModelCost.NodeCost> nodes) {
        nodes.forEach(node -> array.addObject()
                .put("name", node.path())
                .put("op", node.node().op())
                .put("macs", node.macs())
                .put("parameters", node.parameters())
                .put("activationBytes", node.activationBytes()));
    }
}
