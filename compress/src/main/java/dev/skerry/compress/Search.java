package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the variants that are worth judging. All scopes with all range methods are made, and compared with the float model on
 * some of the calibration samples; the truest of each scope go on. So the evaluation samples have no part in the choice of
 * ranges and operators.
 */
final class Search {
    private static final int SCREENING_SAMPLES = 48;

    /** What judging may take. */
    private static final long JUDGING_NANOS = 12_000_000_000L;

    /** What screening may take. */
    private static final long SCREENING_NANOS = 6_000_000_000L;

    private final CompressionRequest request;
    private final Sessions sessions;
    private final SampleSource calibration;
    private final Progress progress;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Double> sqnr = new HashMap<>();
    private List<CompressionReport.KeptFloat> keptFloat = List.of();
    private Set<String> floats = Set.of();
    private BitSet classes = new BitSet();
    private Model prepared;
    private long calibrationSamples;
    private long inferenceNanos;
    private int chosen;

    Search(CompressionRequest request, Sessions sessions, SampleSource calibration, Progress progress) {
        this.request = request;
        this.sessions = sessions;
        this.calibration = calibration;
        this.progress = progress;
        prepared = request.floatModel();
    }

    /** Empty where nothing can be quantized; {@link #problems} says why. */
    List<Candidate> candidates() {
        switch (Passes.prepare(request.floatModel())) {
            case Preparation.Obstacle(Problem problem) -> {
                problems.add(problem);
                keptFloat = FloatParts.all(request.floatModel().graph(), problem.what());
                return List.of();
            }
            case Preparation.Ready(Model ready) -> prepared = ready;
        }
        long start = request.nanoTime().getAsLong();
        Calibration calibrated = Calibration.run(prepared, calibration, sessions, progress);
        // with taps and histograms, so more than an inference takes
        inferenceNanos = (request.nanoTime().getAsLong() - start) / calibrated.samples();
        calibrationSamples = calibrated.samples();
        floats = calibrated.histograms().keySet();
        classes = calibrated.classes();
        prepared = prepared.withGraph(DenseLayers.join(prepared.graph(), calibrated.ranks()));
        problems.addAll(calibrated.problems());
        var candidates = new ArrayList<Candidate>();
        Set<String> structures = new HashSet<>();
        for (Scope scope : List.of(
                Scope.all(request.keepFloat()),
                Scope.layers(request.keepFloat()),
                Scope.convolutions(request.keepFloat()))) {
            for (RangeMethod method : request.ranges()) {
                Sessions.stopIfInterrupted();
                Quantizer.Quantized quantized =
                        Quantizer.quantize(prepared, scope, calibrated.ranges(method), request.scheme());
                if (quantized.layers() == 0) {
                    continue;
                }
                if (method == request.ranges().getFirst()
                        && !structures.add(quantized.placement().signature())) {
                    break;
                }
                candidates.add(Candidate.of(scope, method, quantized));
            }
        }
        if (candidates.isEmpty()) {
            keptFloat = FloatParts.all(prepared.graph(), "nothing that ONNX Runtime could run in integers");
            problems.add(Problem.usage("compress.nothing", "no layer of this model can be quantized")
                    .because(
                            keptFloat.isEmpty()
                                    ? "it has no layers with weights"
                                    : keptFloat.size() + " layers with weights stay float, the first is "
                                            + keptFloat.getFirst().node() + ": "
                                            + keptFloat.getFirst().reason()));
            return List.of();
        }
        screen(candidates);
        return shortlist(candidates);
    }

    private void screen(List<Candidate> candidates) {
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, request.floatModel());
        candidates.forEach(candidate -> models.put(candidate.name(), candidate.model()));
        long affordable = SCREENING_NANOS / Math.max(1, inferenceNanos * models.size());
        SampleSource some = SampleSplit.some(
                calibration,
                Math.clamp(affordable, 8, SCREENING_SAMPLES),
                !request.state().isEmpty());
        long start = request.nanoTime().getAsLong();
        Evaluation screening = Evaluation.run(models, some, sessions, "screening", progress);
        inferenceNanos = (request.nanoTime().getAsLong() - start) / Math.max(1, some.size() * models.size());
        candidates.forEach(candidate -> sqnr.put(
                candidate.name(),
                screening.failures().containsKey(candidate.name())
                        ? Double.NEGATIVE_INFINITY
                        : orLowest(screening.of(candidate.name()).sqnrDecibel())));
    }

    private static double orLowest(double decibel) {
        return Double.isNaN(decibel) ? Double.NEGATIVE_INFINITY : decibel;
    }

    /** The truest of each scope, then others while there is time. */
    private List<Candidate> shortlist(List<Candidate> candidates) {
        Comparator<Candidate> truest = Comparator.comparingDouble((Candidate candidate) -> sqnr(candidate))
                .reversed();
        var first = new ArrayList<Candidate>();
        var rest = new ArrayList<Candidate>();
        candidates.stream().map(Candidate::scope).distinct().forEach(scope -> {
            List<Candidate> ofScope = candidates.stream()
                    .filter(candidate -> candidate.scope().equals(scope))
                    .sorted(truest)
                    .toList();
            first.add(ofScope.getFirst());
            rest.addAll(ofScope.subList(1, ofScope.size()));
        });
        long samples = Math.max(1, request.evaluation().size());
        long affordable = JUDGING_NANOS / Math.max(1, samples * inferenceNanos) - 1 - first.size();
        rest.stream().sorted(truest).limit(Math.clamp(affordable, 0, 3)).forEach(first::add);
        chosen = first.size();
        return first;
    }

    /** The samples to judge by: all of them, unless that takes minutes. */
    SampleSource affordable(SampleSource evaluation, List<Problem> into) {
        long most = 3 * JUDGING_NANOS / Math.max(1, inferenceNanos * (chosen + 1));
        if (evaluation.size() <= most || inferenceNanos == 0) {
            return evaluation;
        }
        long taken = Math.max(50, most);
        into.add(Problem.usage(
                        "compress.evaluation-part", "judged by " + taken + " of " + evaluation.size() + " samples")
                .because("all would take minutes"));
        return SampleSplit.some(evaluation, taken, !request.state().isEmpty());
    }

    /** Ratio of a candidate's outputs on some of the calibration samples. */
    double sqnr(Candidate candidate) {
        return sqnr.getOrDefault(candidate.name(), Double.NEGATIVE_INFINITY);
    }

    Model prepared() {
        return prepared;
    }

    /** Names of the values that were float in calibration. */
    Set<String> floats() {
        return floats;
    }

    /** Labels of the calibration samples; empty where they have none. */
    BitSet classes() {
        return classes;
    }

    long calibrationSamples() {
        return calibrationSamples;
    }

    List<Problem> problems() {
        return problems;
    }

    List<CompressionReport.KeptFloat> keptFloat() {
        return keptFloat;
    }
}
