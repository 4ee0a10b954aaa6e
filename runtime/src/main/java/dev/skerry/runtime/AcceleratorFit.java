package dev.skerry.runtime;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a model would fit an accelerator that isn't here, by the published table of its compiler: an expectation, never a measurement.
 *
 * @param nodes that compute something: without constants, QuantizeLinear and DequantizeLinear
 * @param taken that the table says are taken
 * @param unknown of which it says nothing
 * @param partitions how many pieces of the graph the accelerator would get
 * @param macsPercent share of the multiply-accumulates in what is taken; null where they can't be counted
 * @param fallback nodes that would run on the CPU, the first ones, with the reason
 * @param takenAsInt8 how many would be taken if all real numbers were INT8; null where it makes no difference
 */
public record AcceleratorFit(
        AcceleratorTable.Compiler compiler,
        int nodes,
        int taken,
        int unknown,
        int partitions,
        @Nullable Double macsPercent,
        List<Refusal> fallback,
        @Nullable Integer takenAsInt8) {
    /** A node that isn't taken, or of which nothing is known. */
    public record Refusal(String node, String operator, String reason) {}

    public AcceleratorFit {
        fallback = List.copyOf(fallback);
    }

    /** As data; {@code status} is always {@code not measured}. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("compiler", compiler.id())
                .put("name", compiler.name())
                .put("hardware", compiler.hardware())
                .put("status", "not measured")
                .put("nodes", nodes)
                .put("taken", taken)
                .put("unknown", unknown)
                .put("partitions", partitions)
                .put("macsPercent", macsPercent)
                .put("takenAsInt8", takenAsInt8);
        var refused = json.putArray("fallback");
        fallback.forEach(each -> refused.addObject()
                .put("node", each.node())
                .put("op", each.operator())
                .put("reason", each.reason()));
        json.put(
                "source",
                (compiler.source().document() + ", " + compiler.source().version()).replaceFirst(", $", ""));
        return json;
    }

    /** In a line: {@code conv_1 (Conv): kernel 17 is more than 16}. */
    public String firstFallback() {
        return fallback.isEmpty()
                ? ""
                : String.format(
                        Locale.ROOT,
                        "%s (%s): %s",
                        fallback.getFirst().node(),
                        fallback.getFirst().operator(),
                        fallback.getFirst().reason());
    }
}
