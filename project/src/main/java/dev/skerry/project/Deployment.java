package dev.skerry.project;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Digest;
import dev.skerry.bundle.SigningKey;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.bundle.Verification;
import dev.skerry.compress.ActivationScheme;
import dev.skerry.compress.Budgets;
import dev.skerry.compress.Compression;
import dev.skerry.compress.CompressionReport;
import dev.skerry.compress.CompressionRequest;
import dev.skerry.compress.RangeMethod;
import dev.skerry.compress.SearchJournal;
import dev.skerry.measure.LatencySummary;
import dev.skerry.model.Cost;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ModelFormat;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SpreadSamples;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import dev.skerry.runner.RunnerProcess;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceClass;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.MemoryMeter;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.Selection;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.SelectionRow;
import dev.skerry.runtime.Tolerance;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What follows what: inspect, compress, select, pack, verify, run. Each step tells the listener what it found, and a later
 * one starts from what an earlier one kept where nothing has changed since.
 */
public final class Deployment {
    /** Those that a bundle may be for. */
    public static final List<String> RUNTIMES = List.of("onnxruntime", "tflite", CompiledRuntime.NAME);

    private static final Duration TIMING = Duration.ofSeconds(6);
    private static final Duration SELECTION = Duration.ofSeconds(6);
    private static final int SELECTION_SAMPLES = 32;
    /** One thread runs on the caller's thread, with its priority and core, so a second one has to earn its place. */
    private static final double SECOND_THREAD_GAIN = 0.9;

    /** What rounding twice instead of once does to the outputs of a network of ten layers, measured: 3. */
    private static final double ROUNDED_STEPS = 4;

    private static final double NOISE = 1.03;

    private final Workbench bench;
    private final DeployOptions options;
    private final DeployListener listener;
    private final Device device = DeviceProbe.probe();
    private final List<BundleManifest.Measured> elsewhere = new ArrayList<>();

    public Deployment(Workbench bench, DeployOptions options, DeployListener listener) {
        this.bench = bench;
        this.options = options;
        this.listener = listener;
    }

    /** All of it but the run: a verified bundle. */
    public PackedBundle bundle() {
        inspect();
        PackedBundle bundle = pack(choose());
        verify(bundle);
        return bundle;
    }

    /** What was chosen before, where nothing has changed since. */
    static Optional<Choice> kept(Workbench bench) {
        return Choice.load(bench.work(), basis(bench));
    }

    /** The bundle of the project; what was chosen before is taken where nothing has changed. */
    public PackedBundle pack() {
        return pack(kept(bench)
                .filter(choice -> options.runtime() == null || choice.runtime().equals(options.runtime()))
                .orElseGet(this::choose));
    }

    public void inspect() {
        Path file = bench.config().model();
        try {
            listener.finished(new DeployStep.Inspected(
                    file,
                    Files.size(file),
                    bench.model(),
                    bench.isSettled(),
                    Cost.of(bench.model(), bench.config().dims()),
                    bench.frame(),
                    device));
        } catch (IOException e) {
            throw Problem.usage("project.unreadable", "the model can't be read")
                    .at(file.toString())
                    .because(e.getMessage())
                    .toException();
        }
    }

