package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;

/**
 * A layer's bias in a quantized model, and where to see what it should make up for.
 *
 * @param expected the value that the layer makes in the float model
 * @param actual the value that it makes in the quantized one, before it is rounded
 * @param lastAxis whether channels are the last axis of both rather than axis 1
 * @param bias the constant that is added to it: float, or 32-bit integers
 * @param scale of the integers; empty where the bias is float
 */
record CorrectedBias(String expected, String actual, boolean lastAxis, String bias, String scale) {
    /**
     * @param layer of the float model
     * @param made the quantized model
     * @return empty where the layer has no bias of its own there
     */
    static Optional<CorrectedBias> of(Node layer, Draft floats, Draft made) {
        Optional<Tensor> bias = WeightMatrix.of(layer, floats.constant(layer.input(1)))
                .flatMap(matrix -> LayerBias.of(floats, layer, matrix.rows()));
        Optional<Node> maker = maker(layer, floats, made);
        if (bias.isEmpty() || maker.isEmpty()) {
            return Optional.empty();
        }
        String actual = maker.get().output(0);
        boolean lastAxis = !layer.is("Conv");
        Tensor same = made.initializers.get(bias.get().name());
        if (same != null && same.type() == DataType.FLOAT) {
            // what adds it may be another node than the one that multiplies, and then comes after the value
            return made.consumers(same.name()).size() == 1
                    ? Optional.of(new CorrectedBias(layer.output(0), actual, lastAxis, same.name(), ""))
                    : Optional.empty();
        }
        return made.producer(maker.get().input(2))
                .filter(node -> node.is("DequantizeLinear"))
                .filter(node -> made.constant(node.input(0))
                        .filter(tensor -> tensor.type() == DataType.INT32)
                        .isPresent())
                .map(node -> new CorrectedBias(layer.output(0), actual, lastAxis, node.input(0), node.input(1)));
    }

    /** What makes the layer's output in the quantized model, or that of the activation which it took in. */
    private static Optional<Node> maker(Node layer, Draft floats, Draft made) {
        Optional<Node> maker = made.producer(layer.output(0));
        if (maker.isEmpty()) {
            maker = floats.onlyConsumer(layer.output(0)).flatMap(next -> made.producer(next.output(0)));
        }
        while (maker.isPresent()
                && (maker.get().is("DequantizeLinear") || maker.get().is("QuantizeLinear"))) {
            maker = made.producer(maker.get().input(0));
        }
        return maker;
    }

    /** The model as far as this layer. */
    Model upToHere(Model model, Map<String, String> state) {
        Graph graph = model.graph();
        var outputs = new ArrayList<>(graph.outputs().stream()
                .filter(output ->
                        state.containsKey(output.name()) || output.name().equals(actual))
                .toList());
        if (outputs.stream().noneMatch(output -> output.name().equals(actual))) {
            outputs.add(new ValueInfo(actual, null, "", Map.of(), Extras.NONE));
        }
        return model.withGraph(DeadCode.remove(graph.withOutputs(outputs)));
    }

    void correct(Draft draft, ChannelStatistics.Channels wants, ChannelStatistics.Channels has) {
        Tensor old = draft.constant(bias).orElseThrow();
        int channels = (int) old.elements();
        if (wants.size() != channels || has.size() != channels) {
            return;
        }
        double[] by = new double[channels];
        for (int i = 0; i < channels; i++) {
            by[i] = wants.mean(i) - has.mean(i);
            if (!Double.isFinite(by[i])) {
                return;
            }
        }
        draft.initializers.put(bias, scale.isEmpty() ? LayerBias.shifted(old, by) : inSteps(old, by, draft));
    }

    private Tensor inSteps(Tensor old, double[] by, Draft draft) {
        float[] scales = draft.constant(scale).orElseThrow().toFloats();
        int[] steps = new int[by.length];
        for (int i = 0; i < steps.length; i++) {
            double step = scales[scales.length == 1 ? 0 : i];
            steps[i] = Math.clamp(old.longAt(i) + Math.round(by[i] / step), -Integer.MAX_VALUE, Integer.MAX_VALUE);
        }
        return Tensor.ofInts(old.name(), old.dims(), steps);
    }
}
