package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Leaves out the channels that make no difference: those that are constant, which become part of the biases of the layers that read
 * them, and those that nobody reads. What the program gives stays the same, bit for bit.
 */
final class DeadChannels {
    /** Kernels work on channels in fours. */
    private static final int GROUP = 4;

    private final Program program;
    private final Intervals intervals;
    private final Map<String, Buffer> made = new HashMap<>();
    private final Map<String, boolean[]> needed = new HashMap<>();
    private final Map<String, int[]> kept = new HashMap<>();

    private DeadChannels(Program program) {
        this.program = program;
        intervals = Intervals.of(program);
    }

    static Program without(Program program) {
        return new DeadChannels(program).rewritten();
    }

    private Program rewritten() {
        program.inputs().forEach(port -> made.put(port.buffer().name(), port.buffer()));
        program.layers().forEach(layer -> layer.outputs().forEach(output -> made.put(output.name(), output)));
        program.inputs().forEach(port -> all(port.buffer()));
        program.outputs().forEach(port -> all(port.buffer()));
        while (spread()) {
            // until nothing more is needed
        }
        made.forEach((name, buffer) -> kept.put(name, kept(needed(buffer))));
        boolean isWhole = made.values().stream().allMatch(buffer -> channels(buffer).length == buffer.channels());
        if (isWhole) {
            return program;
        }
        return new Program(
                program.name(),
                program.inputs(),
                program.outputs(),
                program.states(),
                program.layers().stream().map(this::rewritten).toList());
    }

    private boolean[] needed(Buffer buffer) {
        Buffer whole = made.getOrDefault(buffer.name(), buffer);
        return needed.computeIfAbsent(buffer.name(), _ -> new boolean[whole.channels()]);
    }

    private boolean all(List<Buffer> buffers) {
        boolean changed = false;
        for (Buffer buffer : buffers) {
            changed |= all(buffer);
        }
        return changed;
    }

    private boolean all(Buffer buffer) {
        // as many as it was first seen with: an output may be the input under other dimensions
        boolean[] of = needed(made.getOrDefault(buffer.name(), buffer));
        boolean changed = false;
        for (int channel = 0; channel < of.length; channel++) {
            changed = changed || !of[channel];
            of[channel] = true;
        }
        return changed;
    }

    private boolean need(Buffer buffer, int channel) {
        boolean[] of = needed(buffer);
        boolean isNew = !of[channel];
        of[channel] = true;
        return isNew;
    }

    /** From what is needed of outputs to what is needed of inputs, once over all layers; whether that was anything new. */
    private boolean spread() {
        boolean changed = false;
        for (Layer layer : program.layers().reversed()) {
            changed |= switch (layer) {
                case Layer.Convolution each ->
                    inputs(each, Intervals.isPadded(each.input(), each.output(), each.window()));
                case Layer.FullyConnected each -> inputs(each, false);
                case Layer.Depthwise each ->
                    each.multiplier() == 1 ? same(each.input(), each.output()) : all(each.buffers());
                case Layer.AveragePool each -> same(each.input(), each.output());
                case Layer.Mean each -> same(each.input(), each.output());
                case Layer.MaxPool each -> same(each.input(), each.output());
                case Layer.Addition each -> {
                    boolean left = same(each.left(), each.output());
                    yield same(each.right(), each.output()) || left;
                }
                case Layer.Softmax each -> all(each.buffers());
                case Layer.Loops each -> all(each.buffers());
            };
        }
        return changed;
    }

    /** A layer whose channels of input and output are the same ones. */
    private boolean same(Buffer input, Buffer output) {
        if (isViewed(input) || input.channels() != output.channels()) {
            return all(List.of(input, output));
        }
        boolean changed = false;
        for (int channel = 0; channel < output.channels(); channel++) {
            if (needed(input)[channel] != needed(output)[channel]) {
                need(input, channel);
                need(output, channel);
                changed = true;
            }
        }
        return changed;
    }

    /** Whether it is read with other channels than it is made with. */
    private boolean isViewed(Buffer input) {
        Buffer whole = made.get(input.name());
        return whole != null && whole.channels() != input.channels();
    }

    private boolean inputs(Layer.Weighted layer, boolean isPadded) {
        Buffer whole = made.getOrDefault(layer.input().name(), layer.input());
        boolean isVector = layer instanceof Layer.FullyConnected;
        if (!isVector && isViewed(layer.input())) {
            return all(layer.input());
        }
        byte[] values = layer.weights().values();
        boolean[] outputs = needed(layer.output());
        int depth = values.length / outputs.length;
        boolean changed = false;
        for (int output = 0; output < outputs.length; output++) {
            for (int i = 0; outputs[output] && i < depth; i++) {
                int channel = i % whole.channels();
                if (values[output * depth + i] != 0 && !isFoldable(layer, whole, channel, isPadded)) {
                    changed |= need(whole, channel);
                }
            }
        }
        return changed;
    }

    /** Whether all that a channel adds to a sum is known: it is constant, and padding adds the same or doesn't occur. */
    private boolean isFoldable(Layer.Weighted layer, Buffer input, int channel, boolean isPadded) {
        Intervals.Bounds bounds = intervals.of(input);
        return bounds.isConstant(channel)
                && (!isPadded || bounds.least()[channel] == layer.weights().zero());
    }