    /** Compresses and selects, and keeps what was chosen. */
    public Choice choose() {
        SampleSource evaluation = bench.evaluation();
        SampleSource own = bench.calibration();
        SampleSource calibration = own == null ? evaluation : own;
        var provenance = Provenance.of(bench, calibration, evaluation, device);
        SearchJournal journal = SearchJournal.in(bench.work().resolve("search"), provenance.key());
        CompressionReport compressed = compress(ModelFormat.ONNX, calibration, evaluation, provenance, journal);
        listener.finished(new DeployStep.Compressed(compressed));
        if (compressed.binding() != null) {
            journal.finished();
        }
        requireWithinLimits(compressed);
        boolean smaller = !compressed.chosen().equals("float");
        // the first word of a variant's name is what it is made by, but for equalization, which is made before
        String word = compressed.chosen().replaceFirst("^eq-", "").replaceFirst("-.*", "");
        String given = given();
        String made = word.equals("eq") ? RuntimeContest.precision(compressed.output()) : word;
        String precision = made.equals(given) ? made + "-smaller" : made;
        Path core = bench.work().resolve("core.onnx");
        ModelFile.write(compressed.output(), core);

        var variants = new ArrayList<Selection.Variant>();
        variants.add(fused(given, bench.model(), tolerance(bench.model())));
        if (smaller) {
            variants.add(fused(precision, compressed.output(), Tolerance.SAME_DECISIONS));
        }
        var request = new Selection.Request(
                variants,
                device.cores() > 1 ? List.of(1, 2) : List.of(1),
                bench.config().stateOutputToInput(),
                bench.config().dims(),
                alike(bench.frames()),
                List.of(),
                SELECTION);
        var runtimes = new ArrayList<RuntimeProvider>(List.of(bench.runtime()));
        runtimes.addAll(others());
        runtimes.addAll(HostCompiler.of(bench.config(), bench.work(), device).runtimes());
        SelectionReport report = reproducible(
                new Selection(runtimes, options.nanoTime()).measure(request, MemoryMeter.NONE, listener.progress()),
                compressed.output());
        SelectionRow row = best(
                taken(report),
                given,
                smaller ? precision : "",
                bench.config().compression().preferSize());
        boolean keepsSmaller = !row.precision().equals(given);
        if (smaller && !keepsSmaller) {
            ModelFile.write(bench.model(), core);
        }
        var choice = new Choice(
                basis(bench),
                core,
                keepsSmaller ? compressed.chosen() : "float",
                row.runtime(),
                row.provider() == null ? "cpu" : row.provider(),
                row.threads(),
                row.precision(),
                options.runtime() == null ? reason(report, row) : "asked for",
                SampleDigest.of(calibration),
                measured(report, row));
        choice.save(bench.work());
        journal.finished();
        listener.finished(new DeployStep.Selected(report, choice));
        return choice;
    }

    /**
     * Compresses only.
     *
     * @param format what the result will be written in
     * @param search a folder for what lets an interrupted search go on; it is gone once {@code delivery} has returned
     * @param delivery takes the report and writes what is to stay
     */
    public void compress(ModelFormat format, Path search, Consumer<CompressionReport> delivery) {
        SampleSource evaluation = bench.evaluation();
        SampleSource own = bench.calibration();
        SampleSource calibration = own == null ? evaluation : own;
        var provenance = Provenance.of(bench, calibration, evaluation, device);
        boolean isFresh = !Files.isDirectory(search);
        SearchJournal journal = SearchJournal.in(search, provenance.key());
        try {
            delivery.accept(compress(format, calibration, evaluation, provenance, journal));
        } catch (ProblemException failed) {
            if (isFresh && !canGoOn(failed.problem())) {
                journal.finished();
            }
            throw failed;
        }
        journal.finished();
    }

    /** Whether the same request may end better next time, so that it pays to keep what was made. */
    private static boolean canGoOn(Problem problem) {
        return switch (problem.kind()) {
            case ENVIRONMENT, REMOTE -> true;
            case USAGE, GATE ->
                problem.code().equals("compress.evaluator") || problem.code().equals("compress.cancelled");
        };
    }

    /**
     * Ends the work where no variant keeps to the limits that were set.
     *
     * @throws dev.skerry.problem.ProblemException {@code compress.budget}
     */
    public static void requireWithinLimits(CompressionReport report) {
        Budgets.Broken binding = report.binding();
        if (binding != null
                && (binding.limit().equals("accuracy") || binding.limit().equals("integers"))) {
            throw Problem.gate("compress.integer-only", "nothing of integers only passes, so no model was written")
                    .at("limit of " + binding.limit())
                    .because("the nearest is " + binding.reason())
                    .attempt(
                            binding.limit().equals("accuracy")
                                    ? "a larger --max-drop, or more calibration samples"
                                    : "a model without what is named, or parts of it in float: without --integer-only and --fit")
                    .toException();
        }
        if (binding != null) {
            throw Problem.gate("compress.budget", "nothing that was tried keeps to all limits, so no model was written")
                    .at("limit of " + binding.limit())
                    .because("the nearest is " + binding.reason())
                    .attempt(
                            switch (binding.limit()) {
                                case "size" -> "a larger --max-size, a larger --max-drop, or --prefer size";
                                case "ram" -> "a larger --max-ram, or --method prune: fewer channels make fewer values";
                                default -> "a longer --max-latency, or a faster machine";
                            })
                    .toException();
        }
    }

