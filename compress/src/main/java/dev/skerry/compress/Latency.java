package dev.skerry.compress;

import dev.skerry.measure.AlternatingTimer;
import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.measure.RatioEstimate;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Time of one inference, one thread.
 *
 * @param ratio time ÷ the float model's, in alternation
 */
record Latency(double p50Micros, double p99Micros, double ratio, Interval ratioInterval) {
    private static final int MIN_ROUNDS = 8;

    /** Whether it takes longer than the float model, by more than a hundredth or beyond doubt. */
    boolean isSlower() {
        return ratio > 1.01 || ratioInterval.low() > 1;
    }

    /** A model on the runtime that its sessions are of. */
    record Timed(String name, Model model, Sessions sessions) {}

    /** Measures all models side by side on one sample; the first is the one that ratios refer to. */
    static Map<String, Latency> measure(
            Map<String, Model> models,
            Sample sample,
            Sessions sessions,
            Duration budget,
            LongSupplier nanoTime,
            Progress progress) {
        return measure(
                models.entrySet().stream()
                        .map(model -> new Timed(model.getKey(), model.getValue(), sessions))
                        .toList(),
                sample,
                budget,
                nanoTime,
                progress);
    }

    /** The same on more than one runtime. */
    static Map<String, Latency> measure(
            List<Timed> models, Sample sample, Duration budget, LongSupplier nanoTime, Progress progress) {
        var closing = new ArrayList<Runnable>();
        try {
            var runs = new ArrayList<Runnable>();
            models.forEach(timed -> {
                Sessions.Open session = timed.sessions().open(timed.model(), timed.name());
                closing.addFirst(session::close);
                Map<String, Tensor> inputs = session.inputs(sample);
                var dims = new TreeMap<String, long[]>();
                inputs.forEach((input, tensor) -> dims.put(input, tensor.dims()));
                Binding binding = session.session().bind(dims);
                closing.addFirst(binding::close);
                inputs.forEach((input, tensor) ->
                        MemorySegment.copy(tensor.data(), 0, binding.input(input), 0, tensor.byteSize()));
                runs.add(binding::run);
            });
            AlternatingTimer.Comparison comparison =
                    new AlternatingTimer(nanoTime).compare(runs, budget, MIN_ROUNDS, progress);
            var measured = new HashMap<String, Latency>();
            List<String> names = models.stream().map(Timed::name).toList();
            for (int i = 0; i < names.size(); i++) {
                RatioEstimate ratio = comparison.ratios().get(i);
                measured.put(
                        names.get(i),
                        new Latency(
                                comparison.summaries().get(i).p50Nanos() / 1000.0,
                                comparison.summaries().get(i).p99Nanos() / 1000.0,
                                ratio.ratio(),
                                ratio.interval95()));
            }
            return measured;
        } finally {
            closing.forEach(Runnable::run);
        }
    }
}
