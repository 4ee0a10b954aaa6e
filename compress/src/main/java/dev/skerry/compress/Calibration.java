package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the activations of a model did on the calibration samples. Goes through the samples once, and keeps one histogram per
 * activation, whatever the number of samples.
 *
 * @param histograms of all float activations that integer kernels could read or make, by value
 * @param ranks of the same values
 * @param samples how many were used
 * @param classes labels that came up
 * @param inputs what the samples look like
 * @param problems what is doubtful about the samples
 */
record Calibration(
        Map<String, ActivationHistogram> histograms,
        Map<String, Integer> ranks,
        long samples,
        BitSet classes,
        InputRanges inputs,
        List<Problem> problems) {
    /** @param samples in the order in which a model with state has to see them */
    static Calibration run(Model model, SampleSource samples, Sessions sessions, Progress progress) {
        var check = new CalibrationCheck();
        var histograms = new LinkedHashMap<String, ActivationHistogram>();
        var ranks = new LinkedHashMap<String, Integer>();
        Taps.Tapped tapped = Taps.expose(model, values(model.graph()));
        long used = 0;
        try (var session = sessions.open(tapped.model(), "calibration")) {
            for (Sample sample : samples) {
                Sessions.stopIfInterrupted();
                progress.step("calibrating", used, samples.size());
                if (check.accepts(sample)) {
                    sample.inputs().forEach((name, tensor) -> add(histograms, ranks, name, tensor, 0));
                    session.infer(sample)
                            .forEach((name, tensor) -> add(
                                    histograms,
                                    ranks,
                                    name,
                                    tensor,
                                    tapped.rounds().getOrDefault(name, 0)));
                    used++;
                }
            }
        }
        progress.step("calibrating", samples.size(), samples.size());
        // what lies in a branch that no sample took was never filled
        histograms.values().removeIf(histogram -> histogram.total() == 0 && histogram.notFinite() == 0);
        check.finish(used, histograms);
        histograms.values().removeIf(histogram -> histogram.notFinite() > 0 || histogram.total() == 0);
        return new Calibration(histograms, ranks, used, check.classes(), check.inputs(), check.problems());
    }

    private static void add(
            Map<String, ActivationHistogram> histograms,
            Map<String, Integer> ranks,
            String name,
            Tensor tensor,
            int rounds) {
        if (tensor.type() == DataType.FLOAT && tensor.elements() > 0) {
            histograms.computeIfAbsent(name, key -> new ActivationHistogram()).add(tensor.toFloats());
            ranks.put(name, tensor.rank() - rounds);
        }
    }

    Map<String, Range> ranges(RangeMethod method) {
        var ranges = new LinkedHashMap<String, Range>();
        histograms.forEach((value, histogram) -> ranges.put(value, RangeChoice.choose(histogram, method)));
        return ranges;
    }

    /** What integer kernels could read or make, in subgraphs too. */
    private static Set<String> values(Graph graph) {
        Set<String> values = new LinkedHashSet<>();
        collect(graph, Surroundings.NONE, values);
        Set<String> made = new LinkedHashSet<>();
        for (Graph each : Subgraphs.all(graph)) {
            each.nodes().forEach(node -> made.addAll(node.outputs()));
            each.inputs().forEach(input -> made.add(input.name()));
        }
        graph.inputs().forEach(input -> made.remove(input.name()));
        values.retainAll(made);
        return values;
    }

    private static void collect(Graph graph, Surroundings around, Set<String> values) {
        var draft = new Draft(graph, around);
        for (Node node : graph.nodes()) {
            OperatorKind kind = OperatorKind.of(node, draft);
            if (kind != OperatorKind.FLOAT || node.is("ReduceMean")) {
                for (int i = 0; i < OperatorKind.dataInputs(node); i++) {
                    values.add(node.input(i));
                }
                values.addAll(node.outputs());
            }
            node.subgraphs().forEach(inner -> collect(inner, around.inside(graph), values));
        }
    }
}
