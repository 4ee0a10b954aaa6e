package dev.skerry.cli;

import dev.skerry.model.Function;
import dev.skerry.model.Inspection;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.model.Node;
import dev.skerry.runtime.OperatorSupport;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One operator of a model: how many nodes have it, what they cost, and what ONNX Runtime says to them. Nodes in the branches of
 * control flow and in the bodies of functions count too.
 *
 * @param function whether the model defines the operator itself, so that its body is what has to run
 * @param runs nodes whose operator ONNX Runtime loads under their operator set
 * @param noKernel nodes whose operator it has no kernel for
 * @param unknown nodes that no trial tells anything about
 */
record OperatorRow(
        String name, boolean function, long nodes, long macs, long parameters, long runs, long noKernel, long unknown) {

    static List<OperatorRow> of(Model model, ModelCost cost, OperatorSupport support) {
        Set<String> own = new HashSet<>();
        model.functions().forEach(function -> own.add(function.domain() + ":" + function.name()));
        var rows = new TreeMap<String, OperatorRow>();
        count(model.graph().nodes(), model.opsets(), support, own, rows);
        for (Function function : model.functions()) {
            count(function.nodes(), function.opsets(), support, own, rows);
        }
        for (ModelCost.NodeCost node : cost.nodes()) {
            rows.computeIfPresent(Inspection.key(node.node()), (_, row) -> row.costing(node.macs(), node.parameters()));
        }
        return List.copyOf(rows.values());
    }

    private static void count(
            List<Node> nodes,
            Map<String, Long> opsets,
            OperatorSupport support,
            Set<String> own,
            Map<String, OperatorRow> rows) {
        for (Node node : nodes) {
            String name = Inspection.key(node);
            boolean function = own.contains(name);
            String domain = node.isStandard() ? "" : node.domain();
            // an operator set that isn't imported is 0, of which nobody knows anything
            var answer = support.of(node, opsets.getOrDefault(domain, opsets.getOrDefault(node.domain(), 0L)));
            var one = new OperatorRow(
                    name,
                    function,
                    1,
                    0,
                    0,
                    !function && answer == OperatorSupport.Answer.RUNS ? 1 : 0,
                    !function && answer == OperatorSupport.Answer.NO_KERNEL ? 1 : 0,
                    !function && answer == OperatorSupport.Answer.UNKNOWN ? 1 : 0);
            rows.merge(name, one, OperatorRow::plus);
            node.subgraphs().forEach(subgraph -> count(subgraph.nodes(), opsets, support, own, rows));
        }
    }

    /** What to show in a table. */
    String verdict() {
        if (function) {
            return "by its body";
        }
        if (noKernel > 0) {
            return noKernel == nodes ? "no kernel" : "no kernel for " + noKernel;
        }
        return unknown == 0 ? "runs" : unknown == nodes ? "unknown" : "unknown for " + unknown;
    }

    private OperatorRow plus(OperatorRow other) {
        return new OperatorRow(
                name,
                function,
                nodes + other.nodes,
                macs + other.macs,
                parameters + other.parameters,
                runs + other.runs,
                noKernel + other.noKernel,
                unknown + other.unknown);
    }

    private OperatorRow costing(long moreMacs, long moreParameters) {
        return new OperatorRow(
                name, function, nodes, macs + moreMacs, parameters + moreParameters, runs, noKernel, unknown);
    }
}
