package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.pipeline.Sample;
import dev.skerry.runtime.SideBySide;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which runtime makes a compressed model pay: the float model and the compressed one on every runtime that is present, timed in
 * alternation.
 *
 * @param rows the float model on the reference runtime first, which all ratios refer to
 */
public record RuntimePayoff(List<Row> rows) {
    /**
     * One model on one runtime.
     *
     * @param variant {@code float}, or the compressed model's name
     * @param latency null where it doesn't run
     * @param samples timed inferences
     * @param reason why it doesn't run; null where it does
     */
    public record Row(
            String runtime,
            String variant,
            @Nullable Latency latency,
            long samples,
            @Nullable String reason) {
        private boolean isFloat() {
            return variant.equals(Evaluation.FLOAT);
        }

        private double ratio() {
            return latency == null ? Double.POSITIVE_INFINITY : latency.ratio();
        }

        private String ratioText() {
            return latency == null
                    ? "–"
                    : String.format(
                            Locale.ROOT,
                            "%.2f (%.2f–%.2f)",
                            latency.ratio(),
                            latency.ratioInterval().low(),
                            latency.ratioInterval().high());
        }

        Map<String, @Nullable Object> toJson() {
            var json = new LinkedHashMap<String, @Nullable Object>();
            json.put("runtime", runtime);
            json.put("variant", variant);
            json.put("p50Micros", latency == null ? null : (Double) latency.p50Micros());
            json.put("ratio", latency == null ? null : (Double) latency.ratio());
            json.put("ratioInterval", latency == null ? null : ends(latency.ratioInterval()));
            json.put("samples", latency == null ? null : (Long) samples);
            json.put("reason", reason);
            return json;
        }

        private static List<Double> ends(Interval interval) {
            return List.of(interval.low(), interval.high());
        }
    }

    public RuntimePayoff {
        rows = List.copyOf(rows);
    }

    /**
     * Measures both models on one sample, one thread.
     *
     * @param portable the compressed model in a form that other runtimes compute in integers too
     * @param reference sessions of the runtime that ratios refer to, with state and dimensions
     * @param others more runtimes; those that are missing here, and the reference itself, are left out
     * @throws dev.skerry.problem.ProblemException where the float model doesn't run on the reference runtime
     */
    static RuntimePayoff measure(
            Model floatModel,
            String variant,
            Model compressed,
            Model portable,
            Sample sample,
            Sessions reference,
            List<RuntimeProvider> others,
            Duration budget,
            LongSupplier nanoTime,
            Progress progress) {
        var runtimes = new ArrayList<RuntimeProvider>(List.of(reference.runtime()));
        others.stream()
                .filter(other -> !other.name().equals(reference.runtime().name())
                        && other.probe() instanceof Availability.Present)
                .forEach(runtimes::add);
        var entries = new ArrayList<SideBySide.Entry>();
        var labels = new ArrayList<Row>();
        for (RuntimeProvider runtime : runtimes) {
            Sessions sessions = reference.on(runtime);
            entries.add(sessions.entry(Evaluation.FLOAT, floatModel, sample));
            labels.add(new Row(runtime.name(), Evaluation.FLOAT, null, 0, null));
            boolean isReference = runtime.name().equals(reference.runtime().name());
            entries.add(sessions.entry(variant, isReference ? compressed : portable, sample));
            labels.add(new Row(runtime.name(), variant, null, 0, null));
        }
        List<SideBySide.Row> timed = SideBySide.time(entries, budget, nanoTime, progress);
        var rows = new ArrayList<Row>();
        for (int i = 0; i < timed.size(); i++) {
            Row label = labels.get(i);
            rows.add(
                    switch (timed.get(i)) {
                        case SideBySide.Row.Timed row ->
                            new Row(
                                    label.runtime(),
                                    label.variant(),
                                    Latency.of(row),
                                    row.latency().samples(),
                                    null);
                        case SideBySide.Row.Failed row ->
                            new Row(
                                    label.runtime(),
                                    label.variant(),
                                    null,
                                    0,
                                    row.problem().toString());
                    });
        }
        return new RuntimePayoff(rows);
    }

    /**
     * The compressed model on the runtime where it is fastest, if it is faster there than the float model is anywhere, beyond what
     * the intervals of the measurement leave open.
     */
    public Optional<Row> paying() {
        return fastest(false)
                .filter(compressed ->
                        rows.stream().filter(Row::isFloat).allMatch(plain -> high(compressed) < low(plain)));
    }

    /** The answer in a sentence or two, with its figures. */
    public String answer() {
        String reference = "the time of float on " + rows.getFirst().runtime();
        Optional<Row> best = fastest(false);
        if (best.isEmpty()) {
            return "no runtime here runs the compressed model";
        }
        String found = best.get().variant() + " on " + best.get().runtime() + " takes "
                + best.get().ratioText() + " of " + reference;
        if (paying().isPresent()) {
            return best.get().runtime() + " makes it pay: " + found;
        }
        String plain = fastest(true)
                .filter(row -> !row.equals(rows.getFirst()))
                .map(row -> ", float on " + row.runtime() + " " + row.ratioText())
                .orElse("");
        return "no runtime here makes it faster than float: " + found + plain;
    }

    private Optional<Row> fastest(boolean plain) {
        return rows.stream()
                .filter(row -> row.latency() != null && row.isFloat() == plain)
                .min(Comparator.comparingDouble(Row::ratio));
    }

    private static double high(Row row) {
        return row.latency() == null
                ? Double.POSITIVE_INFINITY
                : row.latency().ratioInterval().high();
    }

    private static double low(Row row) {
        return row.latency() == null
                ? Double.POSITIVE_INFINITY
                : row.latency().ratioInterval().low();
    }

    /** Rows of {@code skerry.compress/1}; what wasn't measured is null. */
    List<Map<String, @Nullable Object>> toJson() {
        return rows.stream().map(Row::toJson).toList();
    }
}
