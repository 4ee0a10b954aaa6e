package dev.skerry.compress;

import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;

/** Weights and bias of a layer while factors move in and out of its channels. */
final class ChannelWeights {
    private final Node layer;
    private final WeightMatrix matrix;
    private final float[] weights;
    private final double[] bias;
    private boolean biased;

    private ChannelWeights(Node layer, WeightMatrix matrix, double[] bias, boolean biased) {
        this.layer = layer;
        this.matrix = matrix;
        weights = matrix.values().clone();
        this.bias = bias;
        this.biased = biased;
    }

    static ChannelWeights of(Node layer, Draft draft) {
        WeightMatrix matrix = ChannelPair.matrix(layer, draft);
        double[] bias = new double[matrix.rows()];
        if (layer.hasInput(2)) {
            float[] values = draft.constant(layer.input(2)).orElseThrow().toFloats();
            for (int i = 0; i < bias.length; i++) {
                bias[i] = values[i];
            }
        }
        return new ChannelWeights(layer, matrix, bias, layer.hasInput(2));
    }

    private interface Each {
        void at(int index);
    }

    private void ofOutput(int channel, Each each) {
        for (int i = channel * matrix.columns(); i < (channel + 1) * matrix.columns(); i++) {
            each.at(i);
        }
    }

    /** The weights that read an input channel, one of {@code channels}. */
    private void ofInput(int channel, int channels, Each each) {
        int perGroup = channels / matrix.groups();
        int wide = matrix.columns() / perGroup;
        int from = channel % perGroup * wide;
        int firstRow = channel / perGroup * matrix.rowsPerGroup();
        for (int row = firstRow; row < firstRow + matrix.rowsPerGroup(); row++) {
            for (int column = from; column < from + wide; column++) {
                each.at(row * matrix.columns() + column);
            }
        }
    }

    double largestOfOutput(int channel) {
        double[] largest = new double[1];
        ofOutput(channel, i -> largest[0] = Math.max(largest[0], Math.abs(weights[i])));
        return largest[0];
    }

    double largestOfInput(int channel, int channels) {
        double[] largest = new double[1];
        ofInput(channel, channels, i -> largest[0] = Math.max(largest[0], Math.abs(weights[i])));
        return largest[0];
    }

    void divideOutput(int channel, double by) {
        ofOutput(channel, i -> weights[i] = (float) (weights[i] / by));
        bias[channel] /= by;
    }

    void multiplyInput(int channel, int channels, double by) {
        ofInput(channel, channels, i -> weights[i] = (float) (weights[i] * by));
    }

    /** Makes an output channel less by a constant. */
    void lower(int channel, double by) {
        bias[channel] -= by;
        biased = true;
    }

    /** Makes up for an input channel that is less by a constant, at all positions. */
    void restore(int channel, int channels, double by) {
        ofInput(channel, channels, i -> bias[i / matrix.columns()] += weights[i] * by);
        biased = true;
    }

    /** Puts weights and bias into the graph. */
    void write(Draft draft) {
        draft.initializers.put(matrix.name(), matrix.toTensor(weights));
        if (!biased) {
            return;
        }
        float[] values = new float[bias.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) bias[i];
        }
        if (layer.hasInput(2)) {
            Tensor old = draft.initializers.get(layer.input(2));
            draft.initializers.put(
                    layer.input(2),
                    Tensor.ofFloats(layer.input(2), old == null ? new long[] {values.length} : old.dims(), values));
        } else {
            String name = draft.fresh(matrix.name() + "_bias");
            draft.initializers.put(name, Tensor.ofFloats(name, new long[] {values.length}, values));
            var inputs = new ArrayList<>(layer.inputs().subList(0, 2));
            inputs.add(name);
            draft.replace(layer, layer.withInputs(inputs));
        }
    }
}
