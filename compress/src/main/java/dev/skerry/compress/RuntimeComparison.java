package dev.skerry.compress;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where INT8 doesn't pay on the runtime of the search: whether it does on another one. Kernels differ more than runtimes are
 * thought to, and a model that is slower in INT8 on one may be faster in INT8 on the next.
 */
final class RuntimeComparison {
    private static final int SAMPLES = 32;

    private RuntimeComparison() {}

    /**
     * Float model and INT8 model on the runtime of the search and on the others, all in alternation.
     *
     * @param int8 in the form that the runtime of the search is fast with
     * @param portable in the form of {@link ActivationScheme#TFLITE}
     */
    static List<RuntimeTime> measure(
            CompressionRequest request, Model int8, Model portable, SampleSource calibration, Progress progress) {
        SampleSource some =
                SampleSplit.some(calibration, SAMPLES, !request.state().isEmpty());
        Sample first = some.iterator().next();
        var timed = new ArrayList<Latency.Timed>();
        var agreements = new LinkedHashMap<String, @Nullable Double>();
        var rows = new ArrayList<RuntimeTime>();
        var here = new Sessions(request.runtime(), request.state(), request.dims());
        timed.add(new Latency.Timed(key(request.runtime(), RuntimeTime.FLOAT), request.floatModel(), here));
        timed.add(new Latency.Timed(key(request.runtime(), RuntimeTime.INT8), int8, here));
        for (RuntimeProvider runtime : request.others()) {
            var there = new Sessions(runtime, request.state(), request.dims());
            Map<String, Model> models = new LinkedHashMap<>();
            models.put(Evaluation.FLOAT, request.floatModel());
            models.put(RuntimeTime.INT8, portable);
            Evaluation screened;
            try {
                screened = Evaluation.screen(models, some, there, "other runtimes", progress);
            } catch (ProblemException unable) {
                rows.add(RuntimeTime.unmeasured(
                        runtime.name(), RuntimeTime.FLOAT, unable.problem().toString()));
                continue;
            }
            timed.add(new Latency.Timed(key(runtime, RuntimeTime.FLOAT), request.floatModel(), there));
            String failure = screened.failures().get(RuntimeTime.INT8);
            if (failure == null) {
                String key = key(runtime, RuntimeTime.INT8);
                timed.add(new Latency.Timed(key, portable, there));
                agreements.put(key, screened.of(RuntimeTime.INT8).agreementPercent());
            } else {
                rows.add(RuntimeTime.unmeasured(runtime.name(), RuntimeTime.INT8, failure));
            }
        }
        Map<String, Latency> latencies = Latency.measure(timed, first, request.timing(), request.nanoTime(), progress);
        var measured = new ArrayList<RuntimeTime>();
        for (Latency.Timed each : timed) {
            Latency latency = latencies.get(each.name());
            String[] parts = each.name().split(" ", 2);
            if (latency != null) {
                measured.add(new RuntimeTime(
                        parts[0],
                        parts[1],
                        "",
                        latency.p50Micros(),
                        latency.ratio(),
                        latency.ratioInterval(),
                        agreements.get(each.name())));
            }
        }
        measured.addAll(rows);
        return measured;
    }

    private static String key(RuntimeProvider runtime, String precision) {
        return runtime.name() + " " + precision;
    }

    /** Which runtime makes INT8 pay, as a sentence; empty where nothing was compared. */
    static String verdict(List<RuntimeTime> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        RuntimeTime fastest = null;
        var pays = new ArrayList<String>();
        for (RuntimeTime row : rows) {
            Double ratio = row.ratio();
            if (ratio == null) {
                continue;
            }
            if (fastest == null || ratio < orInfinity(fastest.ratio())) {
                fastest = row;
            }
            if (row.isInt8()) {
                double own = rows.stream()
                        .filter(other -> other.runtime().equals(row.runtime()) && !other.isInt8())
                        .mapToDouble(other -> orInfinity(other.ratio()))
                        .findFirst()
                        .orElse(Double.POSITIVE_INFINITY);
                if (ratio < own) {
                    pays.add("%s (%.2f of its float time)".formatted(row.runtime(), ratio / own));
                }
            }
        }
        return (pays.isEmpty() ? "INT8 pays on no runtime here" : "INT8 pays on " + String.join(" and ", pays))
                + (fastest == null
                        ? "."
                        : "; the fastest is " + fastest.runtime() + " with " + fastest.precision() + ".");
    }

    private static double orInfinity(@Nullable Double value) {
        return value == null ? Double.POSITIVE_INFINITY : value;
    }
}
