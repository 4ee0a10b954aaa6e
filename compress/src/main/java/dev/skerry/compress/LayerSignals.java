package dev.skerry.compress;

import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How much of each changed layer's signal survives compression. */
final class LayerSignals {
    private LayerSignals() {}

    /** Ratios by layer in the order of the graph, the errors of the layers before included. */
    static List<CompressionReport.Layer> measure(
            Model prepared, Rewritten made, SampleSource samples, Sessions sessions) {
        var layers = new LinkedHashMap<String, Node>();
        Set<String> values = new HashSet<>();
        Subgraphs.allNodes(made.model().graph()).forEach(node -> values.addAll(node.outputs()));
        for (Graph graph : Subgraphs.all(prepared.graph())) {
            var draft = new Draft(graph);
            for (Node node : graph.nodes()) {
                if (made.changed().contains(node.output(0))) {
                    comparable(node, draft, values).ifPresent(value -> layers.put(value, node));
                }
            }
        }
        var ratios = new LinkedHashMap<String, Sqnr>();
        layers.keySet().forEach(value -> ratios.put(value, new Sqnr()));
        try (var reference = sessions.open(Taps.tap(prepared, layers.keySet()), "float with taps");
                var other = sessions.open(Taps.tap(made.model(), layers.keySet()), "compressed with taps")) {
            for (Sample sample : samples) {
                Map<String, Tensor> expected = reference.infer(sample);
                Map<String, Tensor> actual = other.infer(sample);
                ratios.forEach((value, ratio) -> {
                    Tensor first = expected.get(value);
                    Tensor second = actual.get(value);
                    if (first != null
                            && second != null
                            && first.type() == DataType.FLOAT
                            && first.elements() == second.elements()) {
                        ratio.add(first.toFloats(), second.toFloats());
                    }
                });
            }
        }
        var rows = new ArrayList<CompressionReport.Layer>();
        layers.forEach((value, node) -> {
            Sqnr ratio = ratios.get(value);
            if (ratio != null) {
                rows.add(new CompressionReport.Layer(node.label(), node.op(), ratio.decibel()));
            }
        });
        return rows;
    }

    /** What the layer makes, or where that is gone, what the activation made that it absorbed. */
    private static Optional<String> comparable(Node node, Draft draft, Set<String> values) {
        return values.contains(node.output(0))
                ? Optional.of(node.output(0))
                : draft.onlyConsumer(node.output(0)).map(next -> next.output(0)).filter(values::contains);
    }
}
