package dev.skerry.bench;

import dev.skerry.measure.LatencyHistogram;
import dev.skerry.measure.Progress;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.project.RuntimeContest;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.RowBudget;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.SelectionRow;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * What a selection takes, beside each combination measured alone: with no other session open, in rounds that take turns, so that a drift of
 * the machine acts on all of them. Below 1 would be faster than the best of these; what is above 1 is noise or the selection's mistake.
 */
final class SelectTable {
    private static final List<String> MODELS = List.of(
            "mlperf-tiny/vww_float.onnx",
            "mlperf-tiny/ic_float.onnx",
            "mlperf-tiny/ad_int8.tflite",
            "mlperf-tiny/kws_int8.tflite",
            "models/ultraface/version-RFB-320.onnx");

    private static final int SECONDS = 10;
    private static final int ROUNDS = 7;
    private static final Duration ALONE = Duration.ofMillis(400);
    private static final Duration SETTLE = Duration.ofMillis(100);
    /** Combinations that take more than so many times the best can't be the best. */
    private static final double NEAR = 2;

    private SelectTable() {}

    public static void main(String[] args) throws IOException {
        Path data = Path.of(args[0]);
        var budget = Duration.ofSeconds(args.length > 1 ? Integer.parseInt(args[1]) : SECONDS);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : ROUNDS;
        PrintStream out = System.out;
        out.println(DeviceProbe.probe().cpu() + ", " + DeviceProbe.probe().cores() + " cores; " + budget.toSeconds()
                + " s of selection for each model; alone: " + rounds + " rounds of " + ALONE.toMillis() + " ms.");
        out.println();
        out.println("| model | taken | p50 µs, n | rows | best alone | taken ÷ best alone: median (range of rounds) |");
        out.println("|---|---|---|---|---|---|");
        for (String model : MODELS) {
            out.println(line(data.resolve(model), budget, rounds));
            out.flush();
        }
    }

    private static String line(Path model, Duration budget, int rounds) throws IOException {
        Path work = Files.createTempDirectory("select-table");
        SelectionReport report = new RuntimeContest(work, System::nanoTime, Progress.NONE)
                .run(new RuntimeContest.Entries(
                        model,
                        Map.of(),
                        null,
                        null,
                        Map.of(),
                        Map.of(),
                        List.of(),
                        List.of(),
                        RowBudget.NONE,
                        false,
                        budget));
        SelectionRow taken = report.best().orElseThrow();
        double fastest = Objects.requireNonNull(taken.ratio()).ratio();
        List<SelectionRow> near = report.rows().stream()
                .filter(row -> row.status() == SelectionRow.Status.OK
                        && !row.runtime().equals(CompiledRuntime.NAME)
                        && Objects.requireNonNull(row.ratio()).ratio() <= NEAR * fastest)
                .toList();
        var medians = new double[near.size()][rounds];
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < near.size(); i++) {
                int at = round % 2 == 0 ? i : near.size() - 1 - i;
                medians[at][round] = alone(model, near.get(at));
            }
        }
        int best = 0;
        for (int i = 1; i < near.size(); i++) {
            best = median(medians[i]) < median(medians[best]) ? i : best;
        }
        int chosen = near.indexOf(taken);
        var ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            ratios[round] = chosen < 0 ? Double.NaN : medians[chosen][round] / medians[best][round];
        }
        Arrays.sort(ratios);
        var latency = Objects.requireNonNull(taken.latency());
        return String.format(
                Locale.ROOT,
                "| %s | %s | %.1f, %d | %d | %s, %.1f µs | %.3f (%.3f–%.3f) |",
                model.getFileName(),
                name(taken),
                latency.p50Nanos() / 1e3,
                latency.samples(),
                report.rows().size(),
                name(near.get(best)),
                median(medians[best]) / 1e3,
                ratios[rounds / 2],
                ratios[0],
                ratios[rounds - 1]);
    }

    private static String name(SelectionRow row) {
        return row.runtime() + " ×" + row.threads();
    }

    /** Median of single inferences, with this session alone in the process. */
    private static double alone(Path model, SelectionRow row) {
        RuntimeProvider runtime = Runtimes.all().stream()
                .filter(each -> each.name().equals(row.runtime()))
                .findFirst()
                .orElseThrow();
        try (Session session = runtime.open(model, SessionOptions.DEFAULT.withThreads(row.threads()))) {
            Map<String, Tensor> inputs = noise(session);
            var dims = new LinkedHashMap<String, long[]>();
            inputs.forEach((name, tensor) -> dims.put(name, tensor.dims()));
            try (Binding binding = session.bind(dims)) {
                var histogram = new LatencyHistogram();
                long start = System.nanoTime();
                for (long now = start; now - start < ALONE.toNanos() || now - start < 2 * SETTLE.toNanos(); ) {
                    inputs.forEach((name, tensor) -> binding.input(name).copyFrom(tensor.data()));
                    binding.run();
                    long end = System.nanoTime();
                    if (now - start > SETTLE.toNanos()) {
                        histogram.record(end - now);
                    }
                    now = end;
                }
                return histogram.summary().p50Nanos();
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static Map<String, Tensor> noise(Session session) {
        var tensors = new LinkedHashMap<String, Tensor>();
        var random = new SplittableRandom(1);
        for (ValueInfo input : session.inputs()) {
            if (!(input.type() instanceof ValueType.OfTensor(DataType type, var shape)) || shape == null) {
                throw new IllegalArgumentException(input.name() + " is no tensor of known shape");
            }
            var sizes = new ArrayList<Long>();
            shape.dims().forEach(dim -> sizes.add(dim instanceof Dim.Known(long size) ? size : 1L));
            long[] dims = sizes.stream().mapToLong(Long::longValue).toArray();
            int count = Math.toIntExact(Arrays.stream(dims).reduce(1, Math::multiplyExact));
            byte[] bytes = new byte[count];
            float[] floats = new float[count];
            for (int i = 0; i < count; i++) {
                bytes[i] = (byte) random.nextInt(256);
                floats[i] = bytes[i] / 128f;
            }
            tensors.put(
                    input.name(),
                    type == DataType.FLOAT
                            ? Tensor.ofFloats(input.name(), dims, floats)
                            : Tensor.ofBytes(input.name(), type, dims, bytes));
        }
        return tensors;
    }
}
