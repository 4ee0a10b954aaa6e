package dev.skerry.model;

import dev.skerry.model.TfliteForms.Stored;
import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.List;

/** Writing of operators that work element by element, in whichever order their operands lie. */
final class TfliteElementwiseLowering {
    private static final int ADD = 11;
    private static final int MUL = 21;
    private static final int SUB = 28;
    private static final int DIV = 29;
    private static final int CAST = 37;
    private static final int LEAKY_RELU = 75;
    private static final int GELU = 116;

    private static final TfliteScales UNSCALED = new TfliteScales(new float[] {1}, new long[1], 0);

    private TfliteElementwiseLowering() {}

    private static TfliteAxes axes(TfliteStep step, List<String> operands) {
        int rank = step.outDims().length;
        List<String> full = operands.stream()
                .map(step::source)
                .filter(value -> step.forms().constant(value) == null && step.rank(value) == rank)
                .toList();
        return full.isEmpty() ? TfliteAxes.same(rank) : step.forms().meeting(full);
    }

    /** With an activation of its own, in field 0 of its options; in integers with scales of any kind. */
    static void add(TfliteStep step) {
        binary(step, "ADD", ADD, true);
    }

    static void sub(TfliteStep step) {
        binary(step, "SUB", SUB, true);
    }

    static void mul(TfliteStep step) {
        if (!isScaling(step)) {
            binary(step, "MUL", MUL, true);
        }
    }

    /** Whether it gives constant integers their scales, one for all or one per channel, and so only says what they mean. */
    private static boolean isScaling(TfliteStep step) {
        Stored integers = step.constant(0);
        Stored factors = step.constant(1);
        if (integers == null
                || factors == null
                || integers.scales() == null
                || !integers.scales().sameAs(UNSCALED)
                || factors.content().type() != DataType.FLOAT
                || factors.content().rank() > integers.content().rank()) {
            return false;
        }
        float[] scales = factors.content().toFloats();
        long[] dims = factors.content().dims();
        int axis = 0;
        for (int i = 0; i < dims.length; i++) {
            axis = dims[i] > 1 ? i + integers.content().rank() - dims.length : axis;
        }
        boolean perAxis = scales.length == 1 || integers.content().dims()[axis] == scales.length;
        for (float scale : scales) {
            perAxis &= scale > 0;
        }
        if (perAxis) {
            var meaning = new TfliteScales(scales, new long[scales.length], axis);
            step.forms().constant(step.node().output(0), new Stored(integers.content(), meaning));
        }
        return perAxis;
    }

    static void div(TfliteStep step) {
        binary(step, "DIV", DIV, false);
    }

    private static void binary(TfliteStep step, String operator, int table, boolean hasIntegers) {
        List<String> operands = step.node().inputs();
        if (hasIntegers && perTensor(step, operands)) {
            step.integers(operands);
        }
        requireAlike(step, operands);
        TfliteAxes axes = axes(step, operands);
        List<Integer> inputs =
                operands.stream().map(value -> step.spread(value, axes)).toList();
        step.make(operator, TfliteOptions.of(table).withByte(0, step.activation()), inputs, axes);
    }

    /** Bytes without a scale have no arithmetic in these kernels. */
    private static void requireAlike(TfliteStep step, List<String> operands) {
        DataType type = step.forms().type(operands.getFirst());
        for (String value : operands) {
            step.requireType(value, DataType.FLOAT, DataType.INT32, DataType.INT64, DataType.BOOL);
            if (step.forms().type(value) != type) {
                throw step.refuse("its operands have different types");
            }
        }
    }

    private static boolean perTensor(TfliteStep step, List<String> operands) {
        return operands.stream()
                .allMatch(value -> step.forms().isQuantized(value)
                        && !step.forms().scalesBehind(value).perChannel());
    }

    /** In real numbers, truth values or plain integers, as the operands are. */
    static void plain(TfliteStep step, String operator) {
        List<String> operands = step.node().inputs();
        if (operands.size() != 2) {
            throw step.refuse("it has " + operands.size() + " operands, and this takes two");
        }
        requireAlike(step, operands);
        if (operator.equals("POW")) {
            step.requireType(operands.getFirst(), DataType.FLOAT, DataType.INT32);
        }
        TfliteAxes axes = axes(step, operands);
        step.make(
                operator,
                TfliteOptions.NONE,
                operands.stream().map(value -> step.spread(value, axes)).toList(),
                axes);
    }

