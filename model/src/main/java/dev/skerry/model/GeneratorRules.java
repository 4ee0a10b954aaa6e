package dev.skerry.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators that make tensors from attributes, sizes or chance. */
final class GeneratorRules {
    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("Constant", GeneratorRules::constant),
            Map.entry("ConstantOfShape", GeneratorRules::constantOfShape),
            Map.entry("Range", GeneratorRules::range),
            Map.entry("Shape", GeneratorRules::shape),
            Map.entry("Size", op -> op.set(0, DataType.INT64, List.of())),
            Map.entry("EyeLike", op -> op.set(0, op.typeAttribute("dtype", op.element(0)), op.dims(0))),
            Map.entry("RandomNormal", GeneratorRules::random),
            Map.entry("RandomUniform", GeneratorRules::random),
            Map.entry("RandomNormalLike", op -> op.set(0, op.typeAttribute("dtype", op.element(0)), op.dims(0))),
            Map.entry("RandomUniformLike", op -> op.set(0, op.typeAttribute("dtype", op.element(0)), op.dims(0))),
            Map.entry("Bernoulli", op -> op.set(0, op.typeAttribute("dtype", op.element(0)), op.dims(0))),
            Map.entry("Multinomial", GeneratorRules::multinomial),
            Map.entry("HannWindow", GeneratorRules::window),
            Map.entry("HammingWindow", GeneratorRules::window),
            Map.entry("BlackmanWindow", GeneratorRules::window),
            Map.entry("MelWeightMatrix", GeneratorRules::mel));

    private GeneratorRules() {}

    /** The tensor that a Constant node holds; null where it is none, or sparse. */
    static @Nullable Tensor constantTensor(Node node) {
        for (var attribute : node.attributes().entrySet()) {
            Tensor tensor = switch (attribute.getValue()) {
                case Attribute.TensorValue(Tensor value) -> value;
                case Attribute.IntValue(long value) -> Tensor.ofLongs("", new long[0], value);
                case Attribute.FloatValue(float value) -> Tensor.ofFloats("", new long[0], value);
                case Attribute.StringValue(String value) -> Tensor.ofStrings("", new long[0], List.of(value));
                case Attribute.Ints ints ->
                    Tensor.ofLongs("", new long[] {ints.values().size()}, ints.toArray());
                case Attribute.Floats(List<Float> values) -> floats(values);
                case Attribute.Strings(List<String> values) -> Tensor.ofStrings("", new long[] {values.size()}, values);
                default -> null;
            };
            if (tensor != null && attribute.getKey().startsWith("value")) {
                return tensor;
            }
        }
        return null;
    }

    private static Tensor floats(List<Float> values) {
        float[] plain = new float[values.size()];
        for (int i = 0; i < plain.length; i++) {
            plain[i] = values.get(i);
        }
        return Tensor.ofFloats("", new long[] {plain.length}, plain);
    }

    private static void constant(Operation op) {
        Tensor tensor = constantTensor(op.node());
        if (tensor != null) {
            op.set(0, tensor.type(), tensor.shape().dims());
            op.setElements(0, Elements.of(tensor));
        } else if (op.node().attributes().get("sparse_value") instanceof Attribute.SparseTensorValue(var sparse)) {
            op.set(
                    0,
                    sparse.values().type(),
                    sparse.dims().stream().map(size -> Dim.of(size)).toList());
        }
    }

    private static void constantOfShape(Operation op) {
        DataType element = op.node().attributes().get("value") instanceof Attribute.TensorValue(Tensor value)
                ? value.type()
                : DataType.FLOAT;
        Elements shape = op.elements(0);
        List<Dim> length = op.dims(0);
        List<Dim> dims = shape != null
                ? shape.sizes()
                : length != null && length.size() == 1 && length.getFirst() instanceof Dim.Known(long rank)
                        ? Dims.unknown((int) rank)
                        : null;
        op.set(0, element, dims);
    }

    private static void range(Operation op) {
        Elements start = op.elements(0);
        Elements limit = op.elements(1);
        Elements delta = op.elements(2);
        Dim count = Dims.UNKNOWN;
        if (start != null && limit != null && delta != null) {
            double[] from = start.reals();
            double[] to = limit.reals();
            double[] step = delta.reals();
            if (from != null && to != null && step != null && step[0] != 0) {
                count = Dim.of((long) Math.max(0, Math.ceil((to[0] - from[0]) / step[0])));
            } else if (Dims.is(op.size(0), 0) && Dims.is(op.size(2), 1)) {
                count = op.size(1);
            }
        }
        op.set(0, op.element(0), List.of(count));
    }

    private static void shape(Operation op) {
        List<Dim> x = op.dims(0);
        if (x == null) {
            op.set(0, DataType.INT64, Dims.unknown(1));
            return;
        }
        int rank = x.size();
        List<Dim> part = x.subList(
                Math.min(bound(op.attribute("start", 0), rank), bound(op.attribute("end", rank), rank)),
                bound(op.attribute("end", rank), rank));
        op.set(0, DataType.INT64, Dims.of(part.size()));
        op.setElements(0, Elements.ofShape(new Shape(part)));
    }

    private static int bound(long axis, int rank) {
        return (int) Math.clamp(axis < 0 ? axis + rank : axis, 0, (long) rank);
    }

    private static void random(Operation op) {
        long[] shape = op.node().intsAttribute("shape").orElse(null);
        op.set(
                0,
                op.typeAttribute("dtype", DataType.FLOAT),
                shape == null
                        ? null
                        : Arrays.stream(shape).mapToObj(size -> Dim.of(size)).toList());
    }

    private static void multinomial(Operation op) {
        List<Dim> x = op.dims(0, 2);
        op.set(
                0,
                op.typeAttribute("dtype", DataType.INT32),
                List.of(x == null ? Dims.UNKNOWN : x.getFirst(), Dim.of(op.attribute("sample_size", 1))));
    }

    private static void window(Operation op) {
        op.set(0, op.typeAttribute("output_datatype", DataType.FLOAT), List.of(op.size(0)));
    }

    private static void mel(Operation op) {
        Dim bins = Dims.plus(Dims.over(op.size(1), Dim.of(2)), Dim.of(1));
        op.set(0, op.typeAttribute("output_datatype", DataType.FLOAT), List.of(bins, op.size(0)));
    }
}