    private CompressionReport compress(
            ModelFormat format,
            SampleSource calibration,
            SampleSource evaluation,
            Provenance provenance,
            SearchJournal journal) {
        ProjectConfig config = bench.config();
        var request = CompressionRequest.of(
                        bench.model(), calibration, evaluation, scheme(format), bench.runtime(), options.nanoTime())
                .withFormat(format)
                .withState(config.stateOutputToInput())
                .withDims(config.dims())
                .withBudgets(config.budget().limits())
                .withJudging(config.judged().judging())
                .withKeepFloat(Set.copyOf(config.compression().keepFloat()))
                .withRanges(ranges(config.compression().range()))
                .withLayout(config.compression().layout())
                .withOthers(others())
                .withTiming(TIMING)
                .withMethod(config.compression().method())
                .withGoal(
                        config.compression().preferSize()
                                ? CompressionRequest.Goal.SIZE
                                : CompressionRequest.Goal.SPEED);
        CompressionReport report = Compression.run(request, listener.progress(), journal);
        CompressionReport reproducible = report.with(provenance.reproduction(report, options.command()));
        return bench.isSettled() ? reproducible.noting(settled()) : reproducible;
    }

    private Problem settled() {
        var constants = bench.pipeline().constants();
        return Problem.usage("compress.settled", "branches that the constants rule out are left out, in float too")
                .at(String.join(", ", constants.keySet()))
                .because("what is made of the model is for "
                        + constants.entrySet().stream()
                                .map(entry -> entry.getKey() + " = "
                                        + entry.getValue().stream()
                                                .map(value -> value == Math.rint(value)
                                                        ? Long.toString(Math.round(value))
                                                        : Double.toString(value))
                                                .collect(Collectors.joining(", ")))
                                .collect(Collectors.joining("; "))
                        + " alone")
                .attempt("no constants, and these inputs in the samples, to keep all branches");
    }

    /** Whether they can work here is found out where one is needed: that loads their libraries. */
    private List<RuntimeProvider> others() {
        return Runtimes.all().stream()
                .filter(runtime -> !runtime.name().equals(bench.runtime().name())
                        && !runtime.name().equals(CompiledRuntime.NAME))
                .toList();
    }

    private ActivationScheme scheme(ModelFormat format) {
        return bench.config()
                .compression()
                .scheme()
                .orElseGet(() -> format == ModelFormat.TFLITE ? ActivationScheme.TFLITE : fastScheme());
    }

    private ActivationScheme fastScheme() {
        return switch (bench.config().target()) {
            case THIS_MACHINE ->
                device.isArm()
                        ? ActivationScheme.S8S8
                        : device.saturatesInt8() ? ActivationScheme.U8S8_REDUCED : ActivationScheme.U8S8;
            // A machine that nobody has looked at yet may lack VNNI; seven bits are safe on all.
            case LINUX_X64 -> ActivationScheme.U8S8_REDUCED;
            case LINUX_ARM64 -> ActivationScheme.S8S8;
        };
    }

    private static List<RangeMethod> ranges(String range) {
        return range.equals("auto")
                ? RangeMethod.SEARCHED
                : Stream.of(RangeMethod.values())
                        .filter(method -> method.label().equals(range))
                        .toList();
    }

    /** Runtimes round integers each in its own way: by a few steps of the output, or the decisions are the same. */
    static Tolerance tolerance(Model model) {
        boolean hasIntegers = model.graph().nodes().stream()
                .anyMatch(node -> node.is("QuantizeLinear") || node.is("DequantizeLinear"));
        boolean endsInSteps = model.graph().outputs().stream()
                .anyMatch(output -> output.type() instanceof ValueType.OfTensor(DataType element, var _)
                        && element == DataType.INT8);
        return hasIntegers
                ? Tolerance.SAME_DECISIONS.withRounding(
                        ROUNDED_STEPS * (endsInSteps ? 1 : GoldenMaker.coarsestStep(model)))
                : Tolerance.SAME_MODEL;
    }

