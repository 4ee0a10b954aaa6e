package dev.skerry.compress;

import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How much of each integer layer's signal survives quantization. */
final class LayerSignals {
    private LayerSignals() {}

    /** Ratios by layer in the order of the graph, the errors of the layers before included. */
    static List<CompressionReport.Layer> measure(
            Model prepared, Quantizer.Quantized quantized, SampleSource samples, Sessions sessions) {
        Placement placement = quantized.placement();
        var layers = new LinkedHashMap<String, Node>();
        for (Node node : prepared.graph().nodes()) {
            if (placement.kind(node).filter(OperatorKind.LAYER::equals).isPresent()) {
                layers.put(
                        placement.quantizedOutputs(node).isEmpty()
                                ? node.output(0)
                                : placement.outputsOf(node).getFirst(),
                        node);
            }
        }
        var ratios = new LinkedHashMap<String, Sqnr>();
        layers.keySet().forEach(value -> ratios.put(value, new Sqnr()));
        try (var reference = sessions.open(Calibration.tap(prepared, layers.keySet()), "float with taps");
                var other = sessions.open(Calibration.tap(quantized.model(), layers.keySet()), "int8 with taps")) {
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
}
