package dev.skerry.firmware;

import dev.skerry.model.Tensor;
import java.util.List;
import java.util.stream.Stream;

/** One step of the generated code: what it reads, what it writes, and all numbers that it needs. */
@SuppressWarnings("ArrayRecordComponent") // weights of a layer, compared nowhere
sealed interface Layer {
    /** The node of the model. */
    String name();

    List<Buffer> inputs();

    /** What it writes; the first where there are several. */
    Buffer output();

    default List<Buffer> outputs() {
        return List.of(output());
    }

    /** Memory that it needs while it runs, and nobody after. */
    default List<Buffer> work() {
        return List.of();
    }

    /** All memory that it touches. */
    default List<Buffer> buffers() {
        return Stream.of(inputs(), outputs(), work()).flatMap(List::stream).toList();
    }

    /** Multiplications with weights. */
    default long macs() {
        return 0;
    }

    /** Bytes of constants that lie in flash, of a layer that has a function of its own. */
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
    }

    /**
     * What a layer multiplies by and adds, and how its sums become bytes.
     *
     * @param zero of the input; padding counts as such
     */
    record Weights(byte[] values, int[] bias, int zero, Rescale rescale) {}

    /**
     * A convolution over all channels.
     *
     * @param weights [output channels, kernel height, kernel width, input channels]
     */
    record Convolution(String name, Buffer input, Buffer output, Window window, Weights weights) implements Weighted {
        /** Whether a kernel suits that brings together what a place sees, row by row. */
        boolean isOfRows() {
            return window.dilationHeight() == 1 && window.dilationWidth() == 1 && window.alwaysMeets(input, output);
        }
    }

    /**
     * A convolution of each channel by itself; several outputs of one channel lie side by side.
     *
     * @param weights [kernel height, kernel width, output channels]
     */
    record Depthwise(String name, Buffer input, Buffer output, Window window, Weights weights) implements Weighted {
        int multiplier() {
            return output.channels() / input.channels();
        }

        /** Whether a kernel suits that works on so many channels at a time, one output of each, on neighbouring places. */
        boolean isInGroups(int channels) {
            return multiplier() == 1
                    && input.channels() % channels == 0
                    && window.dilationHeight() == 1
                    && window.dilationWidth() == 1
                    && window.alwaysMeets(input, output);
        }

        /** For kernels that go along rows: a single column as a single row. */
        Depthwise alongRows() {
            boolean isColumn = input.width() == 1 && output.width() == 1 && window.width() == 1;
            return isColumn ? new Depthwise(name, input.turned(), output.turned(), window.turned(), weights) : this;
        }

        /**
         * Of kernels that go channel by channel where the shape stays, and else so many rows of all channels at a time: see {@code
         * skerry_dsp_depthwise}.
         */
        Overlap overlap(int rows) {
            boolean isByChannel =
                    window.strideHeight() == 1 && input.height() == output.height() && input.width() == output.width();
            // of each channel all is read before anything of it is written, no place behind where it was
            boolean isAtOnce =
                    rows == output.height() && output.height() * output.width() <= input.height() * input.width();
            return isByChannel || isAtOnce
                    ? new Overlap.InPlace()
                    : Overlap.ofMixedBlocks(input, output, window, rows * output.width());
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
        /** Whether a kernel suits that shifts to the right alone, and moves summands up by so many bits at most. */
        boolean shiftsRight(int widest) {
            int shift = -rescale.shifts()[0];
            return first.shift() <= 0
                    && second.shift() <= 0
                    && shift >= 1
                    && shift <= FoldedWeights.MOST_SHIFT
                    && widening <= widest;
        }

        /** The sum of two bytes. */
        byte of(int left, int right) {
            return rescale.of(summand(left, first) + summand(right, second), 0);
        }

        private int summand(int value, Summand summand) {
            return FixedPoint.scale((value - summand.zero()) << widening, summand.multiplier(), summand.shift());
        }

        @Override
        public List<Buffer> inputs() {
            return List.of(left, right);
        }
    }

    /** The mean of what lies in the window, of the padding nothing. */
    record AveragePool(String name, Buffer input, Buffer output, Window window, int least, int most) implements OfOne {}

    /**
     * The mean of all places of each channel, on another grid: the sum is scaled, then divided to nearest.
     *
     * @param zero of the input
     */
    record Mean(String name, Buffer input, Buffer output, int zero, Rescale rescale) implements OfOne {
        /** @param sum of so many bytes */
        byte of(int sum) {
            int count = input.height() * input.width();
            int scaled = FixedPoint.scale(sum - count * zero, rescale.multipliers()[0], rescale.shifts()[0]);
            int half = scaled > 0 ? count / 2 : -(count / 2);
            return rescale.clamp((scaled + half) / count + rescale.zero());
        }
    }

    record MaxPool(String name, Buffer input, Buffer output, Window window) implements OfOne {}

    /**
     * Over rows of so many, into 256 steps from −128 on.
     *
     * @param leastDifference from the largest of a row; what lies below gets no share
     */
    record Softmax(String name, Buffer input, Buffer output, int row, int multiplier, int shift, int leastDifference)
            implements OfOne {}

    /**
     * Any other operator: a function of its own, written out as loops of known bounds.
     *
     * @param operator as ONNX calls it
     * @param body the statements of the function, which knows its parameters by their variables
     * @param macs multiply-accumulates
     * @param inPlace whether the output may lie over an input: each element is read before that of the same place is written,
     *     and not after
     */
    record Loops(String name, String operator, List<Parameter> parameters, String body, long macs, boolean inPlace)
            implements Layer {
        public Loops {
            parameters = List.copyOf(parameters);
        }

        @Override
        public List<Buffer> inputs() {
            return memory(Parameter.Use.READ);
        }

        @Override
        public Buffer output() {
            return outputs().getFirst();
        }

        @Override
        public List<Buffer> outputs() {
            return memory(Parameter.Use.WRITE);
        }

        @Override
        public List<Buffer> work() {
            return memory(Parameter.Use.WORK);
        }

        private List<Buffer> memory(Parameter.Use use) {
            return parameters.stream()
                    .flatMap(parameter -> parameter instanceof Parameter.Memory memory && memory.use() == use
                            ? Stream.of(memory.buffer())
                            : Stream.<Buffer>empty())
                    .toList();
        }

        List<Tensor> constants() {
            return parameters.stream()
                    .flatMap(parameter -> parameter instanceof Parameter.Constant constant
                            ? Stream.of(constant.tensor())
                            : Stream.<Tensor>empty())
                    .toList();
        }

        @Override
        public int constantBytes() {
            return constants().stream()
                    .mapToInt(tensor -> Math.toIntExact(tensor.byteSize()))
                    .sum();
        }
    }
}