    private Selection.Variant fused(String precision, Model core, Tolerance tolerance) {
        Path file = bench.work().resolve("fused-" + precision + ".onnx");
        ModelFile.write(bench.fuse(core), file);
        return new Selection.Variant(precision, file, tolerance);
    }

    /**
     * Rows of TensorFlow Lite that wouldn't reproduce what the graph means within the tolerance of golden vectors are rejected: a bundle
     * couldn't be packed for them.
     */
    private SelectionReport reproducible(SelectionReport report, Model smaller) {
        var kept = new ArrayList<SelectionRow>();
        var rejected = new ArrayList<SelectionRow>();
        var reasons = new HashMap<String, Optional<Problem>>();
        for (SelectionRow row : report.rows()) {
            if (!row.runtime().equals(Packing.TFLITE_RUNTIME) || row.status() != SelectionRow.Status.OK) {
                kept.add(row);
                continue;
            }
            Optional<Problem> refused = reasons.computeIfAbsent(
                    row.precision(),
                    precision -> Packing.refusal(bench, precision.equals(given()) ? bench.model() : smaller));
            refused.ifPresentOrElse(
                    problem -> rejected.add(row.rejected(problem.what() + ": " + problem.why())), () -> kept.add(row));
        }
        kept.addAll(rejected);
        return new SelectionReport(kept);
    }

    /** What was measured of the chosen model: the choice first, then the others by their time. */
    private BundleManifest.Measured measured(SelectionReport report, SelectionRow chosen) {
        DeviceClass here = DeviceClass.of(device);
        return new BundleManifest.Measured(
                here.arch(),
                here.features(),
                device.cores(),
                Stream.concat(Stream.of(chosen), report.rows().stream().filter(row -> !row.equals(chosen)))
                        .filter(row -> row.precision().equals(chosen.precision())
                                && row.status() == SelectionRow.Status.OK
                                && (!row.runtime().equals(CompiledRuntime.NAME)
                                        || chosen.runtime().equals(CompiledRuntime.NAME)))
                        .map(HereCheck::timing)
                        .toList());
    }

    /** What was measured on machines of other classes, to be packed too. */
    public Deployment withMeasured(List<BundleManifest.Measured> others) {
        elsewhere.addAll(others);
        return this;
    }

    /** The rows that may be taken. */
    private SelectionReport taken(SelectionReport report) {
        String wanted = options.runtime();
        return wanted == null
                ? report
                : new SelectionReport(report.rows().stream()
                        .filter(row -> row.runtime().equals(wanted))
                        .toList());
    }

    /** Samples of the same dimensions as the first, since a binding has fixed ones. */
    static List<Map<String, Tensor>> alike(SampleSource frames) {
        var samples = new ArrayList<Map<String, Tensor>>();
        for (Sample sample : SpreadSamples.of(frames, SELECTION_SAMPLES)) {
            boolean same = samples.isEmpty()
                    || sample.inputs().entrySet().stream().allMatch(entry -> {
                        Tensor first = samples.getFirst().get(entry.getKey());
                        return first != null
                                && first.shape().equals(entry.getValue().shape());
                    });
            if (same) {
                samples.add(sample.inputs());
            }
        }
        if (samples.isEmpty()) {
            throw Problem.usage("project.samples", "the source of the pipeline has no samples")
                    .at("skerry.yaml")
                    .toException();
        }
        return samples;
    }

    /** What the model computes in as it was given: one that is quantized already isn't called float. */
    private String given() {
        return RuntimeContest.precision(bench.model());
    }

    /** @param precision of the smaller model; empty where there is none */
    private static SelectionRow best(SelectionReport report, String given, String precision, boolean preferSize) {
        Optional<SelectionRow> plain = best(report, given);
        Optional<SelectionRow> small = precision.isEmpty() ? Optional.empty() : best(report, precision);
        if (small.isPresent() && (preferSize || plain.isEmpty() || p50(small.get()) <= NOISE * p50(plain.get()))) {
            return small.get();
        }
        return plain.orElseThrow(() -> Problem.gate("select.none", "no runtime runs this model")
                .because(report.rows().stream()
                        .map(row -> row.runtime() + ": " + row.reason())
                        .findFirst()
                        .orElse("none is present"))
                .attempt("skerry doctor")
                .toException());
    }

