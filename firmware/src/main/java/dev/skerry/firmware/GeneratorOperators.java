package dev.skerry.firmware;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Operators whose output is known before the run, so that it lies in flash. */
final class GeneratorOperators {
    static final Map<String, Operator> ALL = Map.ofEntries(
            Map.entry("Constant", GeneratorOperators::constant),
            Map.entry("ConstantOfShape", GeneratorOperators::constantOfShape),
            Map.entry("EyeLike", GeneratorOperators::eyeLike),
            Map.entry("Range", GeneratorOperators::range),
            Map.entry("Shape", GeneratorOperators::shape),
            Map.entry(
                    "Size",
                    call -> Generators.filled(call, 0, (double) call.input(0).elements())),
            Map.entry("HannWindow", call -> window(call, turn -> 0.5 - 0.5 * Math.cos(turn))),
            Map.entry("HammingWindow", call -> window(call, turn -> 25.0 / 46 - 21.0 / 46 * Math.cos(turn))),
            Map.entry(
                    "BlackmanWindow",
                    call -> window(call, turn -> 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn))),
            Map.entry("MelWeightMatrix", GeneratorOperators::mel));

    private GeneratorOperators() {}

    private static void constant(Call call) {
        for (Attribute value : call.node().attributes().values()) {
            Tensor tensor = switch (value) {
                case Attribute.TensorValue(Tensor given) -> given;
                case Attribute.FloatValue(float given) -> Tensor.ofFloats("", new long[0], given);
                case Attribute.IntValue(long given) -> Tensor.ofLongs("", new long[0], given);
                case Attribute.Ints given ->
                    Tensor.ofLongs("", new long[] {given.values().size()}, given.toArray());
                case Attribute.Floats given ->
                    Generators.tensor(
                            DataType.FLOAT,
                            new long[] {given.values().size()},
                            given.values().stream()
                                    .mapToDouble(Float::doubleValue)
                                    .toArray());
                default -> throw call.unsupported("its value is no tensor of numbers");
            };
            call.knows(0, tensor);
        }
    }

    private static void constantOfShape(Call call) {
        boolean isGiven = call.node().attributes().get("value") instanceof Attribute.TensorValue;
        Generators.filled(
                call,
                0,
                isGiven && call.node().attributes().get("value") instanceof Attribute.TensorValue(Tensor value)
                        ? value.valueAt(0)
                        : 0);
    }

    private static void eyeLike(Call call) {
        long[] dims = call.outputDims(0);
        long off = call.attribute("k", 0);
        double[] values = new double[Math.toIntExact(Sizes.product(dims))];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % dims[1] - i / dims[1] == off ? 1 : 0;
        }
        call.knows(0, Generators.tensor(call.outputType(0), dims, values));
    }

    private static void range(Call call) {
        double start = call.needed(0).valueAt(0);
        double step = call.needed(2).valueAt(0);
        long[] dims = call.outputDims(0);
        double[] values = new double[Math.toIntExact(dims[0])];
        for (int i = 0; i < values.length; i++) {
            values[i] = start + i * step;
        }
        call.knows(0, Generators.tensor(call.outputType(0), dims, values));
    }

    private static void shape(Call call) {
        long[] dims = call.dims(0);
        long from = bound(call.attribute("start", 0), dims.length);
        long to = bound(call.attribute("end", dims.length), dims.length);
        long[] part = java.util.Arrays.copyOfRange(dims, (int) from, (int) Math.max(from, to));
        call.knows(0, Tensor.ofLongs("", new long[] {part.length}, part));
    }

    private static long bound(long at, int rank) {
        return Math.clamp(at < 0 ? at + rank : at, 0, rank);
    }

    private static void window(Call call, DoubleUnaryOperator height) {
        long size = call.needed(0).longAt(0);
        double period = call.attribute("periodic", 1) != 0 ? size : size - 1;
        double[] values = new double[Math.toIntExact(size)];
        for (int i = 0; i < values.length; i++) {
            values[i] = height.applyAsDouble(2 * Math.PI * i / period);
        }
        call.knows(0, Generators.tensor(call.outputType(0), call.outputDims(0), values));
    }

    /** Triangles on the mel scale, which the specification lays on whole bins of the spectrum. */
    private static void mel(Call call) {
        int bins = Math.toIntExact(call.needed(0).longAt(0));
        double length = call.needed(1).longAt(0);
        double rate = call.needed(2).longAt(0);
        double low = mel(call.needed(3).valueAt(0));
        double high = mel(call.needed(4).valueAt(0));
        long[] dims = call.outputDims(0);
        int rows = Math.toIntExact(dims[0]);
        double step = (high - low) / (bins + 2);
        int[] edges = new int[bins + 2];
        for (int i = 0; i < edges.length; i++) {
            double hertz = 700 * (Math.pow(10, (low + i * step) / 2595) - 1);
            edges[i] = (int) Math.floor((length + 1) * hertz / rate);
        }
        double[] values = new double[rows * bins];
        for (int bin = 0; bin < bins; bin++) {
            int left = edges[bin];
            int middle = edges[bin + 1];
            int right = edges[bin + 2];
            if (middle == left) {
                values[middle * bins + bin] = 1;
            }
            for (int row = left; row <= middle && middle > left; row++) {
                values[row * bins + bin] = (double) (row - left) / (middle - left);
            }
            for (int row = middle; row < right; row++) {
                values[row * bins + bin] = (double) (right - row) / (right - middle);
            }
        }
        call.knows(0, Generators.tensor(call.outputType(0), dims, values));
    }

    private static double mel(double hertz) {
        return 2595 * Math.log10(1 + hertz / 700);
    }
}
