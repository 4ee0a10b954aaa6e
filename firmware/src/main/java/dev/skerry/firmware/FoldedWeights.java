package dev.skerry.firmware;

import java.util.Arrays;
import java.util.Optional;

/**
 * The numbers of a layer with weights, as kernels that multiply several values at once take them: the zero point of the input is
 * part of the bias, and all shifts go right.
 *
 * @param weights [outputs, depth]
 * @param bias that holds the zero point of the input
 * @param largest a bound of each output's sum, whatever the input
 */
@SuppressWarnings("ArrayRecordComponent") // the numbers of a layer, compared nowhere
record FoldedWeights(byte[] weights, int outputs, int[] bias, long[] largest, Rescale rescale) {
    /** Shifts by more don't leave room for the zero point before the shift. */
    static final int MOST_SHIFT = 22;

    /** Sums are doubled before they are multiplied. */
    private static final long SUM_LIMIT = 1L << 30;

    /** What is left of a sum that 256 times itself has passed through 32 bits. */
    private static final long CARRIED_LIMIT = 1L << 23;

    /** Empty where a sum or a shift is out of reach of the kernels. */
    static Optional<FoldedWeights> of(Layer.Weights weights, int outputs) {
        byte[] values = weights.values();
        int depth = values.length / outputs;
        int[] bias = new int[outputs];
        long[] largest = new long[outputs];
        for (int output = 0; output < outputs; output++) {
            long folded = weights.bias()[output];
            long least = 0;
            long most = 0;
            for (int i = 0; i < depth; i++) {
                int weight = values[output * depth + i];
                folded -= (long) weights.zero() * weight;
                least += Math.min(weight * -128, weight * 127);
                most += Math.max(weight * -128, weight * 127);
            }
            largest[output] = Math.max(Math.abs(folded + least), Math.abs(folded + most));
            bias[output] = (int) folded;
            if (largest[output] >= SUM_LIMIT || Math.abs(folded) >= SUM_LIMIT) {
                return Optional.empty();
            }
        }
        return rescale(weights.rescale(), largest)
                .map(rescale -> new FoldedWeights(values, outputs, bias, largest, rescale));
    }

    /** The same factors with shifts that the kernels do; those so small that nothing is left of any sum are none. */
    private static Optional<Rescale> rescale(Rescale rescale, long[] largest) {
        int[] multipliers = rescale.multipliers().clone();
        int[] shifts = rescale.shifts().clone();
        for (int i = 0; i < shifts.length; i++) {
            int right = -shifts[i];
            long sum = shifts.length == 1 ? Arrays.stream(largest).max().orElse(0) : largest[i];
            if (right > 30 || right > 1 && sum < 1L << (right - 1)) {
                multipliers[i] = 0;
                shifts[i] = -1;
            } else if (right < 1 || right > MOST_SHIFT || multipliers[i] < 0) {
                return Optional.empty();
            }
        }
        return Optional.of(new Rescale(multipliers, shifts, rescale.zero(), rescale.least(), rescale.most()));
    }

    int depth() {
        return weights.length / outputs;
    }

    /** Whether every second output's weights may ride in the upper bytes of half-words, 256 times themselves. */
    boolean canBeCarried() {
        for (byte weight : weights) {
            if (weight == Byte.MIN_VALUE) {
                return false;
            }
        }
        for (int output = 1; output < outputs; output += 2) {
            if (largest[output] >= CARRIED_LIMIT) {
                return false;
            }
        }
        return true;
    }