    private static Optional<SelectionRow> best(SelectionReport report, String precision) {
        List<SelectionRow> rows = report.rows().stream()
                .filter(row -> row.status() == SelectionRow.Status.OK
                        && row.precision().equals(precision))
                .toList();
        Optional<SelectionRow> single =
                rows.stream().filter(row -> row.threads() == 1).findFirst();
        return rows.stream()
                .filter(row ->
                        single.isEmpty() || row.threads() == 1 || p50(row) < SECOND_THREAD_GAIN * p50(single.get()))
                .findFirst();
    }

    private static long p50(SelectionRow row) {
        LatencySummary latency = row.latency();
        return latency == null ? Long.MAX_VALUE : latency.p50Nanos();
    }

    private static String reason(SelectionReport report, SelectionRow chosen) {
        long present = report.rows().stream()
                .filter(row -> row.status() == SelectionRow.Status.OK)
                .count();
        boolean fastest = report.best().filter(row -> row.equals(chosen)).isPresent();
        return fastest
                ? "the fastest of " + present + " that work"
                : "within the margin of the fastest, and "
                        + (chosen.threads() == 1 ? "one thread keeps its core" : "smaller");
    }

    public PackedBundle pack(Choice choice) {
        ProjectConfig config = bench.config();
        Path out = options.out() != null
                ? options.out()
                : bench.work().resolve(config.name() + "-" + config.version() + ".tar");
        listener.progress().step("packing and signing", 0, 0);
        PackedBundle bundle =
                Packing.pack(bench, choice, List.copyOf(elsewhere), options.key(), out, options.nanoTime());
        listener.finished(new DeployStep.Packed(bundle));
        return bundle;
    }

    public void verify(PackedBundle bundle) {
        TrustedKeys trusted = TrustedKeys.of(SigningKey.loadOrCreate(options.key()));
        switch (Bundle.verify(bundle.file(), trusted)) {
            case Verification.Verified verified -> listener.finished(new DeployStep.Verified(verified));
            case Verification.Refused refused -> throw refused.problem().toException();
        }
    }

    /**
     * Runs a verified bundle at the rate of its budget.
     *
     * @param attached the plan with what another process brings and takes, where a source or an action is on a network
     */
    public RunReport run(Path bundle, UnaryOperator<RunPlan> attached) {
        Budget budget = bench.config().budget();
        Path unpacked = Bundle.open(bundle).unpack(bench.work().resolve("unpacked"));
        long cycles = options.cycles() > 0
                ? options.cycles()
                : Math.max(1, Math.round(budget.rateHertz() * DeployOptions.RUN_SECONDS));
        var plan = RunPlan.of(
                        unpacked,
                        bench.config().folder().root(),
                        budget.rateHertz(),
                        cycles,
                        Duration.ofNanos(budget.latencyNanos()),
                        bench.work().resolve("run.json"))
                .withRealtime(options.realtime());
        try (RunnerProcess process = RunnerProcess.start(attached.apply(plan), listener.run())) {
            RunReport report = process.await();
            listener.finished(new DeployStep.Ran(report, budget.percentile()));
            report.hung().ifPresent(problem -> {
                throw problem.toException();
            });
            return report;
        }
    }

    /** What a choice depends on: the configuration, the model's bytes, and the names, sizes and times of the samples. */
    private static Digest basis(Workbench bench) {
        var digest = SampleDigest.sha256();
        ProjectConfig config = bench.config();
        String text = String.join(
                "\n",
                Packing.fileDigest(config.model()).text(),
                config.compression().toString(),
                config.budget().toString(),
                config.judged().toString(),
                config.target().toString(),
                bench.pipeline().toJson().toString(),
                String.valueOf(config.calibration()),
                String.valueOf(config.evaluation()),
                config.stateOutputToInput().toString(),
                config.dims().toString(),
                DeviceProbe.probe().cpu(),
                SampleDigest.of(bench.frames()).text());
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return new Digest("sha256:" + HexFormat.of().formatHex(digest.digest()));
    }
}
