package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code skerry inspect} shows of a model.
 *
 * @param operators how often each operator occurs, also in subgraphs and function bodies, by its key ({@link #key})
 * @param dataTypes element types of all weights and values
 * @param unresolved outputs of nodes whose type only the run (or nobody) can tell, and why
 * @param heaviest the nodes with the most multiply-accumulates, the heaviest first, at most ten
 * @param support for each runtime that was asked about, what it can't run
 */
public record Inspection(
        long irVersion,
        Map<String, Long> opsets,
        String producer,
        List<Port> inputs,
        List<Port> outputs,
        SortedMap<String, Integer> operators,
        Set<DataType> dataTypes,
        ModelCost cost,
        List<Types.Unresolved> unresolved,
        List<Problem> contradictions,
        List<ModelCost.NodeCost> heaviest,
        List<Support> support) {
    private static final int HEAVIEST = 10;

    /** An input or output; {@code type} is null where nothing is known of it. */
    public record Port(String name, @Nullable ValueType type) {}

    /**
     * What a runtime says to the operators of the model.
     *
     * @param nodes how many nodes there are, and {@code supported} how many of them it has kernels for
     * @param missing the operators it lacks, and how many nodes need each
     */
    public record Support(String runtime, int nodes, int supported, SortedMap<String, Integer> missing) {
        public boolean isFull() {
            return missing.isEmpty();
        }
    }

    public Inspection {
        opsets = Ordered.copyOf(opsets);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        dataTypes = Set.copyOf(dataTypes);
        unresolved = List.copyOf(unresolved);
        contradictions = List.copyOf(contradictions);
        heaviest = List.copyOf(heaviest);
        support = List.copyOf(support);
    }

    /**
     * Looks at a model; nothing is run.
     *
     * @param pinnedDims as for {@link ShapeInference#infer}
     * @param operatorsByRuntime the operators, by {@link #key}, that each runtime has kernels for
     */
    public static Inspection of(
            Model model, Map<String, Long> pinnedDims, Map<String, Set<String>> operatorsByRuntime) {
        Types types = ShapeInference.infer(model, pinnedDims);
        ModelCost cost = Cost.of(model, types);
        SortedMap<String, Integer> operators = new TreeMap<>();
        nodes(model.graph().nodes()).forEach(node -> operators.merge(key(node), 1, Integer::sum));
        Set<String> local = new java.util.HashSet<>();
        for (Function function : model.functions()) {
            local.add(function.domain() + ":" + function.name());
            nodes(function.nodes()).forEach(node -> operators.merge(key(node), 1, Integer::sum));
        }
        List<Support> support = new ArrayList<>();
        operatorsByRuntime.forEach((runtime, known) -> support.add(support(runtime, known, operators, local)));
        return new Inspection(
                model.irVersion(),
                model.opsets(),
                (model.producer() + " " + model.producerVersion()).strip(),
                ports(model.graph().dataInputs(), types),
                ports(model.graph().outputs(), types),
                operators,
                dataTypes(model.graph(), types),
                cost,
                types.unresolved(),
                types.contradictions(),
                cost.nodes().stream()
                        .filter(node -> node.macs() > 0)
                        .sorted(Comparator.comparingLong(ModelCost.NodeCost::macs)
                                .reversed())
                        .limit(HEAVIEST)
                        .toList(),
                support);
    }

    /** How operators are told apart: {@code Conv}, or {@code com.microsoft:QGemm} outside of the ONNX domain. */
    public static String key(Node node) {
        return Rules.key(node);
    }

    private static Support support(
            String runtime, Set<String> known, SortedMap<String, Integer> operators, Set<String> local) {
        int all = 0;
        SortedMap<String, Integer> missing = new TreeMap<>();
        for (var entry : operators.entrySet()) {
            all += entry.getValue();
            // a local function is run by running its body, which is counted too
            if (!known.contains(entry.getKey()) && !local.contains(entry.getKey())) {
                missing.put(entry.getKey(), entry.getValue());
            }
        }
        int lacking = missing.values().stream().mapToInt(Integer::intValue).sum();
        return new Support(runtime, all, all - lacking, missing);
    }

    private static List<Port> ports(List<ValueInfo> infos, Types types) {
        return infos.stream()
                .map(info -> new Port(info.name(), types.of(info.name()).orElse(null)))
                .toList();
    }

    private static Stream<Node> nodes(List<Node> nodes) {
        return nodes.stream()
                .flatMap(node -> Stream.concat(
                        Stream.of(node), node.subgraphs().stream().flatMap(subgraph -> nodes(subgraph.nodes()))));
    }

    private static Set<DataType> dataTypes(Graph graph, Types types) {
        Set<DataType> found = EnumSet.noneOf(DataType.class);
        graph.initializers().values().forEach(tensor -> found.add(tensor.type()));
        graph.inputs().forEach(input -> types.tensor(input.name()).ifPresent(type -> found.add(type.element())));
        for (Node node : graph.nodes()) {
            node.outputs().forEach(output -> types.tensor(output).ifPresent(type -> found.add(type.element())));
            node.subgraphs().forEach(subgraph -> found.addAll(dataTypes(subgraph, types.within(subgraph))));
        }
        return found;
    }
}
