package dev.skerry.compress;

import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.pipeline.Sample;
import dev.skerry.runtime.SideBySide;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Time of one inference, one thread.
 *
 * @param ratio time ÷ the float model's, in alternation
 */
public record Latency(double p50Micros, double p99Micros, double ratio, Interval ratioInterval) {
    /** Whether it takes longer than the float model, by more than a hundredth: less counts as the same. */
    boolean isSlower() {
        return ratio > 1.01;
    }

    /**
     * Measures all models side by side on one sample; the first is the one that ratios refer to.
     *
     * @throws dev.skerry.problem.ProblemException where one of them doesn't run
     */
    static Map<String, Latency> measure(
            Map<String, Model> models,
            Sample sample,
            Sessions sessions,
            Duration budget,
            LongSupplier nanoTime,
            Progress progress) {
        List<SideBySide.Entry> entries = models.entrySet().stream()
                .map(model -> sessions.entry(model.getKey(), model.getValue(), sample))
                .toList();
        var measured = new HashMap<String, Latency>();
        for (SideBySide.Row row : SideBySide.time(entries, budget, nanoTime, progress)) {
            switch (row) {
                case SideBySide.Row.Timed timed -> measured.put(timed.name(), of(timed));
                case SideBySide.Row.Failed failed -> throw failed.problem().toException();
            }
        }
        return measured;
    }

    static Latency of(SideBySide.Row.Timed timed) {
        return new Latency(
                timed.latency().p50Nanos() / 1000.0,
                timed.latency().p99Nanos() / 1000.0,
                timed.ratio().ratio(),
                timed.ratio().interval95());
    }
}
