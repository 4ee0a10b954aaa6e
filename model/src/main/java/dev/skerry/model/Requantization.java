package dev.skerry.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The integer arithmetic of one TensorFlow Lite operator, carried by the ONNX node it became, so that a compiler can repeat it
 * bit for bit. A real factor m is {@code multiplier × 2^(shift − 31)}. A product is rounded twice, as the reference kernels do:
 * the high half of twice the 64-bit product to nearest, ties upwards, then the shift to the right to nearest, ties away
 * from zero. In the file it is metadata of the node, which runtimes pass over.
 *
 * <p>Numbers by name:
 *
 * <ul>
 *   <li>{@code clamp}: the least and the largest stored output
 *   <li>{@code multiplier}, {@code shift}: from accumulator to output, one or one per output channel (convolutions, FULLY_CONNECTED,
 *       MUL, MEAN)
 *   <li>{@code left_shift}, {@code input1_multiplier}, {@code input1_shift}, {@code input2_multiplier}, {@code input2_shift},
 *       {@code output_multiplier}, {@code output_shift}: ADD and SUB
 *   <li>{@code input_multiplier}, {@code input_shift}, {@code diff_min}: SOFTMAX
 *   <li>{@code identity_multiplier}, {@code identity_shift}, {@code alpha_multiplier}, {@code alpha_shift}: LEAKY_RELU, PRELU
 * </ul>
 *
 * @param operator as TensorFlow Lite calls it
 */
@SuppressWarnings("ArrayRecordComponent") // the numbers of a layer; get gives copies
public record Requantization(String operator, Map<String, int[]> numbers) {
    private static final String PREFIX = "dev.skerry.tflite.";
    private static final String OPERATOR = PREFIX + "operator";

    public Requantization {
        numbers = Ordered.copyOf(numbers);
    }

    /** What {@code node} carries; empty where it doesn't come from an integer operator of TensorFlow Lite. */
    public static Optional<Requantization> of(Node node) {
        String operator = node.metadata().get(OPERATOR);
        if (operator == null) {
            return Optional.empty();
        }
        Map<String, int[]> numbers = new LinkedHashMap<>();
        node.metadata().forEach((key, value) -> {
            if (key.startsWith(PREFIX) && !key.equals(OPERATOR)) {
                numbers.put(key.substring(PREFIX.length()), parse(value));
            }
        });
        return Optional.of(new Requantization(operator, numbers));
    }

    private static int[] parse(String text) {
        try {
            return Arrays.stream(text.split(",", -1))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        } catch (NumberFormatException foreign) {
            return new int[0];
        }
    }

    /** The numbers called {@code name}; none where the operator has no such. */
    public int[] get(String name) {
        return numbers.getOrDefault(name, new int[0]).clone();
    }

    Map<String, String> asMetadata() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put(OPERATOR, operator);
        numbers.forEach((name, values) -> entries.put(
                PREFIX + name,
                Arrays.stream(values).mapToObj(Integer::toString).collect(java.util.stream.Collectors.joining(","))));
        return entries;
    }
}
