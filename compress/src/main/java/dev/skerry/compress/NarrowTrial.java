package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a model's outputs lose when channels go and each layer that read them makes up for them as well as it can ({@link
 * Reconstruction}). That is learned from some of the calibration samples, and measured on others.
 */
final class NarrowTrial {
    private static final int MOST_SAMPLES = 128;
    private static final int LEAST_SAMPLES = 16;

    /** Work of one trial, in arithmetic operations. */
    private static final long OPERATIONS = 4_000_000_000L;

    private final Studied studied;
    private final ChannelFlow flow;
    private final SampleSource samples;
    private final List<String> names;
    private final List<Map<String, Tensor>> expected = new ArrayList<>();
    private final Map<String, Repair> repairs = new HashMap<>();

    /** What was done to a layer last: the columns that it kept, and what became of its weights. */
    @SuppressWarnings("ArrayRecordComponent") // compared by hand
    private record Repair(int[] columns, Reconstruction.Repaired repaired) {}

    /**
     * @param judges samples that {@code studied} hasn't seen
     * @param operations of one inference
     */
    NarrowTrial(Studied studied, ChannelFlow flow, SampleSource judges, long operations) {
        this.studied = studied;
        this.flow = flow;
        samples = SampleSplit.some(
                judges,
                Math.clamp(OPERATIONS / Math.max(1, operations), LEAST_SAMPLES, MOST_SAMPLES),
                !studied.sessions().state().isEmpty());
        names = studied.sessions().decisive(studied.model());
        try (var session = studied.sessions().open(studied.model(), "float")) {
            for (Sample sample : samples) {
                expected.add(session.infer(sample));
            }
        }
    }

    /** Squared error of the outputs, relative to their squares, without these channels. */
    double loss(Set<Integer> removed) {
        Map<String, Double> noise = new HashMap<>();
        Map<String, Double> signal = new HashMap<>();
        try (var session = studied.sessions().open(repaired(removed), "narrow")) {
            int at = 0;
            for (Sample sample : samples) {
                Sessions.stopIfInterrupted();
                Map<String, Tensor> made = session.infer(sample);
                Map<String, Tensor> wanted = expected.get(at++);
                for (String name : names) {
                    Tensor first = wanted.get(name);
                    Tensor second = made.get(name);
                    if (first != null && second != null && first.type() == DataType.FLOAT) {
                        float[] a = first.toFloats();
                        float[] b = second.toFloats();
                        for (int i = 0; i < Math.min(a.length, b.length); i++) {
                            noise.merge(name, ((double) a[i] - b[i]) * (a[i] - b[i]), Double::sum);
                            signal.merge(name, (double) a[i] * a[i], Double::sum);
                        }
                    }
                }
            }
        }
        return names.stream()
                .mapToDouble(name ->
                        noise.getOrDefault(name, 0.0) / Math.max(Double.MIN_NORMAL, signal.getOrDefault(name, 0.0)))
                .sum();
    }

    /** The narrowed model, with layers that read fewer channels repaired, each for itself. */
    private Model repaired(Set<Integer> removed) {
        var removal = new ChannelRemoval(flow, removed);
        var draft = new Draft(flow.graph);
        for (ChannelFlow.Layer layer : flow.layers()) {
            if (removal.touches(layer.reads())) {
                repair(draft, layer, removal);
            }
        }
        return studied.model().withGraph(removal.from(draft.toGraph()));
    }

    private void repair(Draft draft, ChannelFlow.Layer layer, ChannelRemoval removal) {
        WeightMatrix.of(layer.node(), draft.constant(layer.node().input(1))).ifPresent(matrix -> {
            int area = matrix.columns() / layer.reads().length;
            int[] columns = Arrays.stream(removal.kept(layer.reads()))
                    .flatMap(channel -> IntStream.range(channel * area, (channel + 1) * area))
                    .toArray();
            Optional<Tensor> bias = LayerBias.of(draft, layer.node(), matrix.rows());
            String name = layer.node().output(0);
            Repair last = repairs.get(name);
            if (last == null || !Arrays.equals(last.columns(), columns)) {
                last = new Repair(
                        columns, Reconstruction.of(matrix, studied.gram(layer.node()), columns, bias.isPresent()));
                repairs.put(name, last);
            }
            Reconstruction.Repaired repaired = last.repaired();
            draft.initializers.put(matrix.name(), matrix.toTensor(repaired.weights()));
            bias.ifPresent(
                    tensor -> draft.initializers.put(tensor.name(), LayerBias.shifted(tensor, repaired.shift())));
        });
    }
}
