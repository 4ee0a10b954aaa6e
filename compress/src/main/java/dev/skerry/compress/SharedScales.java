package dev.skerry.compress;

import dev.skerry.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives values one range where the microcontroller's operators ask for one scale: all that a Concat joins and makes, and what
 * goes into and out of pools and operators that only move values.
 *
 * @see <a href="https://ai.google.dev/edge/litert/models/quantization_spec">8-bit quantization specification</a>
 */
final class SharedScales {
    private final Map<String, String> leaders = new LinkedHashMap<>();

    private SharedScales() {}

    static Map<String, Range> widened(Draft draft, Map<String, Range> seen) {
        var shared = new SharedScales();
        for (Node node : draft.nodes) {
            for (String value : tied(node, draft)) {
                if (seen.containsKey(value) && seen.containsKey(node.output(0))) {
                    shared.leaders.put(shared.leader(value), shared.leader(node.output(0)));
                }
            }
        }
        Map<String, Range> wide = new LinkedHashMap<>();
        seen.forEach((value, range) -> wide.merge(
                shared.leader(value),
                range,
                (one, other) -> new Range(Math.min(one.low(), other.low()), Math.max(one.high(), other.high()))));
        Map<String, Range> widened = new LinkedHashMap<>();
        seen.forEach((value, range) -> widened.put(value, wide.getOrDefault(shared.leader(value), range)));
        return widened;
    }

    /** Values that have the scale of the node's first output. */
    private static List<String> tied(Node node, Draft draft) {
        var tied = new ArrayList<String>();
        boolean isPool = node.is("AveragePool") || node.is("GlobalAveragePool");
        if (node.is("Concat")) {
            tied.addAll(node.inputs());
        } else if (isPool || OperatorKind.of(node, draft) == OperatorKind.PASSING) {
            tied.add(node.input(0));
            tied.addAll(node.outputs());
        }
        return tied;
    }

    private String leader(String value) {
        String leader = value;
        for (String next = leaders.get(leader); next != null && !next.equals(leader); next = leaders.get(leader)) {
            leader = next;
        }
        return leader;
    }
}
