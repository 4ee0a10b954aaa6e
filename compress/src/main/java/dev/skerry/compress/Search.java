package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.measure.Progress;
import dev.skerry.model.Cost;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the variants that are worth judging: makes all that the recipe book knows for this request, compares them with the
 * float model on some of the calibration samples, finds out which layers hurt and leaves those float, and lets the truest of
 * each kind go on. Evaluation samples have no part in it.
 */
final class Search {
    private static final int SCREENING_SAMPLES = 48;
    private static final int LEAST_SCREENING_SAMPLES = 8;
    private static final int SENSITIVITY_SAMPLES = 16;

    /** Variants beyond the truest of each kind. */
    private static final int MOST_OTHERS = 3;

    /** Work that screening and judging may be, in arithmetic operations: by count and not by time, so that the same request
     * always compares the same variants. */
    private static final long SCREENING_OPERATIONS = 40_000_000_000L;

    private static final long SENSITIVITY_OPERATIONS = 40_000_000_000L;
    private static final long JUDGING_OPERATIONS = 400_000_000_000L;

    /** Judging by all samples may take this long, and by part of them where it would take longer. */
    private static final long JUDGING_NANOS = 150_000_000_000L;

    /** Outputs this true need no layer left float. */
    private static final double TRUE_ENOUGH_DECIBEL = 30;

    private static final double NEARLY_AS_TRUE_DECIBEL = 6;

    /** Shares of the noise that remain when the layers that hurt stay float. */
    private static final List<Double> REMAINING_NOISE = List.of(0.25, 0.05);

    private final CompressionRequest request;
    private final Sessions sessions;
    private SampleSource calibration;
    private final Progress progress;
    private final Remembered remembered;
    private final List<Problem> problems = new ArrayList<>();
    private List<KeptFloat> keptFloat = List.of();

    /** Why the recipe that last came to nothing did. */
    private List<KeptFloat> unchanged = List.of();

    private BitSet classes = new BitSet();
    private InputRanges inputs = new InputRanges();
    private Model prepared;
    private @Nullable Studied studied;
    private @Nullable Screening screening;
    private @Nullable Sensitivity sensitivity;
    private long calibrationSamples;
    private long inferenceNanos;
    private long operations = 1;
    private int chosen;

    Search(
            CompressionRequest request,
            Sessions sessions,
            SampleSource calibration,
            Progress progress,
            Remembered remembered) {
        this.request = request;
        this.sessions = sessions;
        this.calibration = calibration;
        this.progress = progress;
        this.remembered = remembered;
        prepared = request.floatModel();
    }

    /** Empty where nothing can be made smaller; {@link #problems} says why. */
    List<Candidate> candidates() {
        AlreadyInteger.note(request.floatModel().graph()).ifPresent(problems::add);
        switch (Passes.prepare(request.floatModel())) {
            case Preparation.Obstacle(Problem problem) -> {
                problems.add(problem);
                keptFloat = FloatParts.all(request.floatModel().graph(), problem.what());
                return List.of();
            }
            case Preparation.Ready(Model ready) -> prepared = ready;
        }
        if (request.layout().integerOnly()) {
            prepared = ChannelsLast.prefer(prepared, pins());
        }
        Studied known = study();
        studied = known;
        Set<Set<String>> structures = new HashSet<>();
        List<Candidate> candidates = make(RecipeBook.lines(request, prepared.graph()), known, structures);
        boolean mayBeFloat = !request.layout().integerOnly();
        if (mayBeFloat && RecipeBook.triesInt8(request)) {
            candidates.addAll(make(Stem.lines(request, prepared.graph()), known, structures));
        }
        if (mayBeFloat) {
            candidates.addAll(make(RecipeBook.winograd(request, prepared), known, structures));
        }
        if (candidates.isEmpty()) {
            nothing();
            return List.of();
        }
        Screening screened = screening(candidates.size());
        screened.compare(candidates);
        List<RecipeBook.Line> someFloat = leavingSomeFloat(candidates, known, screened);
        candidates.addAll(make(mayBeFloat ? someFloat : List.of(), known, structures));
        screened.compare(candidates);
        candidates.addAll(make(refined(candidates, screened), known, structures));
        screened.compare(candidates);
        candidates.addAll(make(mayBeFloat ? completed(candidates, screened) : List.of(), known, structures));
        screened.compare(candidates);
        candidates.addAll(make(narrowed(candidates, screened), known, structures));
        screened.compare(candidates);
        return shortlist(candidates, screened);
    }

    /** A variant's INT8 as microcontrollers and TensorFlow Lite want it, all layers in it. */
    Model portableInt8(Candidate candidate) {
        StaticInt8 int8 = candidate.recipe().staticInt8().orElseThrow();
        var portable = new StaticInt8(Scope.all(request.keepFloat()), int8.ranges(), ActivationScheme.TFLITE);
        return portable.apply(Objects.requireNonNull(studied)).model();
    }

