package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * What to compress, on which samples, and what it may cost.
 *
 * @param floatModel the trained model
 * @param calibration samples of the model's inputs, from which the ranges of activations are taken
 * @param evaluation samples on which accuracy is judged; the same object as {@code calibration} where there is one set only,
 *     which is then split: every fifth sample, at most 256, calibrates, and the rest evaluates
 * @param state outputs that are fed back into inputs, by output name; empty for a model without state
 * @param dims sizes of named dimensions
 * @param method INT8, or none to measure the float model only
 * @param ranges methods to try
 * @param maxDropPercent the gate: how many percentage points of accuracy (or of agreement with the float model where there
 *     are no labels) may be lost
 * @param scheme types of activations and weights that the target is fast with
 * @param keepFloat names of nodes that stay float
 * @param goal what the chosen variant is best at
 * @param runtime what runs the models
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
        double maxDropPercent,
        ActivationScheme scheme,
        Set<String> keepFloat,
        Goal goal,
        RuntimeProvider runtime,
        LongSupplier nanoTime,
        Duration timing) {
    /** How a model is made smaller. */
    public enum Method {
        INT8,
        NONE
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
    }

    /** INT8 with all range methods, at most one point lost, chosen by speed, 6 s of timing. */
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
                Method.INT8,
                List.of(RangeMethod.values()),
                1.0,
                scheme,
                Set.of(),
                Goal.SPEED,
                runtime,
                nanoTime,
                Duration.ofSeconds(6));
    }

    public CompressionRequest withState(Map<String, String> state) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withDims(Map<String, Long> dims) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withMethod(Method method) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withRanges(List<RangeMethod> ranges) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withMaxDropPercent(double maxDropPercent) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withKeepFloat(Set<String> keepFloat) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withGoal(Goal goal) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    public CompressionRequest withTiming(Duration timing) {
        return with(state, dims, method, ranges, maxDropPercent, keepFloat, goal, timing);
    }

    private CompressionRequest with(
            Map<String, String> state,
            Map<String, Long> dims,
            Method method,
            List<RangeMethod> ranges,
            double maxDropPercent,
            Set<String> keepFloat,
            Goal goal,
            Duration timing) {
        return new CompressionRequest(
                floatModel,
                calibration,
                evaluation,
                state,
                dims,
                method,
                ranges,
                maxDropPercent,
                scheme,
                keepFloat,
                goal,
                runtime,
                nanoTime,
                timing);
    }
}
