package dev.skerry.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Classic machine learning: the domain {@code ai.onnx.ml}. */
final class TreeRules {
    private static final String ML = "ai.onnx.ml:";

    static final Map<String, Rule> RULES = Map.of(
            ML + "ArrayFeatureExtractor",
            TreeRules::extract,
            ML + "Binarizer",
            ElementwiseRules::same,
            ML + "LabelEncoder",
            TreeRules::labels,
            ML + "Normalizer",
            op -> op.set(0, DataType.FLOAT, op.dims(0)),
            ML + "Scaler",
            op -> op.set(0, DataType.FLOAT, op.dims(0)),
            ML + "LinearRegressor",
            op -> scores(op, 0, Dim.of(op.attribute("targets", 1))),
            ML + "TreeEnsembleRegressor",
            op -> scores(op, 0, Dim.of(op.attribute("n_targets", 1))),
            ML + "TreeEnsemble",
            op -> op.set(0, op.element(0), rows(op, Dim.of(op.attribute("n_targets", 1)))),
            ML + "LinearClassifier",
            TreeRules::classifier,
            ML + "TreeEnsembleClassifier",
            TreeRules::classifier);

    private TreeRules() {}

    private static @Nullable List<Dim> rows(Operation op, Dim columns) {
        List<Dim> x = op.dims(0);
        return x == null ? null : List.of(x.size() > 1 ? x.getFirst() : Dim.of(1), columns);
    }

    private static void scores(Operation op, int output, Dim columns) {
        op.set(output, DataType.FLOAT, rows(op, columns));
    }

    private static void classifier(Operation op) {
        Map<String, Attribute> attributes = op.node().attributes();
        Dim classes = Dims.UNKNOWN;
        DataType label = DataType.INT64;
        for (String name : List.of("classlabels_ints", "classlabels_int64s")) {
            if (attributes.get(name) instanceof Attribute.Ints(List<Long> values)) {
                classes = Dim.of(values.size());
            }
        }
        if (attributes.get("classlabels_strings") instanceof Attribute.Strings(List<String> values)
                && !values.isEmpty()) {
            classes = Dim.of(values.size());
            label = DataType.STRING;
        }
        List<Dim> rows = rows(op, classes);
        op.set(0, label, rows == null ? null : rows.subList(0, 1));
        op.set(1, DataType.FLOAT, rows);
    }

    private static void labels(Operation op) {
        Map<String, Attribute> attributes = op.node().attributes();
        DataType element = attributes.containsKey("values_strings")
                ? DataType.STRING
                : attributes.containsKey("values_int64s")
                        ? DataType.INT64
                        : attributes.containsKey("values_floats")
                                ? DataType.FLOAT
                                : attributes.get("values_tensor") instanceof Attribute.TensorValue(Tensor tensor)
                                        ? tensor.type()
                                        : null;
        op.set(0, element, op.dims(0));
    }

    private static void extract(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> indices = op.dims(1);
        if (x != null && indices != null && !x.isEmpty()) {
            List<Dim> whole = x.size() == 1 ? List.of(Dim.of(1), x.getFirst()) : x;
            op.set(0, op.element(0), Operation.with(whole, whole.size() - 1, Dims.product(indices)));
        }
    }
}
