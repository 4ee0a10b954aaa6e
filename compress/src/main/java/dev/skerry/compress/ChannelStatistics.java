package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Extremes, means and mean squares of values, channel by channel: axis 1 of what convolutions read and make, the last axis of what matrix
 * products do.
 */
final class ChannelStatistics {
    /** One value's channels. */
    static final class Channels {
        private final float[] min;
        private final float[] max;
        private final double[] sum;
        private final double[] squares;
        private long count;

        private Channels(int channels) {
            min = new float[channels];
            max = new float[channels];
            sum = new double[channels];
            squares = new double[channels];
            Arrays.fill(min, Float.POSITIVE_INFINITY);
            Arrays.fill(max, Float.NEGATIVE_INFINITY);
        }

        int size() {
            return min.length;
        }

        float min(int channel) {
            return min[channel];
        }

        float max(int channel) {
            return max[channel];
        }

        /** The larger of the extremes' distances from zero. */
        float largest(int channel) {
            return Math.max(Math.abs(min[channel]), Math.abs(max[channel]));
        }

        double mean(int channel) {
            return sum[channel] / count;
        }

        double meanSquare(int channel) {
            return squares[channel] / count;
        }

        private void add(float[] values, int inner) {
            for (int i = 0; i < values.length; i++) {
                int channel = i / inner % min.length;
                min[channel] = Math.min(min[channel], values[i]);
                max[channel] = Math.max(max[channel], values[i]);
                sum[channel] += values[i];
                squares[channel] += (double) values[i] * values[i];
            }
            count += values.length / min.length;
        }
    }

    private final Map<String, Channels> channels = new LinkedHashMap<>();

    private ChannelStatistics() {}

    /** Of all inputs and outputs of Conv, ConvTranspose, Gemm and MatMul. */
    static ChannelStatistics gather(Studied studied) {
        Map<String, Boolean> last = new LinkedHashMap<>();
        for (Node node : studied.model().graph().nodes()) {
            boolean isConv = node.is("Conv") || node.is("ConvTranspose");
            if (isConv || node.is("Gemm") || node.is("MatMul")) {
                last.putIfAbsent(node.input(0), !isConv);
                last.putIfAbsent(node.output(0), !isConv);
            }
        }
        return gather(studied.model(), last, studied);
    }

    /** @param last by value, whether its channels are its last axis rather than axis 1 */
    static ChannelStatistics gather(Model model, Map<String, Boolean> last, Studied studied) {
        var statistics = new ChannelStatistics();
        Set<String> made = new LinkedHashSet<>();
        model.graph().nodes().forEach(node -> made.addAll(node.outputs()));
        Set<String> tapped = new LinkedHashSet<>(last.keySet());
        tapped.retainAll(made);
        try (var session = studied.sessions().open(Taps.tap(model, tapped), "channels")) {
            long seen = 0;
            for (Sample sample : studied.samples()) {
                Sessions.stopIfInterrupted();
                studied.progress()
                        .step("studying channels", seen++, studied.samples().size());
                Map<String, Tensor> values = new LinkedHashMap<>(sample.inputs());
                values.putAll(session.infer(sample));
                last.forEach((value, isLast) -> {
                    Tensor tensor = values.get(value);
                    if (tensor != null && tensor.type() == DataType.FLOAT && tensor.rank() > 1) {
                        statistics.add(value, tensor, isLast);
                    }
                });
            }
        }
        return statistics;
    }

    private void add(String value, Tensor tensor, boolean isLast) {
        long[] dims = tensor.dims();
        int axis = isLast ? dims.length - 1 : 1;
        int inner = 1;
        for (int i = axis + 1; i < dims.length; i++) {
            inner *= (int) dims[i];
        }
        if (tensor.elements() > 0) {
            channels.computeIfAbsent(value, key -> new Channels((int) dims[axis]))
                    .add(tensor.toFloats(), inner);
        }
    }

    Optional<Channels> of(String value) {
        return Optional.ofNullable(channels.get(value));
    }
}
