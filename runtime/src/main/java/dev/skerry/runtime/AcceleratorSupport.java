package dev.skerry.runtime;

import dev.skerry.model.Cost;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.model.Node;
import dev.skerry.model.OpenBatch;
import dev.skerry.model.Shape;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which nodes of a model the compilers of accelerators would take, and where it would fall back to the CPU. */
public final class AcceleratorSupport {
    /** How many nodes are named; the rest is counted. */
    private static final int NAMED = 5;

    private final AcceleratorTable table;

    public AcceleratorSupport(AcceleratorTable table) {
        this.table = table;
    }

    private sealed interface Answer {
        record Taken() implements Answer {}

        record Refused(String reason) implements Answer {}

        record Unknown(String reason) implements Answer {}
    }

    /** For each compiler of the table. A batch that is left open is 1. */
    public List<AcceleratorFit> of(Model model, Map<String, Long> dims) {
        Map<String, Long> pinned = OpenBatch.asOne(model.graph(), dims);
        Types types = ShapeInference.infer(model, pinned);
        ModelCost cost = Cost.of(model, types);
        return table.compilers().stream()
                .map(compiler -> fit(compiler, model.graph(), types, cost))
                .toList();
    }

    private AcceleratorFit fit(AcceleratorTable.Compiler compiler, Graph graph, Types types, ModelCost cost) {
        var numbers = new NodeNumbers(graph, types);
        Map<String, AcceleratorTable.Rule> rules = table.rules(compiler);
        var fallback = new ArrayList<AcceleratorFit.Refusal>();
        var taken = new IdentityHashMap<Node, Boolean>();
        int nodes = 0;
        int unknown = 0;
        int asInt8 = 0;
        boolean anyFloat = false;
        for (Node node : graph.nodes()) {
            if (NodeNumbers.isWrapping(node) || compiler.channelsLast() && NodeNumbers.isLayout(node)) {
                continue;
            }
            nodes++;
            String kind = numbers.of(node);
            boolean isFloat = kind.startsWith("float") || kind.startsWith("bfloat");
            anyFloat |= isFloat;
            Answer answer = answer(compiler, rules, node, kind, numbers);
            asInt8 += answer(compiler, rules, node, isFloat ? "int8" : kind, numbers) instanceof Answer.Taken ? 1 : 0;
            switch (answer) {
                case Answer.Taken _ -> taken.put(node, true);
                case Answer.Refused(String reason) -> name(fallback, node, reason);
                case Answer.Unknown(String reason) -> {
                    unknown++;
                    name(fallback, node, reason);
                }
            }
        }
        return new AcceleratorFit(
                compiler,
                nodes,
                taken.size(),
                unknown,
                partitions(graph, taken.keySet(), compiler.channelsLast()),
                unknown == nodes ? null : macs(cost, taken),
                fallback,
                compiler.integersOnly() && anyFloat ? (Integer) asInt8 : null);
    }

    private static void name(List<AcceleratorFit.Refusal> fallback, Node node, String reason) {
        if (fallback.size() < NAMED) {
            fallback.add(new AcceleratorFit.Refusal(node.label(), node.op(), reason));
        }
    }

    private static Answer answer(
            AcceleratorTable.Compiler compiler,
            Map<String, AcceleratorTable.Rule> rules,
            Node node,
            String kind,
            NodeNumbers numbers) {
        AcceleratorTable.Rule rule = rules.get(key(node));
        if (isDepthwise(node, numbers)) {
            rule = rules.getOrDefault(key(node) + "/depthwise", rule);
        }
        if (rule == null) {
            return rules.isEmpty()
                    ? new Answer.Unknown("no public list of its operators was found")
                    : compiler.complete()
                            ? new Answer.Refused("its operators don't include " + key(node))
                            : new Answer.Unknown("the list that was found doesn't name " + key(node));
        }
        if (compiler.fixedShapes() && !isFixed(node, numbers)) {
            return new Answer.Refused("its size isn't fixed");
        }
        String number = number(kind, compiler);
        Set<String> types = rule.types().isEmpty() && isNumber(number) ? compiler.numbers() : rule.types();
        if (!number.isEmpty() && !types.isEmpty() && !types.contains(number)) {
            return new Answer.Refused("it computes in " + kind + ", taken are " + String.join(", ", types));
        }
        String asymmetry = compiler.symmetric() ? numbers.asymmetry(node) : null;
        if (asymmetry != null) {
            return new Answer.Refused(asymmetry);
        }
        String limit = new NodeLimits(numbers).objection(node, rule);
        return limit == null ? new Answer.Taken() : new Answer.Refused(limit);
    }

