package dev.skerry.compress;

import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Nodes that compute value {@code to} from value {@code from} alone, element by element, such as the eight nodes of a GELU. What
 * lies between is read by nothing else.
 */
record ElementwiseChain(String from, String to, List<Node> nodes) {
    ElementwiseChain {
        nodes = List.copyOf(nodes);
    }

    /** @param constants which constants may take part: by their shape it is known how they broadcast */
    static Optional<ElementwiseChain> between(Draft draft, String from, String to, Predicate<Tensor> constants) {
        Set<String> inside = new HashSet<>();
        var open = new ArrayDeque<String>();
        open.add(to);
        while (!open.isEmpty()) {
            String value = open.remove();
            if (value.equals(from) || !inside.add(value)) {
                continue;
            }
            Optional<Node> producer = draft.producer(value).filter(Elementwise::is);
            if (producer.isEmpty()) {
                return Optional.empty();
            }
            for (String input : producer.get().inputs()) {
                Optional<Tensor> constant = draft.constant(input);
                if (constant.isEmpty()) {
                    open.add(input);
                } else if (!constants.test(constant.get())) {
                    return Optional.empty();
                }
            }
        }
        List<Node> nodes = draft.nodes.stream()
                .filter(node -> inside.contains(node.output(0)))
                .toList();
        boolean closed = inside.stream()
                .filter(value -> !value.equals(to))
                .allMatch(value -> !draft.isOutput(value)
                        && draft.consumers(value).stream().allMatch(node -> inside.contains(node.output(0))));
        boolean fromIsUsed = nodes.stream().anyMatch(node -> node.inputs().contains(from));
        return closed && fromIsUsed ? Optional.of(new ElementwiseChain(from, to, nodes)) : Optional.empty();
    }

    /**
     * What the chain makes of these numbers, rounded to float at each node as a runtime does.
     *
     * @param rows numbers of {@code from}, in rows as long as the constants that aren't scalars
     */
    float[] apply(float[] rows, Draft draft) {
        Map<String, float[]> values = new HashMap<>();
        values.put(from, rows);
        for (Node node : nodes) {
            float[] result = new float[rows.length];
            float[] first = operand(node.input(0), values, draft);
            Elementwise.unary(node).ifPresent(function -> {
                for (int i = 0; i < result.length; i++) {
                    result[i] = (float) function.applyAsDouble(first[i % first.length]);
                }
            });
            Elementwise.binary(node).ifPresent(function -> {
                float[] second = operand(node.input(1), values, draft);
                for (int i = 0; i < result.length; i++) {
                    result[i] = (float) function.applyAsDouble(first[i % first.length], second[i % second.length]);
                }
            });
            values.put(node.output(0), result);
        }
        return operand(to, values, draft);
    }

    private static float[] operand(String name, Map<String, float[]> values, Draft draft) {
        float[] known = values.get(name);
        return known != null
                ? known
                : draft.constant(name)
                        .orElseThrow(() -> new IllegalStateException(name + " is neither made nor constant"))
                        .toFloats();
    }

    /** The same nodes from another value on. */
    List<Node> copy(String newFrom, String newTo, Draft draft) {
        Map<String, String> renamed = new LinkedHashMap<>();
        renamed.put(from, newFrom);
        Set<String> taken = draft.names();
        for (Node node : nodes) {
            String made = node.output(0);
            String name = made.equals(to) ? newTo : unused(newTo + "_" + renamed.size(), taken);
            renamed.put(made, name);
        }
        var copies = new ArrayList<Node>();
        for (Node node : nodes) {
            copies.add(node.withInputs(node.inputs().stream()
                            .map(input -> renamed.getOrDefault(input, input))
                            .toList())
                    .withOutputs(List.of(renamed.getOrDefault(node.output(0), node.output(0))))
                    .withName(""));
        }
        return copies;
    }

    private static String unused(String hint, Set<String> taken) {
        String name = hint;
        for (int i = 2; !taken.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }
}