    /** With rows of so many inputs filled up with zeros to multiples of four. */
    FoldedWeights filled(int row) {
        int length = Math.ceilDiv(row, 4) * 4;
        int rows = weights.length / row;
        byte[] filled = new byte[rows * length];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(weights, i * row, filled, i * length, row);
        }
        return new FoldedWeights(filled, outputs, bias, largest, rescale);
    }

    /** Of so many outputs side by side, input after input. */
    byte[] inGroups(int group) {
        byte[] grouped = new byte[weights.length];
        int at = 0;
        for (int output = 0; output < outputs; output += group) {
            for (int input = 0; input < depth(); input++) {
                for (int i = output; i < output + group; i++) {
                    grouped[at++] = weights[i * depth() + input];
                }
            }
        }
        return grouped;
    }

    /** By four outputs, 16 inputs of each, filled up with zeros. */
    byte[] inVectors() {
        int vectors = Math.ceilDiv(depth(), 16);
        byte[] laid = new byte[Math.ceilDiv(outputs, 4) * vectors * 64];
        for (int output = 0; output < outputs; output++) {
            for (int input = 0; input < depth(); input++) {
                int vector = output / 4 * vectors + input / 16;
                laid[vector * 64 + output % 4 * 16 + input % 16] = weights[output * depth() + input];
            }
        }
        return laid;
    }

    /** For a convolution: for two outputs, of each four inputs the first and third, then the second and fourth. */
    byte[] inPairs(boolean isCarried) {
        int depth = depth();
        byte[] packed = new byte[Math.ceilDiv(outputs, 2) * 2 * depth];
        int at = 0;
        for (int output = 0; output < outputs; output += 2) {
            for (int i = 0; i < depth; i += 4) {
                at = half(packed, at, output, i, isCarried);
                at = half(packed, at, output, i + 2, isCarried);
                at = half(packed, at, output, i + 1, isCarried);
                at = half(packed, at, output, i + 3, isCarried);
            }
        }
        return packed;
    }

    /** For a fully connected layer: for four outputs, of each four inputs the first and third, then the second and fourth. */
    byte[] inFours(boolean isCarried) {
        int depth = Math.ceilDiv(depth(), 4) * 4;
        byte[] packed = new byte[Math.ceilDiv(outputs, 4) * 4 * depth];
        int at = 0;
        for (int output = 0; output < outputs; output += 4) {
            for (int i = 0; i < depth; i += 4) {
                for (int first = i; first < i + 2; first++) {
                    for (int two = output; two < output + 4; two += 2) {
                        at = half(packed, at, two, first, isCarried);
                        at = half(packed, at, two, first + 2, isCarried);
                    }
                }
            }
        }
        return packed;
    }

    /** One half-word: the weights of two outputs for one input, as two bytes or as 256 × second + first. */
    private int half(byte[] packed, int at, int output, int input, boolean isCarried) {
        int first = weight(output, input);
        int second = weight(output + 1, input);
        packed[at] = (byte) first;
        packed[at + 1] = (byte) (isCarried && first < 0 ? second - 1 : second);
        return at + 2;
    }

    private int weight(int output, int input) {
        return output < outputs && input < depth() ? weights[output * depth() + input] : 0;
    }

    /** As sums begin: each for itself, or of carried ones each second 256 times with the first added. Always fours. */
    int[] biases(boolean isCarried) {
        int[] biases = Arrays.copyOf(bias, Math.ceilDiv(outputs, 4) * 4);
        for (int i = 1; isCarried && i < biases.length; i += 2) {
            biases[i] = 256 * biases[i] + biases[i - 1];
        }
        return biases;
    }

    /** What a convolution needs of two outputs, as a {@code skerry_dsp_pair}. */
    String[] pairs(boolean isCarried) {
        int[] biases = biases(isCarried);
        String[] pairs = new String[Math.ceilDiv(outputs, 2)];
        Arrays.setAll(pairs, pair -> {
            int first = 2 * pair;
            int second = Math.min(first + 1, outputs - 1);
            return "{{%s}, {%s}, {%s}}"
                    .formatted(
                            CSource.list(CSource.number(biases[first]), CSource.number(biases[first + 1])),
                            CSource.list(multiplier(first), multiplier(second)),
                            CSource.list(-shift(first), -shift(second)));
        });
        return pairs;
    }

    private int multiplier(int output) {
        return rescale.multipliers()[rescale.multipliers().length == 1 ? 0 : output];
    }

    private int shift(int output) {
        return rescale.shifts()[rescale.shifts().length == 1 ? 0 : output];
    }
}
