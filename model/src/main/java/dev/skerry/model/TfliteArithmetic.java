package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The fixed-point numbers that TensorFlow Lite's kernels prepare for an integer operator.
 *
 * @see <a href="https://arxiv.org/abs/1712.05877">Jacob et al., Quantization and Training of Neural Networks for Efficient
 *     Integer-Arithmetic-Only Inference</a>
 */
final class TfliteArithmetic {
    /** Bits by which ADD and SUB widen their inputs before they scale them. */
    private static final int ADD_SHIFT = 20;
    /** Integer bits of SOFTMAX's scaled differences. */
    private static final int SOFTMAX_BITS = 5;

    /** Which ONNX node of an operator carries its numbers. */
    private static final Map<String, String> MAIN = Map.ofEntries(
            Map.entry("CONV_2D", "Conv"),
            Map.entry("DEPTHWISE_CONV_2D", "Conv"),
            Map.entry("TRANSPOSE_CONV", "ConvTranspose"),
            Map.entry("ADD", "Add"),
            Map.entry("SUB", "Sub"),
            Map.entry("MUL", "Mul"),
            Map.entry("AVERAGE_POOL_2D", "AveragePool"),
            Map.entry("SOFTMAX", "Softmax"),
            Map.entry("MEAN", "ReduceMean"),
            Map.entry("SUM", "ReduceSum"),
            Map.entry("LOGISTIC", "Sigmoid"),
            Map.entry("TANH", "Tanh"),
            Map.entry("HARD_SWISH", "HardSwish"),
            Map.entry("LEAKY_RELU", "LeakyRelu"),
            Map.entry("PRELU", "PRelu"));

    private TfliteArithmetic() {}

    /** A real factor as a fraction of 31 bits and a power of two. */
    record Factor(int multiplier, int shift) {
        static Factor of(double value) {
            if (value == 0) {
                return new Factor(0, 0);
            }
            int exponent = Math.getExponent(value) + 1;
            long fraction = Math.round(Math.scalb(value, -exponent) * (1L << 31));
            if (fraction == 1L << 31) {
                fraction /= 2;
                exponent++;
            }
            // what would vanish in the shift is zero from the start
            return exponent < -31 ? new Factor(0, 0) : new Factor((int) fraction, exponent);
        }
    }

    static boolean isMain(String operator, String op) {
        return operator.equals("FULLY_CONNECTED")
                ? op.equals("Gemm") || op.equals("MatMul")
                : op.equals(MAIN.get(operator));
    }

    /** The numbers of an operator whose output is stored in integers; null of one that works on real numbers. */
    static @Nullable Requantization of(String operator, TfliteCall call) {
        TfliteValues values = call.values();
        int out = call.out(0);
        if (!values.isQuantized(out) || !values.isQuantized(call.in(operator.equals("TRANSPOSE_CONV") ? 2 : 0))) {
            return null;
        }
        Map<String, int[]> numbers = new LinkedHashMap<>();
        double to = values.scales(out).scale();
        switch (operator) {
            case "CONV_2D", "DEPTHWISE_CONV_2D" -> channels(numbers, call, call.in(0), to);
            case "TRANSPOSE_CONV" -> channels(numbers, call, call.in(2), to);
            case "FULLY_CONNECTED" -> fullyConnected(numbers, call, to);
            case "ADD", "SUB" -> add(numbers, call, to);
            case "MUL" -> factor(numbers, "", Factor.of((double) scale(call, 0) * (double) scale(call, 1) / to));
            case "MEAN", "SUM" -> factor(numbers, "", Factor.of(scale(call, 0) / to));
            case "SOFTMAX" -> softmax(numbers, call);
            case "LEAKY_RELU" -> {
                factor(numbers, "identity_", Factor.of(scale(call, 0) / to));
                factor(numbers, "alpha_", Factor.of((double) scale(call, 0) * call.realOption(0, 0) / to));
            }
            case "PRELU" -> {
                factor(numbers, "identity_", Factor.of(scale(call, 0) / to));
                factor(numbers, "alpha_", Factor.of((double) scale(call, 0) * (double) scale(call, 1) / to));
            }
            default -> {}
        }
        int activation = switch (operator) {
            case "CONV_2D", "TRANSPOSE_CONV" -> call.byteOption(3);
            case "DEPTHWISE_CONV_2D" -> call.byteOption(4);
            case "AVERAGE_POOL_2D" -> call.byteOption(5);
            case "FULLY_CONNECTED", "ADD", "SUB", "MUL" -> call.byteOption(0);
            default -> 0;
        };
        numbers.put("clamp", clamp(call, out, activation));
        return new Requantization(operator, numbers);
    }

