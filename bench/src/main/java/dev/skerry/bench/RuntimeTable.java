package dev.skerry.bench;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.SideBySide;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Float and INT8 forms of MLPerf Tiny's models on every runtime, in alternation, one thread. A TensorFlow Lite file on ONNX Runtime is
 * what Skerry imports of it, so that both runtimes have the same weights and scales.
 */
final class RuntimeTable {
    private static final List<String> MODELS = List.of("vww", "ic", "ad", "kws");
    private static final int SECONDS = 20;

    private RuntimeTable() {}

    public static void main(String[] args) {
        Path data = Path.of(args[0]);
        var budget = Duration.ofSeconds(args.length > 1 ? Integer.parseInt(args[1]) : SECONDS);
        PrintStream out = System.out;
        out.println("One thread, " + DeviceProbe.probe().cpu() + "; ratios to the first row of each model.");
        out.println();
        out.println("| model | runtime | file | p50 µs | ratio (95 %) | rounds | n |");
        out.println("|---|---|---|---|---|---|---|");
        for (String model : MODELS) {
            for (SideBySide.Row row : SideBySide.time(entries(data, model), budget, System::nanoTime)) {
                out.println("| " + model + " | " + text(row) + " |");
            }
            out.flush();
        }
    }

    private static List<SideBySide.Entry> entries(Path data, String model) {
        var entries = new ArrayList<SideBySide.Entry>();
        // keyword spotting has no float file, one with INT8 weights and float activations instead
        for (String form :
                List.of("_float.onnx", "_float.tflite", "_hybrid.tflite", "_int8.tflite", "_int8_qdq.onnx")) {
            Path file = data.resolve(model + form);
            for (RuntimeProvider runtime : Runtimes.all()) {
                // generated C has to be compiled beforehand: skerry select does that
                boolean foreign = form.endsWith(".onnx") && !runtime.name().equals("onnxruntime")
                        || runtime.name().equals(CompiledRuntime.NAME);
                if (Files.exists(file) && !foreign) {
                    entries.add(new SideBySide.Entry(
                            runtime.name() + " | " + file.getFileName(),
                            () -> runtime.open(file, SessionOptions.DEFAULT),
                            RuntimeTable::noise));
                }
            }
        }
        return entries;
    }

    private static String text(SideBySide.Row row) {
        return switch (row) {
            case SideBySide.Row.Timed(String name, var latency, var ratio) ->
                String.format(
                        Locale.ROOT,
                        "%s | %.1f | %.2f (%.2f–%.2f) | %d | %d",
                        name,
                        latency.p50Nanos() / 1e3,
                        ratio.ratio(),
                        ratio.interval95().low(),
                        ratio.interval95().high(),
                        ratio.rounds(),
                        latency.samples());
            case SideBySide.Row.Failed(String name, var problem) -> name + " | – | " + problem + " | |";
        };
    }

    /** The same noise for all forms of a model, in the type of the input. */
    private static Map<String, Tensor> noise(Session session) {
        var tensors = new LinkedHashMap<String, Tensor>();
        for (ValueInfo input : session.inputs()) {
            if (!(input.type() instanceof ValueType.OfTensor(DataType type, var shape)) || shape == null) {
                throw new IllegalArgumentException(input.name() + " is no tensor of known shape");
            }
            long[] dims = shape.dims().stream()
                    .mapToLong(dim -> dim instanceof dev.skerry.model.Dim.Known(long size) ? size : 1)
                    .toArray();
            int count = 1;
            for (long dim : dims) {
                count = Math.multiplyExact(count, (int) dim);
            }
            var random = new SplittableRandom(1);
            byte[] bytes = new byte[count];
            float[] floats = new float[count];
            for (int i = 0; i < count; i++) {
                bytes[i] = (byte) random.nextInt(256);
                floats[i] = (bytes[i] + 128) / 255f;
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
