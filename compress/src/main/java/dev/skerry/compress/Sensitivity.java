package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much noise each layer adds to the model's outputs when it alone is in INT8, and all others stay float. Noise powers of
 * layers add up, nearly, so that the few layers to leave float can be read off.
 *
 * @param layers in the order of the graph
 */
record Sensitivity(List<Alone> layers) {
    /**
     * One layer by itself.
     *
     * @param output its first output, by which scopes know it
     * @param sqnrDecibel of the model's outputs
     * @param weights how many weights it has
     */
    record Alone(String output, String label, String op, double sqnrDecibel, long weights) {
        /** Noise power, where the signal's is 1. */
        double noise() {
            return Math.pow(10, -sqnrDecibel / 10);
        }
    }

    Sensitivity {
        layers = List.copyOf(layers);
    }

    /**
     * Of all layers that have integer kernels.
     *
     * @param int8 how they are quantized
     */
    static Sensitivity measure(
            Studied studied, StaticInt8 int8, SampleSource samples, Sessions sessions, Progress progress) {
        Model model = studied.model();
        Map<String, Tensor> constants = Subgraphs.constants(model.graph());
        StaticInt8 all = int8.within(Scope.layers(int8.scope().asked()));
        Set<String> outputs = new LinkedHashSet<>(all.apply(studied).changed());
        List<Node> layers = Subgraphs.allNodes(model.graph()).stream()
                .filter(node -> outputs.contains(node.output(0)))
                .toList();
        List<Map<String, Tensor>> expected = new ArrayList<>();
        List<Sample> some = new ArrayList<>();
        try (var session = sessions.open(model, Evaluation.FLOAT)) {
            for (Sample sample : samples) {
                some.add(sample);
                expected.add(session.infer(sample));
            }
        }
        var rows = new ArrayList<Alone>();
        for (Node layer : layers) {
            Sessions.stopIfInterrupted();
            progress.step("layer by layer", rows.size(), layers.size());
            Set<String> others = new LinkedHashSet<>(outputs);
            others.remove(layer.output(0));
            StaticInt8 alone = all.within(all.scope().without("alone", others));
            rows.add(new Alone(
                    layer.output(0),
                    layer.label(),
                    layer.op(),
                    decibel(alone.apply(studied).model(), some, expected, sessions),
                    constants.containsKey(layer.input(1))
                            ? constants.get(layer.input(1)).elements()
                            : 0L));
        }
        progress.step("layer by layer", layers.size(), layers.size());
        return new Sensitivity(rows);
    }

    private static double decibel(
            Model model, List<Sample> samples, List<Map<String, Tensor>> expected, Sessions sessions) {
        var ratio = new Sqnr();
        try (var session = sessions.open(model, "one layer in INT8")) {
            for (int i = 0; i < samples.size(); i++) {
                Map<String, Tensor> actual = session.infer(samples.get(i));
                expected.get(i).forEach((name, tensor) -> {
                    Tensor other = actual.get(name);
                    if (tensor.type() == DataType.FLOAT && other != null && other.elements() == tensor.elements()) {
                        ratio.add(tensor.toFloats(), other.toFloats());
                    }
                });
            }
        } catch (ProblemException broken) {
            return Double.NEGATIVE_INFINITY;
        }
        return ratio.decibel();
    }

    /**
     * The fewest layers to leave float so that at most this share of the noise remains; at most half of them, and none where
     * there is no noise.
     *
     * @param among first outputs of the layers that are in question
     */
    Set<String> worst(double remaining, Set<String> among) {
        List<Alone> asked =
                layers.stream().filter(alone -> among.contains(alone.output())).toList();
        double total = asked.stream().mapToDouble(Alone::noise).sum();
        Set<String> left = new LinkedHashSet<>();
        double noise = total;
        for (Alone alone : asked.stream()
                .sorted(Comparator.comparingDouble(Alone::sqnrDecibel).thenComparing(Alone::output))
                .toList()) {
            if (noise <= total * remaining || left.size() >= asked.size() / 2) {
                break;
            }
            left.add(alone.output());
            noise -= alone.noise();
        }
        return left;
    }

    /** By first output. */
    Map<String, Alone> byOutput() {
        var map = new LinkedHashMap<String, Alone>();
        layers.forEach(alone -> map.put(alone.output(), alone));
        return map;
    }
}
