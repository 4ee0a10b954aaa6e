package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Node;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Weights and activations in INT8, with ranges from calibration, in QDQ form.
 *
 * @param symmetric zero in the middle of the range of activations, as accelerators without zero points want it; slower on CPUs,
 *     where cutting at zero costs an operator of its own then
 */
record StaticInt8(
        Scope scope,
        RangeMethod ranges,
        ActivationScheme scheme,
        Granularity granularity,
        boolean symmetric,
        Rounding rounding)
        implements Technique {
    /** Scales by channel, zero anywhere, weights to the nearest. */
    StaticInt8(Scope scope, RangeMethod ranges, ActivationScheme scheme) {
        this(scope, ranges, scheme, Granularity.CHANNEL, false, Rounding.NEAREST);
    }

    /** As the request wants it. */
    static StaticInt8 of(CompressionRequest request, Scope scope, RangeMethod ranges) {
        Int8Layout layout = request.layout();
        return new StaticInt8(
                scope, ranges, request.scheme(), layout.granularity(), layout.symmetric(), Rounding.NEAREST);
    }

    StaticInt8 perTensor() {
        return new StaticInt8(scope, ranges, scheme, Granularity.TENSOR, symmetric, rounding);
    }

    StaticInt8 symmetrically() {
        return new StaticInt8(scope, ranges, scheme, granularity, true, rounding);
    }

    StaticInt8 rounding(Rounding other) {
        return new StaticInt8(scope, ranges, scheme, granularity, symmetric, other);
    }

    StaticInt8 within(Scope other) {
        return new StaticInt8(other, ranges, scheme, granularity, symmetric, rounding);
    }

    @Override
    public String label() {
        return "int8-" + scope.name() + "-" + ranges.label()
                + (scheme == ActivationScheme.TFLITE ? "-tflite" : "")
                + (granularity == Granularity.TENSOR ? "-tensor" : "")
                + (symmetric ? "-sym" : "")
                + switch (rounding) {
                    case NEAREST -> "";
                    case SECOND_ORDER -> "-gptq";
                };
    }

    @Override
    public Rewritten apply(Studied studied) {
        var draft = new Draft(studied.model().graph());
        List<Node> layers = draft.nodes.stream()
                .filter(node -> OperatorKind.of(node, draft) == OperatorKind.LAYER && !scope.keepsFloat(node))
                .toList();
        var form = new IntegerForm(scheme, granularity, symmetric, WeightRounding.of(rounding, studied, layers));
        Quantizer.Quantized quantized = Quantizer.quantize(studied.model(), scope, studied.ranges(ranges), form);
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
