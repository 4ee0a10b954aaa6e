package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.compress.CompressionReport.Layer;
import dev.skerry.compress.CompressionReport.Status;
import dev.skerry.compress.CompressionReport.Variant;
import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Cost;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ModelFormat;
import dev.skerry.model.Node;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.spi.Availability;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One compression from the request to the report. */
final class CompressionRun {
    /** Samples on which layers are compared. */
    private static final int LAYER_SAMPLES = 16;

    private final CompressionRequest request;
    private final Progress progress;
    private final Sessions sessions;
    /** Of the runtime that the result is for; null where none is here, so that nothing is timed. */
    private final @Nullable Sessions timing;

    private final SampleSplit split;
    private final Remembered remembered;
    private final List<Problem> problems = new ArrayList<>();
    private Map<String, Long> pins = Map.of();
    private List<KeptFloat> keptFloat = List.of();
    private List<Layer> layers = List.of();

    CompressionRun(CompressionRequest request, Progress progress, SearchJournal journal) {
        this.request = request;
        remembered = new Remembered(journal);
        this.progress = progress;
        var plain = new Sessions(request.runtime(), request.state(), request.dims());
        timing = request.timed()
                .map(runtime -> new Sessions(runtime, request.state(), request.dims()))
                .orElse(null);
        // the accuracy of a model for another machine is that of its arithmetic there
        sessions = request.scheme().saturatesOn(DeviceProbe.probe()) ? plain.literal() : plain;
        split = SampleSplit.of(
                request.calibration(), request.evaluation(), !request.state().isEmpty());
    }

    CompressionReport run() {
        if (split.evaluation().size() == 0) {
            throw Problem.usage("compress.evaluation-empty", "there are no samples to judge by")
                    .because(
                            split.calibration().size() == 1
                                    ? "the only sample calibrates"
                                    : "calibration takes all "
                                            + split.calibration().size() + " samples")
                    .attempt("at least 10 samples, better 200")
                    .toException();
        }
        // a format that can't hold the float model is known before hours of search
        long floatBytes = request.format().bytes(request.floatModel(), request.dims()).length;
        RequestCheck.check(request, sessions, split.evaluation());
        Judging judging = request.judging().tried(split.evaluation().iterator().next(), request.floatModel());
        Search search = new Search(request, sessions, split.calibration(), progress, remembered);
        List<Candidate> candidates =
                request.method() == CompressionRequest.Method.NONE ? List.of() : search.candidates();
        pins = search.pins();
        problems.addAll(search.problems());
        keptFloat = search.keptFloat();

        Map<String, Written> written = new HashMap<>();
        candidates.forEach(candidate -> written.put(candidate.name(), write(candidate)));

        SampleSource judges = search.affordable(split.evaluation(), problems);
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, request.floatModel());
        candidates.stream()
                .filter(candidate -> written(written, candidate).failure().isEmpty())
                .forEach(candidate -> models.put(candidate.name(), candidate.model()));
        InputRanges judged = search.inputs().compared();
        Evaluation evaluation = asWritten(
                Evaluation.run(models, judged.watching(judges), sessions, judging, "judging", progress),
                models,
                judges,
                judging);
        problems.addAll(judged.unlikeCalibration());
        addMissingClasses(search.classes(), evaluation.classes());
        Map<String, Latency> latencies = latencies(models, evaluation, search.calibration());