    /** Compilers that compute in half precision take single precision and round it; sizes and indices are shortened. */
    private static String number(String kind, AcceleratorTable.Compiler compiler) {
        return switch (kind) {
            case "float32" ->
                compiler.numbers().contains("float32") || !compiler.numbers().contains("float16") ? kind : "float16";
            case "int64" -> "int32";
            default -> kind;
        };
    }

    private static boolean isNumber(String kind) {
        return kind.startsWith("float") || kind.endsWith("int8") || kind.endsWith("int16");
    }

    private static String key(Node node) {
        return node.isStandard() ? node.op() : node.domain() + ":" + node.op();
    }

    private static boolean isDepthwise(Node node, NodeNumbers numbers) {
        if (!node.is("Conv") || node.intAttribute("group", 1) == 1) {
            return false;
        }
        Tensor weights = numbers.constant(node.input(1));
        return weights == null || weights.rank() > 1 && weights.dims()[1] == 1;
    }

    private static boolean isFixed(Node node, NodeNumbers numbers) {
        return node.outputs().stream()
                .filter(output -> !output.isEmpty())
                .allMatch(output -> numbers.shape(output).map(Shape::isStatic).orElse(false));
    }

    private static @Nullable Double macs(ModelCost cost, Map<Node, Boolean> taken) {
        if (!cost.complete() || cost.macs() == 0) {
            return null;
        }
        long on = cost.nodes().stream()
                .filter(each -> taken.containsKey(each.node()))
                .mapToLong(ModelCost.NodeCost::macs)
                .sum();
        return 100.0 * on / cost.macs();
    }

    /**
     * Pieces of the graph that can be given away as a whole: nodes that are joined, with no way from one to another over the CPU.
     * How often the way to a node changes sides tells such pieces apart.
     */
    private static int partitions(Graph graph, Set<Node> taken, boolean channelsLast) {
        var sides = new HashMap<
                String, int[]>(); // of a value: changes on the way to it, and 1 where the accelerator made it
        var piece = new HashMap<String, Integer>();
        var parents = new ArrayList<Integer>();
        for (Node node : graph.nodes()) {
            boolean on = taken.contains(node);
            boolean passes = NodeNumbers.isWrapping(node) || channelsLast && NodeNumbers.isLayout(node);
            int changes = 0;
            for (String input : node.inputs()) {
                int[] side = sides.get(input);
                if (side != null) {
                    boolean crosses = !passes && (side[1] == 1) != on;
                    changes = Math.max(changes, side[0] + (crosses ? 1 : 0));
                }
            }
            int own = -1;
            int side = on ? 1 : 0;
            for (String input : node.inputs()) {
                Integer joined = piece.get(input);
                int[] from = sides.get(input);
                if (joined != null && from != null && (on || passes) && from[1] == 1 && from[0] == changes) {
                    own = own < 0 ? root(parents, joined) : join(parents, own, joined);
                    side = 1;
                }
            }
            if (on && own < 0) {
                own = parents.size();
                parents.add(own);
            }
            for (String output : node.outputs()) {
                sides.put(output, new int[] {changes, side});
                if (own >= 0) {
                    piece.put(output, own);
                }
            }
        }
        var roots = new HashSet<Integer>();
        for (int i = 0; i < parents.size(); i++) {
            roots.add(root(parents, i));
        }
        return roots.size();
    }

    private static int root(List<Integer> parents, int piece) {
        int at = piece;
        while (parents.get(at) != at) {
            at = parents.get(at);
        }
        return at;
    }

    private static int join(List<Integer> parents, int one, int other) {
        int low = Math.min(root(parents, one), root(parents, other));
        parents.set(root(parents, one), low);
        parents.set(root(parents, other), low);
        return low;
    }
}
