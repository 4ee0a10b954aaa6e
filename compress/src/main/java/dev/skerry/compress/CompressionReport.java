package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.model.Model;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What compression tried, measured and chose. {@link #toJson} is the contract {@code skerry.compress/1}.
 *
 * @param metric what {@code accuracy} means: the label of a {@link Metric}, or what an evaluator of the user's own calls its
 *     figure; {@code agreement} is the share of decisions equal to the float model's
 * @param labelled whether {@code metric} compares with the truth
 * @param scale whether the metric is percent, and which way it goes
 * @param calibrationSamples how many samples calibrated
 * @param evaluationSamples how many samples judged
 * @param variants the float model first, then all that was tried; a failed or slower one stays as a row
 * @param chosen name of the chosen variant; {@code float} where nothing is better
 * @param output the chosen model
 * @param pareto names of the variants that no other one is at least as small, as fast and as accurate as
 * @param layers how much of each layer's signal survives in the chosen variant, in the order of the graph
 * @param sensitivity what each layer costs by itself, in the order of the graph; empty where it wasn't measured
 * @param classes how each class fares in the chosen variant, under metrics that have classes
 * @param runtimes float and INT8 on all runtimes; null where INT8 pays on the first, so that no other was looked at
 * @param binding the limit that no variant keeps to, and how near the nearest comes; null where one keeps to all
 * @param keptFloat layers that stay float in the chosen variant (in the best one where {@code float} is chosen)
 * @param problems what a user should know: calibration, gate, what can't be quantized
 * @param effort what the compression itself took
 * @param reproduction what it takes to get the same again; null where nobody noted it
 */
public record CompressionReport(
        String metric,
        boolean labelled,
        Scale scale,
        long calibrationSamples,
        long evaluationSamples,
        List<Variant> variants,
        String chosen,
        Model output,
        List<String> pareto,
        List<Layer> layers,
        List<LayerAlone> sensitivity,
        List<ClassResult> classes,
        @Nullable RuntimePayoff runtimes,
        Budgets.@Nullable Broken binding,
        List<KeptFloat> keptFloat,
        List<Problem> problems,
        Effort effort,
        @Nullable Reproduction reproduction) {
    public static final String SCHEMA = "skerry.compress/1";

    /** What became of a variant. */
    public enum Status {
        /** The model as it was given. */
        REFERENCE,
        /** Passes the gate and isn't slower than float. */
        PASSED,
        /** Passes the gate, but takes longer than float on this machine. */
        SLOWER,
        /** Loses more than the gate allows. */
        INACCURATE,
        /** Keeps its accuracy, and breaks a limit of size, memory or time. */
        OVER_BUDGET,
        /** Keeps its accuracy and is neither smaller nor faster as it is: weights that are zero. */
        NO_GAIN,
        /** Couldn't be made or run. */
        FAILED;

        public String label() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        }
    }

    /**
     * One row. What wasn't measured is null.
     *
     * @param reason why it has its status; empty where the status says all
     * @param accuracy value of the report's metric: percent, or its own unit where its scale isn't percent
     * @param accuracyInterval 95 %, of the accuracy
     * @param dropPercent how much worse than float: in points, or where the scale isn't percent in percent of float's value
     * @param dropInterval 95 %, of the drop, paired where the metric is one of samples
     * @param withinNoise whether the samples can't tell it from float; null where nothing says so
     * @param agreementPercent decisions equal to the float model's
     * @param sqnrDecibel signal to quantization noise ratio of the outputs
     * @param ratio time ÷ float's, in alternation
     * @param p99Micros 99th percentile of the same times as {@code p50Micros}
     * @param ramBytes estimate of the values alive at once in an inference, from the graph
     * @param integerNodes nodes that ONNX Runtime is expected to run in integers
     */
    public record Variant(
            String name,
            Status status,
            String reason,
            @Nullable Long bytes,
            @Nullable Double accuracy,
            @Nullable Interval accuracyInterval,
            @Nullable Double dropPercent,
            @Nullable Interval dropInterval,
            @Nullable Boolean withinNoise,
            @Nullable Double agreementPercent,
            @Nullable Double sqnrDecibel,
            @Nullable Double p50Micros,
            @Nullable Double p99Micros,
            @Nullable Double ratio,
            @Nullable Interval ratioInterval,
            @Nullable Long ramBytes,
            @Nullable Integer integerNodes) {
        /** Whether the samples can't tell its accuracy from float's. */
        public boolean isWithinNoise() {
            return Boolean.TRUE.equals(withinNoise);
        }

        Map<String, @Nullable Object> toJson() {
            var json = new LinkedHashMap<String, @Nullable Object>();
            json.put("name", name);
            json.put("status", status.label());
            json.put("reason", reason);
            json.put("bytes", bytes);
            json.put("accuracy", accuracy);
            json.put("accuracyInterval", pair(accuracyInterval));
            json.put("dropPercent", dropPercent);
            json.put("dropInterval", pair(dropInterval));
            json.put("withinNoise", withinNoise);
            json.put("agreement", agreementPercent);
            json.put("sqnrDecibel", finite(sqnrDecibel));
            json.put("p50Micros", p50Micros);
            json.put("p99Micros", p99Micros);
            json.put("ratio", ratio);
            json.put("ratioInterval", pair(ratioInterval));
            json.put("ramBytes", ramBytes);
            json.put("integerNodes", integerNodes);
            return json;
        }

        /** A row of which nothing but its size is known. */
        static Variant failed(String name, String reason, long bytes, @Nullable Integer integerNodes) {
            return new Variant(
                    name,
                    Status.FAILED,
                    reason,
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
                    null,
                    null,
                    null,
                    integerNodes);
        }
    }

    /**
     * How well a layer's output survives in the best variant, the errors of the layers before it included.
     *
     * @param sqnrDecibel ratio of its output's signal to what differs from float's
     */
    public record Layer(String node, String op, double sqnrDecibel) {}

    /**
     * What a layer costs when it alone is in INT8.
     *
     * @param sqnrDecibel of the model's outputs
     * @param weights how many weights it has
     * @param compressed whether it is compressed in the chosen variant
     */
    public record LayerAlone(String node, String op, double sqnrDecibel, long weights, boolean compressed) {}

    /**
     * What stays float, and why.
     *
     * @param node the name of a layer with weights; of arithmetic only how many nodes there are
     */
    public record KeptFloat(String node, String op, String reason) {}

    public CompressionReport {
        variants = List.copyOf(variants);
        pareto = List.copyOf(pareto);
        sensitivity = List.copyOf(sensitivity);
        layers = List.copyOf(layers);
        keptFloat = List.copyOf(keptFloat);
        problems = List.copyOf(problems);
        classes = List.copyOf(classes);
    }

    CompressionReport with(List<Problem> more, Effort effort) {
        var all = new ArrayList<>(problems);
        all.addAll(more);
        return new CompressionReport(
                metric,
                labelled,
                scale,
                calibrationSamples,
                evaluationSamples,
                variants,
                chosen,
                output,
                pareto,
                layers,
                sensitivity,
                classes,
                runtimes,
                binding,
                keptFloat,
                all,
                effort,
                reproduction);
    }

    /** With one thing more that a reader should know. */
    public CompressionReport noting(Problem problem) {
        return with(List.of(problem), effort);
    }

    /** The same, with what it takes to get it again. */
    public CompressionReport with(Reproduction reproduction) {
        return new CompressionReport(
                metric,
                labelled,
                scale,
                calibrationSamples,
                evaluationSamples,
                variants,
                chosen,
                output,
                pareto,
                layers,
                sensitivity,
                classes,
                runtimes,
                binding,
                keptFloat,
                problems,
                effort,
                reproduction);
    }

    /** The row of the model as it was given. */
    public Variant floatRow() {
        return variants.getFirst();
    }

    /** The row of the chosen variant. */
    public Variant chosenRow() {
        return variants.stream()
                .filter(variant -> variant.name().equals(chosen))
                .findFirst()
                .orElseThrow();
    }

    /** Why the chosen variant was chosen, as a sentence or two. */
    public String why() {
        return ChoiceReason.of(this);
    }

    /**
     * As maps, lists, strings and numbers.
     *
     * @param output where the chosen model was written; null where it wasn't
     */
    public Map<String, @Nullable Object> toJson(@Nullable String output) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("schema", SCHEMA);
        var reference = new LinkedHashMap<String, @Nullable Object>();
        reference.put("bytes", floatRow().bytes());
        reference.put("accuracy", floatRow().accuracy());
        reference.put("p50Micros", floatRow().p50Micros());
        json.put("float", reference);
        json.put("metric", metric);
        json.put("labelled", labelled);
        json.put("metricUnit", scale.percent() ? "percent" : "own");
        json.put("lowerIsBetter", scale.lowerIsBetter());
        json.put("calibrationSamples", calibrationSamples);
        json.put("evaluationSamples", evaluationSamples);
        json.put("variants", variants.stream().map(Variant::toJson).toList());
        Budgets.Broken broken = binding;
        json.put("chosen", broken == null ? chosen : null);
        json.put("why", why());
        json.put("pareto", pareto);
        json.put("binding", broken == null ? null : Map.of("limit", broken.limit(), "reason", broken.reason()));
        json.put("output", output);
        json.put("layers", layers.stream().map(CompressionReport::json).toList());
        json.put(
                "sensitivity", sensitivity.stream().map(CompressionReport::json).toList());
        json.put("classes", classes.stream().map(ClassResult::toJson).toList());
        RuntimePayoff payoff = runtimes;
        json.put("runtimes", payoff == null ? List.of() : payoff.toJson());
        json.put("keptFloat", keptFloat.stream().map(CompressionReport::json).toList());
        json.put("problems", problems.stream().map(CompressionReport::json).toList());
        json.put("effort", effort.toJson());
        json.put("reproduce", reproduction == null || broken != null ? null : reproduction.toJson());
        return json;
    }

    private static Map<String, @Nullable Object> json(Layer layer) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("node", layer.node());
        json.put("op", layer.op());
        json.put("sqnrDecibel", finite(layer.sqnrDecibel()));
        return json;
    }

    private static Map<String, @Nullable Object> json(LayerAlone layer) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("node", layer.node());
        json.put("op", layer.op());
        json.put("sqnrDecibel", finite(layer.sqnrDecibel()));
        json.put("weights", layer.weights());
        json.put("compressed", layer.compressed());
        return json;
    }

    private static Map<String, @Nullable Object> json(KeptFloat kept) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("node", kept.node());
        json.put("op", kept.op());
        json.put("reason", kept.reason());
        return json;
    }

    private static Map<String, @Nullable Object> json(Problem problem) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("code", problem.code());
        json.put("what", problem.what());
        json.put("where", problem.where());
        json.put("why", problem.why());
        json.put("remedies", new ArrayList<>(problem.remedies()));
        return json;
    }

    private static @Nullable List<Double> pair(@Nullable Interval interval) {
        return interval == null ? null : List.of(interval.low(), interval.high());
    }

    /** JSON has no infinity; equal tensors have no noise to speak of. */
    private static @Nullable Double finite(@Nullable Double value) {
        return value == null || !Double.isFinite(value) ? null : value;
    }
}