    static void select(TfliteStep step) {
        List<String> operands = step.node().inputs();
        TfliteAxes axes = axes(step, operands);
        step.make(
                "SELECT_V2",
                TfliteOptions.NONE,
                operands.stream().map(value -> step.spread(value, axes)).toList(),
                axes);
    }

    /** One operand; {@code hasIntegers} where the kernel takes integers of any scales. */
    static void unary(TfliteStep step, String operator, TfliteOptions options, boolean hasIntegers) {
        String x = step.in(0);
        TfliteAxes axes = axes(step, List.of(x));
        if (hasIntegers) {
            step.integers(List.of(x));
        }
        step.make(operator, options, List.of(step.operand(x, axes)), axes);
    }

    /** Of real numbers, or of truth values. */
    static void unary(TfliteStep step, String operator) {
        step.requireType(step.in(0), operator.equals("LOGICAL_NOT") ? DataType.BOOL : DataType.FLOAT);
        unary(step, operator, TfliteOptions.NONE, false);
    }

    static void relu(TfliteStep step) {
        unary(step, "RELU", TfliteOptions.NONE, true);
    }

    static void clip(TfliteStep step) {
        double least = bound(step, 1, "min");
        double largest = bound(step, 2, "max");
        if (least == 0 && largest == 6) {
            unary(step, "RELU6", TfliteOptions.NONE, true);
        } else if (least == -1 && largest == 1) {
            unary(step, "RELU_N1_TO_1");
        } else if (least == 0 && largest == 1) {
            unary(step, "RELU_0_TO_1");
        } else if (least == 0 && Double.isNaN(largest)) {
            relu(step);
        } else {
            between(step, least, largest);
        }
    }

    private static double bound(TfliteStep step, int input, String attribute) {
        return step.has(input) || step.node().attribute(attribute).isEmpty()
                ? step.constantNumber(input)
                : step.node().floatAttribute(attribute, 0);
    }

    /** By MAXIMUM and MINIMUM; an end that is NaN isn't there. */
    private static void between(TfliteStep step, double least, double largest) {
        String x = step.in(0);
        if (step.forms().type(x) != DataType.FLOAT) {
            throw step.refuse("it cuts integers");
        }
        TfliteAxes axes = axes(step, List.of(x));
        int from = step.operand(x, axes);
        if (Double.isNaN(least) && Double.isNaN(largest)) {
            TfliteMoveLowering.same(step);
        } else if (Double.isNaN(largest)) {
            step.make("MAXIMUM", TfliteOptions.NONE, List.of(from, scalar(step, "least", least)), axes);
        } else if (Double.isNaN(least)) {
            step.make("MINIMUM", TfliteOptions.NONE, List.of(from, scalar(step, "largest", largest)), axes);
        } else {
            int middle = real(step, "cut", axes);
            step.add("MAXIMUM", TfliteOptions.NONE, List.of(from, scalar(step, "least", least)), middle);
            step.make("MINIMUM", TfliteOptions.NONE, List.of(middle, scalar(step, "largest", largest)), axes);
        }
    }

    private static int scalar(TfliteStep step, String name, double value) {
        return step.draft().constant(Tensor.ofFloats(name, new long[0], (float) value), null);
    }

    private static int real(TfliteStep step, String what, TfliteAxes axes) {
        return step.between(what, DataType.FLOAT, axes.dims(step.outDims()), null);
    }

    static void leakyRelu(TfliteStep step) {
        unary(
                step,
                "LEAKY_RELU",
                TfliteOptions.of(LEAKY_RELU).with(0, step.node().floatAttribute("alpha", 0.01f)),
                true);
    }

    static void prelu(TfliteStep step) {
        List<String> operands = step.node().inputs();
        if (perTensor(step, operands)) {
            step.integers(operands);
        }
        TfliteAxes axes = axes(step, operands.subList(0, 1));
        int x = step.operand(step.in(0), axes);
        step.make("PRELU", TfliteOptions.NONE, List.of(x, step.spread(step.in(1), axes)), axes);
    }

    static void gelu(TfliteStep step) {
        boolean approximate = step.node().stringAttribute("approximate", "none").equals("tanh");
        unary(step, "GELU", TfliteOptions.of(GELU).withFlag(0, approximate), false);
    }

