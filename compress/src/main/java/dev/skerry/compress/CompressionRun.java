package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.compress.CompressionReport.Layer;
import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One compression from the request to the report. */
final class CompressionRun {
    /** Samples on which layers are compared. */
    private static final int LAYER_SAMPLES = 16;

    /** Speeds closer than this are the same speed. */
    private static final double SAME_SPEED = 1.05;

    /** Sizes closer than this are the same size. */
    private static final double SAME_SIZE = 1.05;

    private final CompressionRequest request;
    private final Progress progress;
    private final Sessions sessions;
    private final SampleSplit split;
    private final List<Problem> problems = new ArrayList<>();
    private List<KeptFloat> keptFloat = List.of();
    private List<Layer> layers = List.of();

    CompressionRun(CompressionRequest request, Progress progress) {
        this.request = request;
        this.progress = progress;
        sessions = new Sessions(request.runtime(), request.state(), request.dims());
        split = SampleSplit.of(
                request.calibration(), request.evaluation(), !request.state().isEmpty());
    }

    CompressionReport run() {
        if (split.evaluation().size() == 0) {
            throw Problem.usage("compress.evaluation-empty", "there are no samples to judge by")
                    .because("calibration takes " + split.calibration().size() + " samples, and none is left")
                    .attempt("at least 10 samples, better 200")
                    .toException();
        }
        Search search = new Search(request, sessions, split.calibration(), progress);
        List<Candidate> candidates =
                request.method() == CompressionRequest.Method.INT8 ? search.candidates() : List.of();
        problems.addAll(search.problems());
        keptFloat = search.keptFloat();

        SampleSource judges = search.affordable(split.evaluation(), problems);
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, request.floatModel());
        candidates.forEach(candidate -> models.put(candidate.name(), candidate.model()));
        Evaluation evaluation = Evaluation.run(models, judges, sessions, "judging", progress);
        addMissingClasses(search.classes(), evaluation.classes());
        Map<String, Latency> latencies = latencies(models, evaluation);

