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
 * @param problems what is doubtful about the samples
 */
record Calibration(
        Map<String, ActivationHistogram> histograms,
        Map<String, Integer> ranks,
        long samples,
        BitSet classes,
        List<Problem> problems) {
    /** @param samples in the order in which a model with state has to see them */
    static Calibration run(Model model, SampleSource samples, Sessions sessions, Progress progress) {
        var check = new CalibrationCheck();
        var histograms = new LinkedHashMap<String, ActivationHistogram>();
        var ranks = new LinkedHashMap<String, Integer>();
        Model tapped = Taps.tap(model, values(model.graph()));
        long used = 0;
        try (var session = sessions.open(tapped, "calibration")) {
            for (Sample sample : samples) {
                Sessions.stopIfInterrupted();
                progress.step("calibrating", used, samples.size());
                if (check.accepts(sample)) {
                    sample.inputs().forEach((name, tensor) -> add(histograms, ranks, name, tensor));
                    session.infer(sample).forEach((name, tensor) -> add(histograms, ranks, name, tensor));
                    used++;
                }
            }
        }
        progress.step("calibrating", samples.size(), samples.size());
        check.finish(used, histograms);
        histograms.values().removeIf(histogram -> histogram.notFinite() > 0 || histogram.total() == 0);
        return new Calibration(histograms, ranks, used, check.classes(), check.problems());
    }

    private static void add(
            Map<String, ActivationHistogram> histograms, Map<String, Integer> ranks, String name, Tensor tensor) {
        if (tensor.type() == DataType.FLOAT) {
            histograms.computeIfAbsent(name, key -> new ActivationHistogram()).add(tensor.toFloats());
            ranks.put(name, tensor.rank());
        }
    }

    Map<String, Range> ranges(RangeMethod method) {
        var ranges = new LinkedHashMap<String, Range>();
        histograms.forEach((value, histogram) -> ranges.put(value, RangeChoice.choose(histogram, method)));
        return ranges;
    }

    /** What integer kernels could read or make. */
    private static Set<String> values(Graph graph) {
        var draft = new Draft(graph);
        Set<String> made = new LinkedHashSet<>();
        graph.nodes().forEach(node -> made.addAll(node.outputs()));
        Set<String> values = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            OperatorKind kind = OperatorKind.of(node, draft);
            if (kind != OperatorKind.FLOAT || node.is("ReduceMean")) {
                for (int i = 0; i < OperatorKind.dataInputs(node); i++) {
                    values.add(node.input(i));
                }
                values.addAll(node.outputs());
            }
        }
        values.retainAll(made);
        return values;
    }
}
