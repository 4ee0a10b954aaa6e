package dev.skerry.firmware;

import java.util.List;

/** One step of the generated code: what it reads, what it writes, and all numbers that it needs. */
@SuppressWarnings("ArrayRecordComponent") // weights of a layer, compared nowhere
sealed interface Layer {
    /** The node of the model. */
    String name();

    List<Buffer> inputs();

    Buffer output();

    /** Multiplications with weights. */
    default long macs() {
        return 0;
    }

    /** Bytes of constants that lie in flash. */
    default int constantBytes() {
        return 0;
    }

    /** A layer that reads one buffer. */
    sealed interface OfOne extends Layer {
        Buffer input();

        @Override
        default List<Buffer> inputs() {
            return List.of(input());
        }
    }

    /** A layer that multiplies by weights, all of them for each place of its output. */
    sealed interface Weighted extends OfOne {
        Weights weights();

        @Override
        default long macs() {
            return (long) output().height() * output().width() * weights().values().length;
        }

        @Override
        default int constantBytes() {
            return weights().bytes();
        }
    }

    /**
     * What a layer multiplies by and adds, and how its sums become bytes.
     *
     * @param zero of the input; padding counts as such
     */
    record Weights(byte[] values, int[] bias, int zero, Rescale rescale) {
        /** A shift takes one. */
        int bytes() {
            return values.length + 4 * bias.length + 4 * rescale.multipliers().length + rescale.shifts().length;
        }
    }

    /**
     * A convolution over all channels.
     *
     * @param weights [output channels, kernel height, kernel width, input channels]
     */
    record Convolution(String name, Buffer input, Buffer output, Window window, Weights weights) implements Weighted {}

    /**
     * A convolution of each channel by itself; several outputs of one channel lie side by side.
     *
     * @param weights [kernel height, kernel width, output channels]
     */
    record Depthwise(String name, Buffer input, Buffer output, Window window, Weights weights) implements Weighted {
        int multiplier() {
            return output.channels() / input.channels();
        }

        /** The same with weights as [output channels, kernel height, kernel width]. */
        Weights byChannel() {
            byte[] values = weights.values();
            int channels = output.channels();
            int area = values.length / channels;
            byte[] turned = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                turned[i % channels * area + i / channels] = values[i];
            }
            return new Weights(turned, weights.bias(), weights.zero(), weights.rescale());
        }
    }

    /** @param weights [outputs, inputs] */
    record FullyConnected(String name, Buffer input, Buffer output, Weights weights) implements Weighted {}

    /** One of two summands: its zero point, and the factor to what both are brought to. */
    record Summand(int zero, int multiplier, int shift) {}

    /** @param widening bits that summands are moved up by before they are scaled */
    record Addition(
            String name,
            Buffer left,
            Buffer right,
            Buffer output,
            int widening,
            Summand first,
            Summand second,
            Rescale rescale)
            implements Layer {
        @Override
        public List<Buffer> inputs() {
            return List.of(left, right);
        }
    }

    /** The mean of what lies in the window, of the padding nothing. */
    record AveragePool(String name, Buffer input, Buffer output, Window window, int least, int most) implements OfOne {}

    record MaxPool(String name, Buffer input, Buffer output, Window window) implements OfOne {}

    /**
     * Over rows of so many, into 256 steps from −128 on.
     *
     * @param leastDifference from the largest of a row; what lies below gets no share
     */
    record Softmax(String name, Buffer input, Buffer output, int row, int multiplier, int shift, int leastDifference)
            implements OfOne {}
}
