package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Puts the branch that is taken in the place of an If whose condition is known before the run, and leaves the other out: an
 * export for two sample rates holds the weights of both. ONNX Runtime does the same when it opens a model, but ends the process
 * over branches that hold QuantizeLinear (1.29).
 */
public final class SettledBranches {
    /** How many values of the model go by a name: what is put among other nodes needs one that is free there. */
    private final Map<String, Integer> named = new HashMap<>();

    /** All names of values, those that were given here among them. */
    private final Set<String> values = new HashSet<>();

    private int settled;

    private SettledBranches() {}

    /**
     * The model as it computes where some of its inputs always hold the same. They stay inputs, which must go on being fed with
     * what was said here.
     *
     * @param constants by the name of the input
     * @param pinnedDims as in {@link ShapeInference#infer}: sizes that each run has
     * @return {@code model} itself where no condition is known
     */
    public static Model take(Model model, Map<String, Tensor> constants, Map<String, Long> pinnedDims) {
        Graph graph = model.graph();
        if (!holdsIf(graph)) {
            return model;
        }
        var known = new LinkedHashMap<>(graph.initializers());
        // a weight that is listed as an input is one that the caller may replace
        graph.inputs().forEach(input -> known.remove(input.name()));
        known.putAll(constants);
        Types types = ShapeInference.infer(model.withGraph(graph.withInitializers(known)), pinnedDims);
        var branches = new SettledBranches();
        count(graph, 1, branches.named);
        branches.values.addAll(branches.named.keySet());
        Graph settled = branches.within(graph, types);
        return branches.settled == 0 ? model : model.withGraph(DeadCode.remove(settled));
    }

    private static boolean holdsIf(Graph graph) {
        return graph.nodes().stream()
                .anyMatch(node -> node.is("If") || node.subgraphs().stream().anyMatch(SettledBranches::holdsIf));
    }

    private Graph within(Graph graph, Types types) {
        var nodes = new ArrayList<Node>();
        var initializers = new LinkedHashMap<>(graph.initializers());
        var sparse = new ArrayList<>(graph.sparseInitializers());
        var declared = new ArrayList<>(graph.values());
        // ONNX Runtime wants no two nodes of a graph alike
        Set<String> nodeNames = new HashSet<>();
        graph.nodes().forEach(node -> nodeNames.add(node.name()));
        for (Node node : graph.nodes()) {
            Graph taken = taken(node, types);
            if (taken == null) {
                nodes.add(node.withSubgraphs(inner -> within(inner, types.within(inner))));
                continue;
            }
            settled++;
            node.subgraphs().forEach(branch -> count(branch, -1, named));
            count(taken, 1, named);
            Graph free = renamed(within(taken, types.within(taken)));
            free.nodes().forEach(inner -> nodes.add(inner.withName(free(inner.name(), nodeNames))));
            initializers.putAll(free.initializers());
            sparse.addAll(free.sparseInitializers());
            declared.addAll(free.values());
            for (int i = 0; i < node.outputs().size(); i++) {
                if (!node.output(i).isEmpty()) {
                    String from = free.outputs().get(i).name();
                    Node same = Node.of("Identity", List.of(from), List.of(node.output(i)));
                    nodes.add(same.withName(free(same.name(), nodeNames)));
                }
            }
        }
        return graph.withNodes(nodes)
                .withInitializers(initializers)
                .withSparseInitializers(sparse)
                .withValues(declared);
    }

    private static @Nullable Graph taken(Node node, Types types) {
        if (!node.isStandard() || !node.is("If")) {
            return null;
        }
        OptionalLong condition = types.integer(node.input(0));
        String branch = condition.orElse(0) != 0 ? "then_branch" : "else_branch";
        return condition.isPresent() && node.attributes().get(branch) instanceof Attribute.GraphValue(Graph graph)
                ? graph
                : null;
    }

    /** The branch with new names for those of its values whose names are used elsewhere too. */
    private Graph renamed(Graph branch) {
        var own = new HashMap<String, Integer>();
        count(branch, 1, own);
        var names = new LinkedHashMap<String, String>();
        defined(branch)
                .filter(name -> named.getOrDefault(name, 0) > own.getOrDefault(name, 0))
                .forEach(name -> names.put(name, free(name, values)));
        return Renaming.apply(branch, names);
    }

    private static String free(String name, Set<String> taken) {
        String free = name;
        for (int i = 2; !name.isEmpty() && !taken.add(free); i++) {
            free = name + "_" + i;
        }
        return free;
    }

    private static void count(Graph graph, int sites, Map<String, Integer> counts) {
        defined(graph).forEach(name -> counts.merge(name, sites, Integer::sum));
        graph.nodes().forEach(node -> node.subgraphs().forEach(inner -> count(inner, sites, counts)));
    }

    private static Stream<String> defined(Graph graph) {
        return Stream.of(
                        graph.inputs().stream().map(ValueInfo::name),
                        graph.initializers().keySet().stream()
                                .filter(name -> graph.inputs().stream()
                                        .noneMatch(input -> input.name().equals(name))),
                        graph.sparseInitializers().stream().map(SparseTensor::name),
                        graph.nodes().stream().flatMap(node -> node.outputs().stream()))
                .flatMap(names -> names)
                .filter(name -> !name.isEmpty());
    }
}
