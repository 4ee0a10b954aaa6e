package dev.skerry.model;

import java.util.List;
import java.util.Map;

/** Real numbers to small integers and back. */
final class QuantizationRules {
    static final Map<String, Rule> RULES = Map.of(
            "QuantizeLinear", QuantizationRules::quantize,
            "com.microsoft:QuantizeLinear", QuantizationRules::quantize,
            "DequantizeLinear", QuantizationRules::dequantize,
            "com.microsoft:DequantizeLinear", QuantizationRules::dequantize,
            "DynamicQuantizeLinear", QuantizationRules::dynamic);

    private QuantizationRules() {}

    private static void quantize(Operation op) {
        DataType otherwise = op.has(2) ? op.element(2) : DataType.UINT8;
        op.set(
                0,
                op.attribute("output_dtype", 0) == 0 ? otherwise : op.typeAttribute("output_dtype", null),
                op.dims(0));
        checkScale(op);
    }

    private static void dequantize(Operation op) {
        DataType otherwise = op.element(1);
        op.set(
                0,
                op.attribute("output_dtype", 0) == 0 ? otherwise : op.typeAttribute("output_dtype", null),
                op.dims(0));
        checkScale(op);
    }

    private static void checkScale(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> scale = op.dims(1);
        if (x == null || scale == null || scale.size() != 1 || op.attribute("block_size", 0) != 0 || x.isEmpty()) {
            return;
        }
        // a vector of one is a scale for the whole tensor, and then the axis doesn't matter
        if (!Dims.is(scale.getFirst(), 1)
                && Dims.differ(scale.getFirst(), x.get(op.axis(op.attribute("axis", 1), x.size())))) {
            throw op.mismatch("there must be one scale for each channel", 0, 1);
        }
    }

    private static void dynamic(Operation op) {
        op.set(0, DataType.UINT8, op.dims(0));
        op.set(1, DataType.FLOAT, List.of());
        op.set(2, DataType.UINT8, List.of());
    }
}