    static void elu(TfliteStep step) {
        if (step.node().floatAttribute("alpha", 1) != 1) {
            throw step.refuse("its alpha isn't 1");
        }
        unary(step, "ELU");
    }

    static void hardSwish(TfliteStep step) {
        unary(step, "HARD_SWISH", TfliteOptions.NONE, true);
    }

    /** max(0, min(1, alpha × x + beta)). */
    static void hardSigmoid(TfliteStep step) {
        String x = step.in(0);
        TfliteAxes axes = axes(step, List.of(x));
        int scaled = real(step, "scaled", axes);
        int moved = real(step, "moved", axes);
        float alpha = step.node().floatAttribute("alpha", 0.2f);
        float beta = step.node().floatAttribute("beta", 0.5f);
        step.add(
                "MUL",
                TfliteOptions.of(MUL).withByte(0, 0),
                List.of(step.operand(x, axes), scalar(step, "alpha", alpha)),
                scaled);
        step.add("ADD", TfliteOptions.of(ADD).withByte(0, 0), List.of(scaled, scalar(step, "beta", beta)), moved);
        step.make("RELU_0_TO_1", TfliteOptions.NONE, List.of(moved), axes);
    }

    static void reciprocal(TfliteStep step) {
        String x = step.in(0);
        TfliteAxes axes = axes(step, List.of(x));
        List<Integer> inputs = List.of(scalar(step, "one", 1), step.operand(x, axes));
        step.make("DIV", TfliteOptions.of(DIV).withByte(0, 0), inputs, axes);
    }

    static void cast(TfliteStep step) {
        String x = step.in(0);
        DataType from = step.forms().type(x);
        DataType to = DataType.ofCode((int) step.node().intAttribute("to", 1)).orElse(DataType.FLOAT);
        Stored constant = step.forms().constant(x);
        if (constant != null && constant.content().type() == DataType.FLOAT16 && to == DataType.FLOAT) {
            step.forms().constant(step.node().output(0), constant); // widened where it is read
            return;
        }
        if (constant != null && constant.content().type() == DataType.INT8 && to == DataType.FLOAT) {
            // weights that are kept in integers, and multiplied by their scales next
            step.forms().constant(step.node().output(0), new Stored(constant.content(), UNSCALED));
            return;
        }
        if (from == to) {
            TfliteMoveLowering.same(step);
            return;
        }
        TfliteOptions options =
                TfliteOptions.of(CAST).withByte(0, TfliteTypes.code(from)).withByte(1, TfliteTypes.code(to));
        unary(step, "CAST", options, false);
    }

    /** (x − mean) × scale ÷ √(variance + epsilon) + bias, by numbers that are known now. */
    static void batchNormalization(TfliteStep step) {
        float[][] numbers = new float[5][];
        for (int i = 1; i < 5; i++) {
            Stored constant = step.constant(i);
            if (constant == null || constant.content().type() != DataType.FLOAT) {
                throw step.refuse("its numbers aren't constants");
            }
            numbers[i] = constant.content().toFloats();
        }
        float epsilon = step.node().floatAttribute("epsilon", 1e-5f);
        float[] factors = new float[numbers[1].length];
        float[] terms = new float[factors.length];
        for (int i = 0; i < factors.length; i++) {
            double factor = numbers[1][i] / Math.sqrt(numbers[4][i] + (double) epsilon);
            factors[i] = (float) factor;
            terms[i] = (float) (numbers[2][i] - numbers[3][i] * factor);
        }
        String x = step.in(0);
        TfliteAxes axes = axes(step, List.of(x));
        int scaled = real(step, "scaled", axes);
        int from = step.operand(x, axes);
        step.add(
                "MUL",
                TfliteOptions.of(MUL).withByte(0, 0),
                List.of(from, channels(step, "factors", factors, axes)),
                scaled);
        step.make(
                "ADD",
                TfliteOptions.of(ADD).withByte(0, 0),
                List.of(scaled, channels(step, "terms", terms, axes)),
                axes);
    }

    private static int channels(TfliteStep step, String name, float[] values, TfliteAxes axes) {
        List<Long> dims = new ArrayList<>();
        axes.order().forEach(axis -> dims.add(axis == 1 ? (long) values.length : 1L));
        return step.draft()
                .constant(
                        Tensor.ofFloats(
                                name, dims.stream().mapToLong(Long::longValue).toArray(), values),
                        null);
    }
}