    private Studied study() {
        var plain = new Studied(prepared, calibration, sessions, progress);
        Calibration calibrated = plain.calibration();
        calibrationSamples = calibrated.samples();
        classes = calibrated.classes();
        inputs = calibrated.inputs();
        operations = Math.max(1, Cost.of(prepared, pins()).operations());
        prepared = prepared.withGraph(DenseLayers.join(prepared.graph(), calibrated.ranks()));
        problems.addAll(calibrated.problems());
        if (calibrationSamples < calibration.size()) {
            calibration = new FiniteSamples(calibration, calibrationSamples);
        }
        return plain.withSameValues(prepared).on(calibration);
    }

    /** Makes all; of new lines whose first has the structure of one that was made before only that one. */
    private List<Candidate> make(List<RecipeBook.Line> lines, Studied studied, Set<Set<String>> structures) {
        var candidates = new ArrayList<Candidate>();
        for (RecipeBook.Line line : lines) {
            boolean first = !line.again();
            for (Recipe plain : line.recipes()) {
                Recipe recipe = RecipeBook.written(request, plain);
                Sessions.stopIfInterrupted();
                Rewritten made = remembered.made(recipe.name(), studied.model(), () -> recipe.make(studied));
                if (made.changed().isEmpty()) {
                    unchanged = made.keptFloat();
                }
                if (made.changed().isEmpty() || first && !structures.add(structure(made))) {
                    break;
                }
                first = false;
                candidates.add(Candidate.of(line.kernels(), recipe, made));
            }
        }
        return candidates;
    }

    /** Equal for models that differ in numbers only. */
    private static Set<String> structure(Rewritten made) {
        Set<String> structure = new HashSet<>();
        for (Graph graph : Subgraphs.all(made.model().graph())) {
            graph.nodes().forEach(node -> structure.add(node.op() + " " + node.outputs()));
            graph.initializers().values().forEach(tensor -> structure.add(tensor.type() + " " + tensor.shape()));
        }
        return structure;
    }

    private void nothing() {
        boolean pruning = request.method() == CompressionRequest.Method.PRUNE;
        keptFloat = pruning
                ? unchanged
                : FloatParts.all(prepared.graph(), "nothing that ONNX Runtime could run in integers");
        if (AlreadyInteger.note(request.floatModel().graph()).isPresent()) {
            keptFloat = List.of();
            return;
        }
        String what = pruning ? "no channel of this model can be removed" : "no layer of this model can be quantized";
        problems.add(Problem.usage("compress.nothing", what)
                .because(
                        keptFloat.isEmpty()
                                ? "it has no layers with weights"
                                : keptFloat.size() + " layers with weights stay "
                                        + (pruning ? "as they are" : "float") + ", the first is "
                                        + keptFloat.getFirst().node() + ": "
                                        + keptFloat.getFirst().reason()));
    }

    private Screening screening(int variants) {
        SampleSource some = SampleSplit.some(
                calibration,
                Math.clamp(
                        SCREENING_OPERATIONS / (operations * (variants + 1)),
                        LEAST_SCREENING_SAMPLES,
                        SCREENING_SAMPLES),
                inOrder());
        inferenceNanos = remembered.measured("time of float", () -> fastestInference(some));
        screening = new Screening(request.floatModel(), some, sessions, progress, remembered);
        return screening;
    }

    /** The truest INT8 variant again, without the layers that make most of its noise, where it has any to speak of. */
    private List<RecipeBook.Line> leavingSomeFloat(List<Candidate> candidates, Studied studied, Screening screened) {
        Optional<Candidate> truest = candidates.stream()
                .filter(candidate -> candidate.recipe().staticInt8().isPresent())
                .max(Comparator.comparingDouble(screened::sqnr));
        if (truest.isEmpty()) {
            return List.of();
        }
        StaticInt8 int8 = truest.get().recipe().staticInt8().orElseThrow();
        long layers = truest.get().made().changed().size();
        long affordable = SENSITIVITY_OPERATIONS / (operations * layers);
        if (layers > 1 && affordable >= 2) {
            sensitivity = remembered.sensitivity(
                    int8.label(),
                    () -> Sensitivity.measure(
                            studied,
                            int8,
                            SampleSplit.some(calibration, Math.min(SENSITIVITY_SAMPLES, affordable), inOrder()),
                            sessions,
                            progress));
        }
        if (sensitivity == null || screened.sqnr(truest.get()) >= TRUE_ENOUGH_DECIBEL) {
            return List.of();
        }
        var lines = new ArrayList<RecipeBook.Line>();
        for (double remaining : REMAINING_NOISE) {
            Set<String> worst = sensitivity.worst(remaining, truest.get().made().changed());
            if (!worst.isEmpty()) {
                lines.add(RecipeBook.mixed(int8, worst));
            }
        }
        return lines;
    }