    private static float scale(TfliteCall call, int input) {
        return call.values().scales(call.in(input)).scale();
    }

    private static void factor(Map<String, int[]> numbers, String prefix, Factor factor) {
        numbers.put(prefix + "multiplier", new int[] {factor.multiplier()});
        numbers.put(prefix + "shift", new int[] {factor.shift()});
    }

    private static void channels(Map<String, int[]> numbers, TfliteCall call, int x, double to) {
        float from = call.values().scales(x).scale();
        float[] weights = call.values().scales(call.in(1)).scales();
        int[] multipliers = new int[weights.length];
        int[] shifts = new int[weights.length];
        for (int i = 0; i < weights.length; i++) {
            Factor factor = Factor.of((double) from * weights[i] / to);
            multipliers[i] = factor.multiplier();
            shifts[i] = factor.shift();
        }
        numbers.put("multiplier", multipliers);
        numbers.put("shift", shifts);
    }

    /** Of one scale for all weights the product is made in single precision, as the kernels do. */
    private static void fullyConnected(Map<String, int[]> numbers, TfliteCall call, double to) {
        TfliteScales weights = call.values().scales(call.in(1));
        if (weights.perChannel()) {
            channels(numbers, call, call.in(0), to);
        } else {
            float product = scale(call, 0) * weights.scale();
            factor(numbers, "", Factor.of(product / to));
        }
    }

    private static void add(Map<String, int[]> numbers, TfliteCall call, double to) {
        double largest = 2.0 * Math.max(scale(call, 0), scale(call, 1));
        numbers.put("left_shift", new int[] {ADD_SHIFT});
        factor(numbers, "input1_", Factor.of(scale(call, 0) / largest));
        factor(numbers, "input2_", Factor.of(scale(call, 1) / largest));
        factor(numbers, "output_", Factor.of(largest / ((1 << ADD_SHIFT) * to)));
    }

    private static void softmax(Map<String, int[]> numbers, TfliteCall call) {
        double scaled = (double) call.realOption(0, 0) * scale(call, 0) * (1L << (31 - SOFTMAX_BITS));
        Factor factor = Factor.of(Math.min(scaled, (1L << 31) - 1.0));
        factor(numbers, "input_", factor);
        double radius =
                ((1 << SOFTMAX_BITS) - 1) * (double) (1L << (31 - SOFTMAX_BITS)) / Math.scalb(1.0, factor.shift());
        numbers.put("diff_min", new int[] {(int) -Math.floor(radius)});
    }

    /** NONE 0, RELU 1, RELU_N1_TO_1 2, RELU6 3. */
    private static int[] clamp(TfliteCall call, int tensor, int activation) {
        DataType type = call.values().type(tensor);
        int least = type == DataType.INT16 ? Short.MIN_VALUE : type == DataType.UINT8 ? 0 : Byte.MIN_VALUE;
        int largest = type == DataType.INT16 ? Short.MAX_VALUE : type == DataType.UINT8 ? 255 : Byte.MAX_VALUE;
        TfliteScales scales = call.values().scales(tensor);
        int zero = (int) scales.zeroPoint();
        float scale = scales.scale();
        return switch (activation) {
            case 1 -> new int[] {Math.max(least, zero), largest};
            case 2 ->
                new int[] {
                    Math.max(least, zero + Math.round(-1 / scale)), Math.min(largest, zero + Math.round(1 / scale))
                };
            case 3 -> new int[] {Math.max(least, zero), Math.min(largest, zero + Math.round(6 / scale))};
            default -> new int[] {least, largest};
        };
    }
}