    /**
     * Numbers of the channels that stay, with −1 for one that holds nothing: to fill up to fours, or in its place where none can be left
     * out. What a channel is made of that isn't needed may be gone, so that nobody may read it.
     */
    private static int[] kept(boolean[] needed) {
        int[] some = IntStream.range(0, needed.length).filter(i -> needed[i]).toArray();
        int count = Math.max(GROUP, Math.ceilDiv(some.length, GROUP) * GROUP);
        if (count >= needed.length) {
            return IntStream.range(0, needed.length)
                    .map(i -> needed[i] ? i : -1)
                    .toArray();
        }
        int[] kept = Arrays.copyOf(some, count);
        Arrays.fill(kept, some.length, count, -1);
        return kept;
    }

    private int[] channels(Buffer buffer) {
        int[] of = kept.get(buffer.name());
        return of != null ? of : IntStream.range(0, buffer.channels()).toArray();
    }

    private Buffer smaller(Buffer buffer) {
        if (!kept.containsKey(buffer.name())) {
            return buffer;
        }
        Buffer whole = made.getOrDefault(buffer.name(), buffer);
        int count = channels(buffer).length;
        if (count == whole.channels()) {
            return buffer;
        }
        List<Integer> dims = new ArrayList<>(isViewed(buffer) ? whole.dims() : buffer.dims());
        dims.set(dims.size() - 1, count);
        return new Buffer(buffer.name(), buffer.type(), dims);
    }

    private Layer rewritten(Layer layer) {
        return switch (layer) {
            case Layer.Convolution each ->
                new Layer.Convolution(
                        each.name(), smaller(each.input()), smaller(each.output()), each.window(), weights(each));
            case Layer.FullyConnected each ->
                new Layer.FullyConnected(each.name(), smaller(each.input()), smaller(each.output()), weights(each));
            case Layer.Depthwise each ->
                each.multiplier() != 1
                        ? each
                        : new Layer.Depthwise(
                                each.name(),
                                smaller(each.input()),
                                smaller(each.output()),
                                each.window(),
                                depthwise(each));
            case Layer.AveragePool each ->
                new Layer.AveragePool(
                        each.name(),
                        smaller(each.input()),
                        smaller(each.output()),
                        each.window(),
                        each.least(),
                        each.most());
            case Layer.Mean each ->
                new Layer.Mean(each.name(), smaller(each.input()), smaller(each.output()), each.zero(), each.rescale());
            case Layer.MaxPool each ->
                new Layer.MaxPool(each.name(), smaller(each.input()), smaller(each.output()), each.window());
            case Layer.Addition each ->
                new Layer.Addition(
                        each.name(),
                        smaller(each.left()),
                        smaller(each.right()),
                        smaller(each.output()),
                        each.widening(),
                        each.first(),
                        each.second(),
                        each.rescale());
            case Layer.Softmax _, Layer.Loops _ -> layer;
        };
    }

    /** The weights between channels that stay; what those that don't stay would add goes to the bias. */
    private Layer.Weights weights(Layer.Weighted layer) {
        Layer.Weights weights = layer.weights();
        Buffer whole = made.getOrDefault(layer.input().name(), layer.input());
        Intervals.Bounds bounds = intervals.of(whole);
        int[] inputs = channels(whole);
        int[] outputs = channels(layer.output());
        boolean[] stays = new boolean[whole.channels()];
        Arrays.stream(inputs).filter(channel -> channel >= 0).forEach(channel -> stays[channel] = true);
        int depth = weights.values().length / weights.bias().length;
        int places = depth / whole.channels();
        byte[] values = new byte[outputs.length * places * inputs.length];
        int[] bias = new int[outputs.length];
        int at = 0;
        for (int i = 0; i < outputs.length; i++) {
            int from = outputs[i] * depth;
            for (int place = 0; place < places; place++) {
                for (int channel : inputs) {
                    values[at++] = outputs[i] < 0 || channel < 0
                            ? 0
                            : weights.values()[from + place * whole.channels() + channel];
                }
            }
            if (outputs[i] >= 0) {
                bias[i] = weights.bias()[outputs[i]];
                for (int k = 0; k < depth; k++) {
                    int channel = k % whole.channels();
                    if (!stays[channel] && bounds.isConstant(channel)) {
                        bias[i] += (bounds.least()[channel] - weights.zero()) * weights.values()[from + k];
                    }
                }
            }
        }
        return new Layer.Weights(values, bias, weights.zero(), rescale(weights.rescale(), outputs));
    }

    private Layer.Weights depthwise(Layer.Depthwise layer) {
        Layer.Weights weights = layer.weights();
        int[] outputs = channels(layer.output());
        int all = layer.output().channels();
        int area = weights.values().length / all;
        byte[] values = new byte[area * outputs.length];
        int[] bias = new int[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            if (outputs[i] >= 0) {
                bias[i] = weights.bias()[outputs[i]];
                for (int place = 0; place < area; place++) {
                    values[place * outputs.length + i] = weights.values()[place * all + outputs[i]];
                }
            }
        }
        return new Layer.Weights(values, bias, weights.zero(), rescale(weights.rescale(), outputs));
    }

    private static Rescale rescale(Rescale rescale, int[] outputs) {
        if (rescale.multipliers().length == 1) {
            return rescale;
        }
        return new Rescale(
                Arrays.stream(outputs)
                        .map(output -> output < 0 ? 0 : rescale.multipliers()[output])
                        .toArray(),
                Arrays.stream(outputs)
                        .map(output -> output < 0 ? -1 : rescale.shifts()[output])
                        .toArray(),
                rescale.zero(),
                rescale.least(),
                rescale.most());
    }
}
