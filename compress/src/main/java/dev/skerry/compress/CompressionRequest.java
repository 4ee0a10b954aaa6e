package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFormat;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * What to compress, on which samples, and what it may cost. The same request gives the same bytes: nothing in it is random.
 *
 * @param floatModel the trained model
 * @param calibration samples of the model's inputs, from which the ranges of activations are taken
 * @param evaluation samples on which accuracy is judged; the same object as {@code calibration} where there is one set only,
 *     which is then split: every fifth sample, at most 256, calibrates, and the rest evaluates
 * @param state outputs that are fed back into inputs, by output name; empty for a model without state
 * @param dims sizes of named dimensions
 * @param method which ways of making it smaller are tried
 * @param ranges methods to try
 * @param budgets what the result has to keep to
 * @param judging by what accuracy is judged
 * @param scheme types of activations and weights that the target is fast with
 * @param layout granularity and form of INT8 models
 * @param format what the result is written in; variants that it can't hold fail
 * @param keepFloat names of nodes that stay float
 * @param goal what the chosen variant is best at
 * @param runtime what runs the models
 * @param others runtimes to look at where INT8 is slower than float on the first
 * @param nanoTime a monotonic clock in nanoseconds
 * @param timing how long to measure latency for; zero leaves it out
 */
public record CompressionRequest(
        Model floatModel,
        SampleSource calibration,
        SampleSource evaluation,
        Map<String, String> state,
        Map<String, Long> dims,
        Method method,
        List<RangeMethod> ranges,
        Budgets budgets,
        Judging judging,
        ActivationScheme scheme,
        Int8Layout layout,
        ModelFormat format,
        Set<String> keepFloat,
        Goal goal,
        RuntimeProvider runtime,
        List<RuntimeProvider> others,
        LongSupplier nanoTime,
        Duration timing) {
    /** How a model is made smaller. */
    public enum Method {
        /** All that may pay on the target, in one search. */
        AUTO,
        /** Weights and activations in 8 bits, ranges from calibration. */
        INT8,
        /** Weights in 8 bits, activations quantized while the model runs. */
        DYNAMIC,
        /** Weights in 4 bits, block by block. */
        INT4,
        /** Weights, and where it pays arithmetic, in half precision. */
        FP16,
        /** Channels removed, and what remains repaired. */
        PRUNE,
        /** Only the float model is measured. */
        NONE;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What the chosen variant is best at, among those that pass the gate. */
    public enum Goal {
        /** Lowest latency; nothing that is slower than float is chosen. */
        SPEED,
        /** Fewest bytes, even where that is slower than float. */
        SIZE
    }

    public CompressionRequest {
        state = Map.copyOf(state);
        dims = Map.copyOf(dims);
        ranges = List.copyOf(ranges);
        keepFloat = Set.copyOf(keepFloat);
        others = List.copyOf(others);
    }

    /** Everything with all range methods, at most one point lost, chosen by speed, 6 s of timing. */
    public static CompressionRequest of(
            Model floatModel,
            SampleSource calibration,
            SampleSource evaluation,
            ActivationScheme scheme,
            RuntimeProvider runtime,
            LongSupplier nanoTime) {
        return new CompressionRequest(
                floatModel,
                calibration,
                evaluation,
                Map.of(),
                Map.of(),
                Method.AUTO,
                RangeMethod.SEARCHED,
                Budgets.maxDrop(1),
                Judging.AUTO,
                scheme,
                Int8Layout.DEFAULT,
                ModelFormat.ONNX,
                Set.of(),
                Goal.SPEED,
                runtime,
                List.of(),
                nanoTime,
                Duration.ofSeconds(6));
    }

    /** Whether size decides: it is the goal, or it is limited. */
    boolean wantsSize() {
        return goal == Goal.SIZE || budgets.maxBytes().isPresent();
    }

    /** What times are measured on: a runtime of the format of the result; empty where none is here, or no time is given. */
    Optional<RuntimeProvider> timed() {
        return Stream.concat(Stream.of(runtime), others.stream())
                .filter(candidate -> !timing.isZero()
                        && candidate.format() == format
                        && candidate.probe() instanceof Availability.Present)
                .findFirst();
    }

    public CompressionRequest withState(Map<String, String> state) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withDims(Map<String, Long> dims) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withMethod(Method method) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withRanges(List<RangeMethod> ranges) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withBudgets(Budgets budgets) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withJudging(Judging judging) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withKeepFloat(Set<String> keepFloat) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withGoal(Goal goal) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withTiming(Duration timing) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withLayout(Int8Layout layout) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withOthers(List<RuntimeProvider> others) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    public CompressionRequest withFormat(ModelFormat format) {
        return with(state, dims, method, ranges, budgets, judging, layout, format, keepFloat, goal, others, timing);
    }

    private CompressionRequest with(
            Map<String, String> state,
            Map<String, Long> dims,
            Method method,
            List<RangeMethod> ranges,
            Budgets budgets,
            Judging judging,
            Int8Layout layout,
            ModelFormat format,
            Set<String> keepFloat,
            Goal goal,
            List<RuntimeProvider> others,
            Duration timing) {
        return new CompressionRequest(
                floatModel,
                calibration,
                evaluation,
                state,
                dims,
                method,
                ranges,
                budgets,
                judging,
                scheme,
                layout,
                format,
                keepFloat,
                goal,
                runtime,
                others,
                nanoTime,
                timing);
    }
}
