package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Normalizations and softmax: the shape stays; some also give the statistics. */
final class NormalizationRules {
    static final Map<String, Rule> RULES = rules();

    private NormalizationRules() {}

    private static Map<String, Rule> rules() {
        Map<String, Rule> rules = new HashMap<>();
        for (String same : List.of(
                "GroupNormalization",
                "InstanceNormalization",
                "RMSNormalization",
                "LRN",
                "LpNormalization",
                "MeanVarianceNormalization",
                "Softmax",
                "LogSoftmax",
                "Hardmax",
                "com.microsoft:GroupNorm")) {
            rules.put(same, ElementwiseRules::same);
        }
        rules.put("BatchNormalization", NormalizationRules::batch);
        rules.put("LayerNormalization", NormalizationRules::layer);
        // ONNX Runtime keeps this one in the ONNX domain, though the specification has no such operator
        rules.put("SimplifiedLayerNormalization", NormalizationRules::layer);
        rules.put("com.microsoft:SkipLayerNormalization", NormalizationRules::skip);
        rules.put("com.microsoft:SkipSimplifiedLayerNormalization", NormalizationRules::skip);
        return Map.copyOf(rules);
    }

    private static void batch(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> scale = op.dims(1, 1);
        if (x != null && scale != null && x.size() > 1 && Dims.differ(x.get(1), scale.getFirst())) {
            throw op.mismatch("there must be one scale for each channel", 0, 1);
        }
        op.set(0, op.type(0));
        for (int i = 1; i < 5; i++) {
            op.set(i, op.type(i < 3 ? i + 2 : i));
        }
    }

    private static void layer(Operation op) {
        op.set(0, op.type(0));
        List<Dim> x = op.dims(0);
        List<Dim> statistics = null;
        if (x != null) {
            int axis = op.axis(op.attribute("axis", -1), x.size());
            statistics = new ArrayList<>(x.subList(0, axis));
            while (statistics.size() < x.size()) {
                statistics.add(Dim.of(1));
            }
        }
        op.set(1, op.typeAttribute("stash_type", DataType.FLOAT), statistics);
        op.set(2, op.typeAttribute("stash_type", DataType.FLOAT), statistics);
    }

    private static void skip(Operation op) {
        op.set(0, op.type(0));
        op.set(3, op.type(0));
    }
}
