package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the integers of a static INT8 model stand for.
 *
 * @param symmetric whether zero lies in the middle of the range of activations: at 0 for INT8; at 128 for UINT8, or at 0 where
 *     nothing is negative
 */
record IntegerForm(ActivationScheme scheme, Granularity granularity, boolean symmetric, WeightRounding rounding) {
    static IntegerForm of(ActivationScheme scheme) {
        return new IntegerForm(scheme, Granularity.CHANNEL, false, WeightRounding.NEAREST);
    }

    /** Whether a layer's weights share one scale. Microcontroller kernels of dense layers take no more than one. */
    boolean isPerTensor(Node layer) {
        return granularity == Granularity.TENSOR || scheme == ActivationScheme.TFLITE && !layer.is("Conv");
    }

    AffineScale scale(Range range) {
        return AffineScale.of(symmetric ? balanced(range) : range, scheme.activationType());
    }

    /** Softmax and Sigmoid end at 1 whatever was seen. */
    AffineScale scaleOfShares() {
        return scheme == ActivationScheme.TFLITE ? new AffineScale(1f / 256, -128) : scale(new Range(0, 1));
    }

    /** Ranges as they will be covered: balanced around zero, or shared by values that must have one scale. */
    Map<String, Range> ranges(Draft draft, Map<String, Range> seen) {
        Map<String, Range> ranges =
                scheme == ActivationScheme.TFLITE ? SharedScales.widened(draft, seen) : new LinkedHashMap<>(seen);
        if (symmetric) {
            ranges.replaceAll((value, range) -> balanced(range));
        }
        return ranges;
    }

    /** As wide on either side that zero is an integer in the middle: 128 steps below it, 127 above. */
    private Range balanced(Range range) {
        boolean isSigned = scheme.activationType() == DataType.INT8;
        if (range.low() == 0 && !isSigned) {
            return range;
        }
        double extreme = Math.max(range.high(), -range.low() * 127 / 128);
        return new Range(-extreme * 128 / 127, extreme);
    }
}
