package dev.skerry.project;

import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.pipeline.Fusion;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the float model gives through the project's pre steps with what its trainer recorded, value by value: the
 * commonest failure of a deployment is pre-processing that differs and nobody notices.
 */
public final class ExpectedOutputs {
    private static final double CLOSE = 1e-3;

    private ExpectedOutputs() {}

    /** @param agrees whether all outputs are within a thousandth, relative to their size */
    public record Comparison(List<Output> outputs, boolean agrees) {}

    /**
     * One output over all samples.
     *
     * @param sameDecisionPercent how often the largest element is at the same place; null for outputs of one element
     * @param first the first sample that differs, with both values; null where none does
     */
    public record Output(
            String name,
            long samples,
            double maxDifference,
            double meanDifference,
            @Nullable Double sameDecisionPercent,
            @Nullable String first) {}

    /**
     * Runs the samples of the pipeline's source in their order.
     *
     * @param file an .npz with arrays by the model's output names, first axis: samples
     * @throws dev.skerry.problem.ProblemException {@code run.expected} where no array has the name of an output
     */
    public static Comparison compare(Workbench bench, Path file) {
        Map<String, Tensor> expected = TensorFile.readNpz(file);
        Model fused = Fusion.fuse(
                bench.model(),
                bench.pipeline().withoutPost(),
                bench.frame(),
                bench.config().dims());
        List<String> outputs =
                fused.graph().outputs().stream().map(output -> output.name()).toList();
        var tallies = new LinkedHashMap<String, Tally>();
        for (var entry : expected.entrySet()) {
            if (!outputs.contains(entry.getKey())) {
                Problem problem = Problem.usage("run.expected", "the model has no output '" + entry.getKey() + "'")
                        .at(file.toString())
                        .because("its outputs are " + String.join(", ", outputs));
                throw Suggestion.nearest(entry.getKey(), outputs)
                        .map(problem::attempt)
                        .orElse(problem)
                        .toException();
            }
            tallies.put(entry.getKey(), new Tally(entry.getValue()));
        }
        if (tallies.isEmpty()) {
            throw Problem.usage("run.expected", "the file holds no arrays")
                    .at(file.toString())
                    .toException();
        }
        Session session = bench.open("fused-expected", fused, SessionOptions.DEFAULT);
        Map<String, String> state = bench.config().stateOutputToInput();
        StatefulSession stateful = state.isEmpty()
                ? null
                : StatefulSession.of(session, state, bench.config().dims());
        for (Sample sample : bench.frames()) {
            if (stateful != null && sample.restart()) {
                stateful.reset();
            }
            Map<String, Tensor> found =
                    stateful == null ? session.infer(sample.inputs()) : stateful.infer(sample.inputs());
            tallies.forEach((name, tally) -> tally.add(sample.id(), found.get(name)));
        }
        var results = new ArrayList<Output>();
        tallies.forEach((name, tally) -> results.add(tally.output(name, file)));
        return new Comparison(results, tallies.values().stream().allMatch(Tally::agrees));
    }

    /** Running comparison of one output. */
    private static final class Tally {
        private final Tensor expected;
        private final long perSample;
        private long samples;
        private long sameDecision;
        private double worst;
        private double sum;
        private long elements;
        private @Nullable String first;

        Tally(Tensor expected) {
            this.expected = expected;
            this.perSample =
                    expected.rank() == 0 || expected.dims()[0] == 0 ? 1 : expected.elements() / expected.dims()[0];
        }

        void add(String id, @Nullable Tensor found) {
            long from = samples * perSample;
            if (found == null || from + perSample > expected.elements()) {
                return;
            }
            if (found.elements() != perSample) {
                throw Problem.usage("run.expected", "a sample has another number of values than expected")
                        .at(id)
                        .because("expected " + perSample + ", found " + found.shape())
                        .toException();
            }
            long best = 0;
            long wanted = 0;
            for (long i = 0; i < perSample; i++) {
                double mine = found.valueAt(i);
                double theirs = expected.valueAt(from + i);
                double difference = mine == theirs ? 0 : Math.abs(mine - theirs);
                difference = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
                worst = Math.max(worst, difference);
                sum += difference;
                elements++;
                best = found.valueAt(i) > found.valueAt(best) ? i : best;
                wanted = theirs > expected.valueAt(from + wanted) ? i : wanted;
                if (first == null && difference > CLOSE * Math.max(1, Math.abs(theirs))) {
                    first = "%s [%d]: %.5g, expected %.5g".formatted(id, i, mine, theirs);
                }
            }
            sameDecision += best == wanted ? 1 : 0;
            samples++;
        }

        boolean agrees() {
            return samples > 0 && first == null;
        }

        Output output(String name, Path file) {
            if (samples == 0) {
                throw Problem.usage("run.expected", "no sample could be compared")
                        .at(file.toString())
                        .toException();
            }
            return new Output(
                    name,
                    samples,
                    worst,
                    sum / Math.max(1, elements),
                    perSample > 1 ? 100.0 * sameDecision / samples : null,
                    first);
        }
    }
}
