package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.Cost;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.Sample;
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
import java.util.stream.Collectors;

/**
 * Finds the variants that are worth judging. All scopes with all range methods are made, and compared with the float model on
 * some of the calibration samples; the truest of each scope go on. So the evaluation samples have no part in the choice of
 * ranges and operators.
 */
final class Search {
    private static final int SCREENING_SAMPLES = 48;

    private static final int LEAST_SCREENING_SAMPLES = 8;

    /** Variants beyond the truest of each scope. */
    private static final int MOST_OTHERS = 3;

    /** Work that screening and judging may be, in arithmetic operations: by count and not by time, so that the same request
     * always compares the same variants. */
    private static final long SCREENING_OPERATIONS = 40_000_000_000L;

    private static final long JUDGING_OPERATIONS = 400_000_000_000L;

    /** Judging by all samples may take this long, and by part of them where it would take longer. */
    private static final long JUDGING_NANOS = 36_000_000_000L;

    private final CompressionRequest request;
    private final Sessions sessions;
    private final SampleSource calibration;
    private final Progress progress;
    private final List<Problem> problems = new ArrayList<>();
    private final Map<String, Double> sqnr = new HashMap<>();
    private List<CompressionReport.KeptFloat> keptFloat = List.of();
    private BitSet classes = new BitSet();
    private Model prepared;
    private long calibrationSamples;
    private long inferenceNanos;
    private long operations = 1;
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
        var plain = new Studied(prepared, calibration, sessions, progress);
        Calibration calibrated = plain.calibration();
        calibrationSamples = calibrated.samples();
        classes = calibrated.classes();
        operations = Math.max(
                1, Cost.of(prepared, pins(calibration.iterator().next())).operations());
        prepared = prepared.withGraph(DenseLayers.join(prepared.graph(), calibrated.ranks()));
        problems.addAll(calibrated.problems());
        Studied studied = plain.withSameValues(prepared);
        var candidates = new ArrayList<Candidate>();
        Set<Set<String>> structures = new HashSet<>();
        for (Scope scope : List.of(
                Scope.all(request.keepFloat()),
                Scope.layers(request.keepFloat()),
                Scope.convolutions(request.keepFloat()))) {
            for (RangeMethod method : request.ranges()) {
                Sessions.stopIfInterrupted();
                Recipe recipe = Recipe.of(new StaticInt8(scope, method, request.scheme()));
                Rewritten made = recipe.make(studied);
                if (made.changed().isEmpty()) {
                    continue;
                }
                if (method == request.ranges().getFirst() && !structures.add(structure(made))) {
                    break;
                }
                candidates.add(Candidate.of(recipe, made));
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

    /** Equal for models that differ in numbers only. */
    private static Set<String> structure(Rewritten made) {
        Set<String> structure = new HashSet<>();
        made.model().graph().nodes().forEach(node -> structure.add(node.op() + " " + node.outputs()));
        return structure;
    }

    /** Sizes of named dimensions, as a sample has them. */
    private Map<String, Long> pins(Sample sample) {
        var pins = new HashMap<>(request.dims());
        for (ValueInfo input : prepared.graph().dataInputs()) {
            Tensor tensor = sample.inputs().get(input.name());
            if (tensor != null
                    && input.type() instanceof ValueType.OfTensor type
                    && type.shape() != null
                    && type.shape().rank() == tensor.rank()) {
                for (int axis = 0; axis < tensor.rank(); axis++) {
                    if (type.shape().dim(axis) instanceof Dim.Symbolic symbol) {
                        pins.put(symbol.name(), tensor.dims()[axis]);
                    }
                }
            }
        }
        return pins;
    }

    private void screen(List<Candidate> candidates) {
        var models = new LinkedHashMap<String, Model>();
        models.put(Evaluation.FLOAT, request.floatModel());
        candidates.forEach(candidate -> models.put(candidate.name(), candidate.model()));
        SampleSource some = SampleSplit.some(
                calibration,
                Math.clamp(
                        SCREENING_OPERATIONS / (operations * models.size()),
                        LEAST_SCREENING_SAMPLES,
                        SCREENING_SAMPLES),
                !request.state().isEmpty());
        Evaluation screening = Evaluation.run(models, some, sessions, "screening", progress);
        inferenceNanos = fastestInference(some);
        candidates.forEach(candidate -> sqnr.put(
                candidate.name(),
                screening.failures().containsKey(candidate.name())
                        ? Double.NEGATIVE_INFINITY
                        : orLowest(screening.of(candidate.name()).sqnrDecibel())));
    }

    /** The float model's shortest time of a few, so that a busy machine doesn't count. */
    private long fastestInference(SampleSource samples) {
        long fastest = Long.MAX_VALUE;
        try (Sessions.Open session = sessions.open(request.floatModel(), "float")) {
            for (Sample sample : samples) {
                long start = request.nanoTime().getAsLong();
                session.infer(sample);
                fastest = Math.min(fastest, request.nanoTime().getAsLong() - start);
            }
        }
        return fastest;
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
        candidates.stream().map(Search::kernels).distinct().forEach(kernels -> {
            List<Candidate> ofScope = candidates.stream()
                    .filter(candidate -> kernels(candidate).equals(kernels))
                    .sorted(truest)
                    .toList();
            first.add(ofScope.getFirst());
            rest.addAll(ofScope.subList(1, ofScope.size()));
        });
        long affordable = JUDGING_OPERATIONS
                / (operations * Math.max(1, request.evaluation().size()));
        rest.stream()
                .sorted(truest)
                .limit(Math.clamp(affordable - first.size(), 0, MOST_OTHERS))
                .forEach(first::add);
        chosen = first.size();
        return first;
    }

    /** Equal for candidates that run the same kernels: ranges change numbers only. */
    static String kernels(Candidate candidate) {
        return candidate.recipe().techniques().stream()
                .map(technique -> switch (technique) {
                    case StaticInt8 int8 -> "int8-" + int8.scope().name();
                })
                .collect(Collectors.joining("-"));
    }

    /** The samples to judge by: all of them, unless that takes minutes. */
    SampleSource affordable(SampleSource evaluation, List<Problem> into) {
        long most = JUDGING_NANOS / Math.max(1, inferenceNanos * (chosen + 1));
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