        var rows = new ArrayList<Variant>();
        rows.add(row(Evaluation.FLOAT, ModelFile.bytes(request.floatModel()).length, evaluation, latencies, null));
        candidates.forEach(
                candidate -> rows.add(row(candidate.name(), candidate.bytes(), evaluation, latencies, candidate)));
        Optional<Candidate> chosen = choose(candidates, rows, search);
        Optional<Candidate> shown = chosen.or(() -> candidates.stream().max(Comparator.comparingDouble(search::sqnr)));
        shown.ifPresent(candidate -> describe(candidate, search));
        addGateProblems(evaluation.gate(), rows, chosen, evaluation.samples());
        return new CompressionReport(
                evaluation.gate().label(),
                evaluation.gate().isLabelled(),
                search.calibrationSamples(),
                evaluation.samples(),
                rows,
                chosen.map(Candidate::name).orElse(Evaluation.FLOAT),
                chosen.map(Candidate::model).orElse(request.floatModel()),
                layers,
                keptFloat,
                problems);
    }

    private void addMissingClasses(BitSet calibrated, BitSet judged) {
        BitSet missing = (BitSet) judged.clone();
        missing.andNot(calibrated);
        if (!calibrated.isEmpty() && !missing.isEmpty()) {
            problems.add(Problem.usage(
                            "compress.calibration-classes",
                            "calibration saw " + calibrated.cardinality() + " of "
                                    + (calibrated.cardinality() + missing.cardinality()) + " classes")
                    .at("class "
                            + missing.stream()
                                    .limit(5)
                                    .mapToObj(Integer::toString)
                                    .collect(Collectors.joining(", ")) + (missing.cardinality() > 5 ? ", …" : ""))
                    .because("values that only these classes reach will be cut off")
                    .attempt("calibration samples of all classes"));
        }
    }

    private Map<String, Latency> latencies(Map<String, Model> models, Evaluation evaluation) {
        if (request.timing().isZero()) {
            return Map.of();
        }
        progress.step("timing", 0, models.size());
        var running = new LinkedHashMap<>(models);
        running.keySet().removeAll(evaluation.failures().keySet());
        Map<String, Latency> latencies = Latency.measure(
                running, split.calibration().iterator().next(), sessions, request.timing(), request.nanoTime());
        progress.step("timing", models.size(), models.size());
        return latencies;
    }

    private Variant row(
            String name,
            long bytes,
            Evaluation evaluation,
            Map<String, Latency> latencies,
            @Nullable Candidate candidate) {
        Integer integerNodes = candidate == null ? null : candidate.made().integerNodes();
        String failure = evaluation.failures().get(name);
        if (failure != null) {
            return new Variant(
                    name,
                    Status.FAILED,
                    failure,
                    bytes,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    integerNodes);
        }
        Gate.Outcome outcome = evaluation.outcome(name);
        Verdicts verdicts = evaluation.of(name);
        Latency latency = latencies.get(name);
        Status status = candidate == null ? Status.REFERENCE : Status.PASSED;
        String reason = "";
        if (candidate != null && outcome.drop() > request.maxDropPercent()) {
            status = Status.INACCURATE;
            reason = "loses %.2f points, %.2f allowed".formatted(outcome.drop(), request.maxDropPercent());
        } else if (candidate != null && latency != null && latency.ratio() > 1) {
            status = Status.SLOWER;
            reason = "takes %.2f times as long as float".formatted(latency.ratio());
        }
        return new Variant(
                name,
                status,
                reason,
                bytes,
                outcome.percent(),
                outcome.interval(),
                candidate == null ? null : outcome.drop(),
                candidate == null ? null : outcome.dropInterval(),
                candidate == null ? null : verdicts.agreementPercent(),
                candidate == null ? null : verdicts.sqnrDecibel(),
                latency == null ? null : latency.p50Micros(),
                latency == null ? null : latency.ratio(),
                latency == null ? null : latency.ratioInterval(),
                integerNodes);
    }

    private Optional<Candidate> choose(List<Candidate> candidates, List<Variant> rows, Search search) {
        var byName = new HashMap<String, Variant>();
        rows.forEach(row -> byName.put(row.name(), row));
        boolean bySize = request.goal() == CompressionRequest.Goal.SIZE;
        List<Candidate> passing = candidates.stream()
                .filter(candidate -> {
                    Variant row = byName.get(candidate.name());
                    return row != null && (row.status() == Status.PASSED || bySize && row.status() == Status.SLOWER);
                })
                .toList();
        Comparator<Candidate> truest = Comparator.comparingDouble(search::sqnr);
        if (bySize || request.timing().isZero()) {
            long least = passing.stream().mapToLong(Candidate::bytes).min().orElse(0);
            return passing.stream()
                    .filter(candidate -> candidate.bytes() <= least * SAME_SIZE)
                    .max(truest);
        }
        // ranges don't change which kernels run: what differs between variants of one scope is noise, and their mean
        // has less
        Map<String, Double> ratios = passing.stream()
                .collect(Collectors.groupingBy(
                        Search::kernels,
                        Collectors.averagingDouble(candidate -> ratio(byName.get(candidate.name())))));
        double fastest =
                ratios.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
        List<Candidate> asFast = passing.stream()
                .filter(candidate -> ratios.getOrDefault(Search.kernels(candidate), 1.0) <= fastest * SAME_SPEED)
                .toList();
        long least = asFast.stream().mapToLong(Candidate::bytes).min().orElse(0);
        return asFast.stream()
                .filter(candidate -> candidate.bytes() <= least * SAME_SIZE)
                .max(truest);
    }

    private static double ratio(@Nullable Variant row) {
        return row == null || row.ratio() == null ? Double.POSITIVE_INFINITY : row.ratio();
    }

    private void describe(Candidate candidate, Search search) {
        keptFloat = candidate.made().keptFloat();
        layers = LayerSignals.measure(
                search.prepared(),
                candidate.made(),
                SampleSplit.some(
                        split.calibration(), LAYER_SAMPLES, !request.state().isEmpty()),
                sessions);
    }

    private void addGateProblems(Gate gate, List<Variant> rows, Optional<Candidate> chosen, long samples) {
        if (!gate.isLabelled()) {
            problems.add(Problem.usage(
                            "compress.no-labels", "accuracy is agreement with the float model, not with the truth")
                    .because("the samples have no labels that can be compared with the model's output")
                    .attempt("labelled samples"));
        }
        for (Variant row : rows) {
            Interval interval = row.dropInterval();
            boolean isChosen = chosen.filter(candidate -> candidate.name().equals(row.name()))
                    .isPresent();
            if (isChosen && interval != null && interval.high() > request.maxDropPercent()) {
                problems.add(Problem.usage(
                                "compress.gate-uncertain",
                                "a drop above %.2f points can't be ruled out".formatted(request.maxDropPercent()))
                        .at(row.name())
                        .because("%d samples put it between %.2f and %.2f points (95 %%)"
                                .formatted(samples, interval.low(), interval.high()))
                        .attempt("more labelled samples"));
            }
        }
        boolean tried = rows.size() > 1;
        if (chosen.isEmpty() && tried) {
            boolean slow = rows.stream().anyMatch(row -> row.status() == Status.SLOWER);
            problems.add(
                    slow
                            ? Problem.gate("compress.slower", "the float model is kept")
                                    .because(
                                            "no INT8 variant that is accurate enough is faster than it on this machine")
                                    .attempt("choosing by size, where bytes matter more than time")
                            : Problem.gate("compress.inaccurate", "the float model is kept")
                                    .because("no INT8 variant stays within %.2f points"
                                            .formatted(request.maxDropPercent()))
                                    .attempt("more calibration samples")
                                    .attempt("a larger drop, if that is acceptable"));
        }
    }
}