        var rows = new ArrayList<Variant>();
        Model original = request.floatModel();
        rows.add(row(Evaluation.FLOAT, new Written(original, floatBytes, ""), evaluation, latencies, null));
        candidates.forEach(candidate ->
                rows.add(row(candidate.name(), written(written, candidate), evaluation, latencies, candidate)));
        SparsityNote.of(candidates, rows, search.prepared()).ifPresent(problems::add);
        List<Preference.Point> points = points(candidates, rows, search);
        boolean floatFits = rows.getFirst().reason().isEmpty();
        Optional<Candidate> chosen = Preference.best(
                        points,
                        request.goal(),
                        timing != null,
                        request.goal() == CompressionRequest.Goal.SIZE || !floatFits || integerOnly())
                .flatMap(point -> candidates.stream()
                        .filter(candidate -> candidate.name().equals(point.name()))
                        .findFirst());
        Optional<Candidate> shown = chosen.or(() -> candidates.stream().max(Comparator.comparingDouble(search::sqnr)));
        shown.ifPresent(candidate -> describe(candidate, search));
        addGateProblems(evaluation, rows, chosen);
        chosen.flatMap(CompressionRun::foreignOperators).ifPresent(problems::add);
        return new CompressionReport(
                evaluation.metricLabel(),
                evaluation.metric().isLabelled(),
                evaluation.scale(),
                search.calibrationSamples(),
                evaluation.samples(),
                rows,
                chosen.map(Candidate::name).orElse(Evaluation.FLOAT),
                chosen.map(candidate -> written(written, candidate).model()).orElse(original),
                Preference.pareto(points),
                layers,
                sensitivity(search, shown),
                evaluation.classes(chosen.map(Candidate::name).orElse(Evaluation.FLOAT)),
                runtimes(candidates, rows, search),
                binding(rows, chosen.isPresent()),
                keptFloat,
                problems,
                Effort.NONE,
                null);
    }

    /** Names operators that plain ONNX lacks, which a reader of the file has to know. */
    private static Optional<Problem> foreignOperators(Candidate chosen) {
        List<String> operators = Subgraphs.allNodes(chosen.model().graph()).stream()
                .filter(node -> node.domain().equals("com.microsoft"))
                .map(Node::op)
                .distinct()
                .sorted()
                .toList();
        return operators.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.usage("compress.onnxruntime-only", "only ONNX Runtime runs this model")
                        .at(chosen.name())
                        .because("it holds " + String.join(", ", operators) + ", which ONNX lacks")
                        .attempt("--method int8, whose QDQ form is plain ONNX"));
    }

    /**
     * A variant in the format of the result.
     *
     * @param model as it is delivered
     * @param failure why the format can't hold it; empty where it can
     */
    private record Written(Model model, long bytes, String failure) {}

    private Written write(Candidate candidate) {
        if (request.format() == ModelFormat.ONNX) {
            return new Written(candidate.model(), candidate.bytes(), "");
        }
        Model model = integerOnly() ? IntegerEnds.of(candidate.model()) : candidate.model();
        try {
            byte[] bytes = request.format().bytes(model, request.dims());
            return new Written(model, bytes.length, integerOnly() ? realParts(bytes) : "");
        } catch (ProblemException unsupported) {
            return new Written(model, candidate.bytes(), unsupported.problem().toString());
        }
    }

    /** What is not integer though all should be; empty where all is. */
    private static String realParts(byte[] tflite) {
        List<String> real = ModelFile.realOperators(tflite);
        return real.isEmpty()
                ? ""
                : "computes with real numbers: " + String.join("; ", real.subList(0, Math.min(3, real.size())))
                        + (real.size() > 3 ? " and " + (real.size() - 3) + " more" : "");
    }

    private static Written written(Map<String, Written> all, Candidate candidate) {
        return all.getOrDefault(candidate.name(), new Written(candidate.model(), candidate.bytes(), ""));
    }

    private boolean integerOnly() {
        return request.layout().integerOnly();
    }

    /**
     * Integers are judged by what computes them where they will run: the kernels of the format's own runtime, which round otherwise
     * than those of ONNX Runtime. That one's figures become a note; they stay where the other runtime is missing.
     */
    private Evaluation asWritten(Evaluation first, Map<String, Model> models, SampleSource judges, Judging judging) {
        Sessions own = timing;
        if (!integerOnly() || own == null || judging.evaluator() != null || models.size() < 2) {
            return first;
        }
        Evaluation second =
                Evaluation.run(models, judges, sessions, own.literal(), judging, "judging what is written", progress);
        var figures = new ArrayList<String>();
        models.keySet().stream()
                .filter(name -> !name.equals(Evaluation.FLOAT))
                .filter(name -> !first.failures().containsKey(name)
                        && !second.failures().containsKey(name))
                .forEach(name -> figures.add("%s %.2f, there %.2f"
                        .formatted(
                                name,
                                first.outcome(name).value(),
                                second.outcome(name).value())));
        problems.add(Problem.usage(
                        "compress.as-written",
                        "accuracy is that of " + own.runtime().name() + " on what is written")
                .because("the same graph on " + request.runtime().name() + ": " + String.join("; ", figures)));
        return second;
    }

    private static List<CompressionReport.LayerAlone> sensitivity(Search search, Optional<Candidate> chosen) {
        return search.sensitivity().map(Sensitivity::layers).orElse(List.of()).stream()
                .map(alone -> new CompressionReport.LayerAlone(
                        alone.label(),
                        alone.op(),
                        alone.sqnrDecibel(),
                        alone.weights(),
                        chosen.filter(candidate -> candidate.made().changed().contains(alone.output()))
                                .isPresent()))
                .toList();
    }

    /** Where static INT8 is accurate enough and slower than float: which runtime makes it pay. Null elsewhere. */
    private @Nullable RuntimePayoff runtimes(List<Candidate> candidates, List<Variant> rows, Search search) {
        Map<String, Status> statuses = rows.stream().collect(Collectors.toMap(Variant::name, Variant::status));
        List<Candidate> int8 = candidates.stream()
                .filter(candidate -> candidate.recipe().staticInt8().isPresent())
                .toList();
        Optional<Candidate> slow = int8.stream()
                .filter(candidate -> statuses.get(candidate.name()) == Status.SLOWER)
                .max(Comparator.comparingDouble(search::sqnr));
        boolean pays = int8.stream().anyMatch(candidate -> statuses.get(candidate.name()) == Status.PASSED);
        Sessions reference = timing;
        if (pays
                || slow.isEmpty()
                || reference == null
                || request.others().stream().noneMatch(other -> other.probe() instanceof Availability.Present)) {
            return null;
        }
        return RuntimePayoff.measure(
                request.floatModel(),
                "int8",
                slow.get().model(),
                search.portableInt8(slow.get()),
                search.calibration().iterator().next(),
                reference,
                request.others(),
                request.timing(),
                request.nanoTime(),
                progress);
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

    private Map<String, Latency> latencies(Map<String, Model> models, Evaluation evaluation, SampleSource calibration) {
        Sessions timing = this.timing;
        if (timing == null) {
            return Map.of();
        }
        var running = new LinkedHashMap<>(models);
        running.keySet().removeAll(evaluation.failures().keySet());
        Map<String, Latency> latencies = Latency.measure(
                running, calibration.iterator().next(), timing, request.timing(), request.nanoTime(), progress);
        return latencies;
    }

    private Variant row(
            String name,
            Written written,
            Evaluation evaluation,
            Map<String, Latency> latencies,
            @Nullable Candidate candidate) {
        Integer integerNodes = candidate == null ? null : candidate.made().integerNodes();
        long bytes = written.bytes();
        String failure = written.failure().isEmpty() ? evaluation.failures().get(name) : written.failure();
        if (failure != null) {
            return Variant.failed(name, failure, bytes, integerNodes);
        }
        Outcome outcome = evaluation.outcome(name);
        Verdicts verdicts = evaluation.of(name);
        Latency latency = latencies.get(name);
        OptionalLong ram = ramBytes(written.model());
        List<Budgets.Broken> broken = request.budgets()
                .broken(bytes, ram, latency == null ? OptionalDouble.empty() : OptionalDouble.of(latency.p50Micros()));
        Status status = candidate == null ? Status.REFERENCE : Status.PASSED;
        String reason = "";
        if (candidate != null && outcome.drop() > request.budgets().maxDropPercent()) {
            status = Status.INACCURATE;
            reason = "loses %.2f %s, %.2f allowed"
                    .formatted(
                            outcome.drop(),
                            evaluation.scale().dropUnit(),
                            request.budgets().maxDropPercent());
        } else if (!broken.isEmpty()) {
            status = candidate == null ? Status.REFERENCE : Status.OVER_BUDGET;
            reason = broken.stream().map(Budgets.Broken::reason).collect(Collectors.joining("; "));
        } else if (candidate != null && candidate.recipe().sparse()) {
            status = Status.NO_GAIN;
            reason = "is as large as float and computed in the same way";
        } else if (candidate != null && latency != null && latency.isSlower() && !integerOnly()) {
            status = Status.SLOWER;
            reason = "takes %.2f times as long as float".formatted(latency.ratio());
        }
        return new Variant(
                name,
                status,
                reason,
                bytes,
                outcome.value(),
                outcome.interval(),
                candidate == null ? null : outcome.drop(),
                candidate == null ? null : outcome.dropInterval(),
                candidate == null || outcome.dropInterval() == null ? null : outcome.withinNoise(),
                candidate == null ? null : verdicts.agreementPercent(),
                candidate == null ? null : verdicts.sqnrDecibel(),
                latency == null ? null : latency.p50Micros(),
                latency == null ? null : latency.p99Micros(),
                latency == null ? null : latency.ratio(),
                latency == null ? null : latency.ratioInterval(),
                ram.isPresent() ? ram.getAsLong() : null,
                integerNodes);
    }

    private OptionalLong ramBytes(Model model) {
        ModelCost cost = Cost.of(model, pins);
        return cost.complete() ? OptionalLong.of(cost.peakActivationBytes()) : OptionalLong.empty();
    }

    private List<Preference.Point> points(List<Candidate> candidates, List<Variant> rows, Search search) {
        var byName = new HashMap<String, Candidate>();
        candidates.forEach(candidate -> byName.put(candidate.name(), candidate));
        var points = new ArrayList<Preference.Point>();
        for (Variant row : rows) {
            Candidate candidate = byName.get(row.name());
            Double ratio = row.ratio();
            Double drop = row.dropPercent();
            Interval interval = row.dropInterval();
            Long bytes = row.bytes();
            points.add(new Preference.Point(
                    row.name(),
                    candidate == null ? row.name() : candidate.kernels(),
                    row.status(),
                    bytes == null ? Long.MAX_VALUE : bytes,
                    ratio == null ? 1 : ratio,
                    // the same for metrics of which less is better
                    drop == null ? 0 : -drop,
                    interval == null || interval.high() <= request.budgets().maxDropPercent(),
                    candidate == null ? Double.POSITIVE_INFINITY : search.sqnr(candidate)));
        }
        return points;
    }

    /** The limit that holds even the nearest accurate variant back; null where the chosen one keeps to all. */
    private Budgets.@Nullable Broken binding(List<Variant> rows, boolean anyChosen) {
        if (anyChosen || !integerOnly() && !request.budgets().limitSizeOrTime()) {
            return null;
        }
        List<Variant> accurate = rows.stream()
                .filter(row -> row.status() == Status.OVER_BUDGET || row.status() == Status.REFERENCE && !integerOnly())
                .toList();
        if (integerOnly() && accurate.isEmpty()) {
            return withoutIntegers(rows.subList(1, rows.size()));
        }
        Budgets.Broken nearest = null;
        for (Variant row : accurate) {
            Long bytes = row.bytes();
            Long ram = row.ramBytes();
            Double micros = row.p50Micros();
            List<Budgets.Broken> broken = request.budgets()
                    .broken(
                            bytes == null ? 0 : bytes,
                            ram == null ? OptionalLong.empty() : OptionalLong.of(ram),
                            micros == null ? OptionalDouble.empty() : OptionalDouble.of(micros));
            if (broken.isEmpty()) {
                return null;
            }
            // the limit that it breaks by most is the one that holds it back
            Budgets.Broken worst = Collections.max(broken, Comparator.comparingDouble(Budgets.Broken::excess));
            if (nearest == null || worst.excess() < nearest.excess()) {
                nearest = new Budgets.Broken(worst.limit(), row.name() + ": " + worst.reason(), worst.excess());
            }
        }
        return nearest;
    }

    /** What keeps the model from being integer throughout: there is no float one to fall back on. */
    private static Budgets.Broken withoutIntegers(List<Variant> variants) {
        return variants.stream()
                .filter(row -> row.status() == Status.INACCURATE)
                .min(Comparator.comparingDouble(CompressionRun::lost))
                .map(row -> new Budgets.Broken("accuracy", row.name() + ": " + row.reason(), 1))
                .or(() -> variants.stream()
                        .findFirst()
                        .map(row -> new Budgets.Broken("integers", row.name() + ": " + row.reason(), 1)))
                .orElseGet(() -> new Budgets.Broken("integers", "the model itself, which has nothing to quantize", 1));
    }

    private static double lost(Variant row) {
        Double drop = row.dropPercent();
        return drop == null ? Double.MAX_VALUE : drop;
    }

    private void describe(Candidate candidate, Search search) {
        keptFloat = candidate.made().keptFloat();
        layers = LayerSignals.measure(
                search.followed(candidate),
                candidate.made(),
                SampleSplit.some(
                        search.calibration(), LAYER_SAMPLES, !request.state().isEmpty()),
                sessions);
    }

    private void addGateProblems(Evaluation evaluation, List<Variant> rows, Optional<Candidate> chosen) {
        String unit = evaluation.scale().dropUnit();
        if (!evaluation.metric().isLabelled()) {
            problems.add(Problem.usage(
                            "compress.no-labels", "accuracy is agreement with the float model, not with the truth")
                    .because(
                            request.judging().metric() == Metric.AGREEMENT
                                    ? "that is the metric that was asked for"
                                    : "the samples have no labels that can be compared with the model's output")
                    .attempt("labelled samples"));
        }
        for (Variant row : rows) {
            Interval interval = row.dropInterval();
            boolean isChosen = chosen.filter(candidate -> candidate.name().equals(row.name()))
                    .isPresent();
            if (isChosen
                    && interval != null
                    && interval.high() > request.budgets().maxDropPercent()) {
                problems.add(Problem.usage(
                                "compress.gate-uncertain",
                                "a drop above %.2f %s can't be ruled out"
                                        .formatted(request.budgets().maxDropPercent(), unit))
                        .at(row.name())
                        .because("%d %s it between %.2f and %.2f %s (95 %%)"
                                .formatted(
                                        evaluation.judged(),
                                        evaluation.judged() == 1 ? "sample puts" : "samples put",
                                        interval.low(),
                                        interval.high(),
                                        unit))
                        .attempt("more labelled samples"));
            }
        }
        boolean tried = rows.size() > 1;
        if (chosen.isEmpty() && tried && binding(rows, false) == null) {
            problems.add(kept(rows, unit));
        }
    }

    /** Why the float model is. */
    private Problem kept(List<Variant> rows, String unit) {
        List<Variant> variants = rows.subList(1, rows.size());
        if (variants.stream().allMatch(row -> row.status() == Status.FAILED)) {
            return Problem.gate("compress.failed", "the float model is kept")
                    .because("no variant could be run and judged; the reason stands beside each")
                    .attempt("what the first of them names");
        }
        return variants.stream().anyMatch(row -> row.status() == Status.SLOWER)
                ? Problem.gate("compress.slower", "the float model is kept")
                        .because("no variant that is accurate enough is faster than it on this machine")
                        .attempt("choosing by size, where bytes matter more than time")
                : Problem.gate("compress.inaccurate", "the float model is kept")
                        .because("no variant%s stays within %.2f %s"
                                .formatted(
                                        variants.stream().anyMatch(row -> row.status() == Status.NO_GAIN)
                                                ? " that gains anything"
                                                : "",
                                        request.budgets().maxDropPercent(),
                                        unit))
                        .attempt("more calibration samples")
                        .attempt("a larger drop, if that is acceptable");
    }
}
