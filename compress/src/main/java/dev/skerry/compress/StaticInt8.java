package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import java.util.List;
import java.util.stream.Collectors;

/** Weights and activations in INT8, with ranges from calibration, in QDQ form. */
record StaticInt8(Scope scope, RangeMethod ranges, ActivationScheme scheme) implements Technique {
    @Override
    public String label() {
        return "int8-" + scope.name() + "-" + ranges.label();
    }

    @Override
    public Rewritten apply(Studied studied) {
        Quantizer.Quantized quantized = Quantizer.quantize(studied.model(), scope, studied.ranges(ranges), scheme);
        List<KeptFloat> kept = FloatParts.of(
                studied.model().graph(),
                quantized.placement(),
                scope,
                studied.calibration().histograms().keySet());
        return new Rewritten(
                quantized.model(),
                Subgraphs.allNodes(studied.model().graph()).stream()
                        .filter(node ->
                                quantized.placement().kind(node).orElse(OperatorKind.FLOAT) == OperatorKind.LAYER
                                        || quantized.placement().isTable(node))
                        .map(node -> node.output(0))
                        .collect(Collectors.toSet()),
                quantized.integerNodes(),
                kept);
    }
}