    /**
     * One INT8 variant again, as true as techniques make it that leave its kernels as they are: the truest, or one with more in
     * integers that is nearly as true, since it is likely to be the faster.
     */
    private List<RecipeBook.Line> refined(List<Candidate> candidates, Screening screened) {
        List<Candidate> whole = withAllLayers(candidates);
        double best = whole.stream().mapToDouble(screened::sqnr).max().orElse(0);
        return whole.stream()
                .filter(candidate -> screened.sqnr(candidate) >= best - NEARLY_AS_TRUE_DECIBEL)
                .max(Comparator.<Candidate>comparingInt(
                                candidate -> candidate.made().integerNodes())
                        .thenComparingDouble(screened::sqnr))
                .map(truest -> RecipeBook.refined(
                        truest.kernels(), truest.recipe().staticInt8().orElseThrow(), prepared.graph()))
                .orElse(List.of());
    }

    /** The truest INT8 variant with all layers in it, and the truest of all, with what they leave float made smaller too. */
    private List<RecipeBook.Line> completed(List<Candidate> candidates, Screening screened) {
        var bases = new LinkedHashSet<Recipe>();
        truestWithAllLayers(candidates, screened)
                .map(candidate -> candidate.recipe().unwritten())
                .ifPresent(bases::add);
        candidates.stream()
                .filter(candidate -> candidate.recipe().staticInt8().isPresent())
                .max(Comparator.comparingDouble(screened::sqnr))
                .map(candidate -> candidate.recipe().unwritten())
                .ifPresent(bases::add);
        return bases.stream()
                .flatMap(int8 -> RecipeBook.completed(request, int8).stream())
                .toList();
    }

    private static Optional<Candidate> truestWithAllLayers(List<Candidate> candidates, Screening screened) {
        return withAllLayers(candidates).stream().max(Comparator.comparingDouble(screened::sqnr));
    }

    private static List<Candidate> withAllLayers(List<Candidate> candidates) {
        return candidates.stream()
                .filter(candidate -> candidate
                        .recipe()
                        .staticInt8()
                        .filter(int8 -> int8.scope().sensitive().isEmpty())
                        .isPresent())
                .toList();
    }

    /** With fewer channels too, where size counts most or a limit holds all others back. Time isn't known yet, so its limit counts. */
    private List<RecipeBook.Line> narrowed(List<Candidate> candidates, Screening screened) {
        boolean wanted = request.goal() == CompressionRequest.Goal.SIZE
                || request.budgets().maxMicros().isPresent()
                || request.budgets().limitSizeOrTime() && candidates.stream().noneMatch(this::keepsToLimits);
        return wanted && request.method() == CompressionRequest.Method.AUTO
                ? truestWithAllLayers(candidates, screened)
                        .flatMap(candidate -> candidate.recipe().staticInt8())
                        .map(int8 -> RecipeBook.narrowed(request, int8))
                        .orElse(List.of())
                : List.of();
    }

    private boolean keepsToLimits(Candidate candidate) {
        ModelCost cost = Cost.of(candidate.model(), pins());
        OptionalLong ram = cost.complete() ? OptionalLong.of(cost.peakActivationBytes()) : OptionalLong.empty();
        return request.budgets()
                .broken(candidate.bytes(), ram, OptionalDouble.empty())
                .isEmpty();
    }

    /** Sizes of named dimensions, as the samples have them. */
    Map<String, Long> pins() {
        Sample sample = calibration.iterator().next();
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

    /** The truest of each kind, then others while there is time. */
    private List<Candidate> shortlist(List<Candidate> candidates, Screening screened) {
        Comparator<Candidate> truest =
                Comparator.comparingDouble(screened::sqnr).reversed();
        var first = new ArrayList<Candidate>();
        var rest = new ArrayList<Candidate>();
        candidates.stream().map(Candidate::kernels).distinct().forEach(kernels -> {
            List<Candidate> ofKind = candidates.stream()
                    .filter(candidate -> candidate.kernels().equals(kernels))
                    .sorted(truest)
                    .toList();
            first.add(ofKind.getFirst());
            rest.addAll(ofKind.subList(1, ofKind.size()));
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
        return SampleSplit.some(evaluation, taken, inOrder());
    }

    private boolean inOrder() {
        return !request.state().isEmpty();
    }

    /** Ratio of a candidate's outputs on some of the calibration samples. */
    double sqnr(Candidate candidate) {
        return screening == null ? Double.NEGATIVE_INFINITY : screening.sqnr(candidate);
    }

    /** The calibration samples that can be used. */
    SampleSource calibration() {
        return calibration;
    }

    Model prepared() {
        return prepared;
    }

    Optional<Sensitivity> sensitivity() {
        return Optional.ofNullable(sensitivity);
    }

    /** The float model whose values those of a candidate stand for. */
    Model followed(Candidate candidate) {
        return studied == null ? prepared : candidate.recipe().followed(studied);
    }

    /** What the calibration samples look like; nothing is known of them before there are candidates. */
    InputRanges inputs() {
        return inputs;
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

    List<KeptFloat> keptFloat() {
        return keptFloat;
    }
}
