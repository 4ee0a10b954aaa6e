package dev.skerry.project;

import dev.skerry.bundle.GoldenVectors;
import dev.skerry.measure.Progress;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.OpenBatch;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Noise;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.ChildMemory;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.MemoryMeter;
import dev.skerry.runtime.RowBudget;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.Selection;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.Tolerance;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One model on every runtime that is here, in every precision that there is a file of, side by side. */
public final class RuntimeContest {
    private static final int SAMPLES = 16;
    private static final double NEAR = 0.25;

    private final Path work;
    private final LongSupplier nanoTime;
    private final Progress progress;

    /**
     * What takes part.
     *
     * @param file the model as it was given
     * @param variants files of the same model in other precisions, by their names
     * @param samples its inputs; null for noise, which is enough for time, and for whether runtimes agree
     * @param golden inputs and outputs to hold all to, in the place of samples; null for what the model's graph means
     * @param states state outputs to state inputs
     * @param dims sizes of open dimensions; a batch that is left open is one of 1
     * @param threads to try; empty for 1, 2, 4 and so on up to the cores
     * @param accelerators execution providers to try beside the CPU
     * @param limits what a combination has to keep to
     * @param memory whether to measure what each one holds, in a process of its own
     * @param budget time for all together
     */
    public record Entries(
            Path file,
            Map<String, Path> variants,
            @Nullable SampleSource samples,
            @Nullable GoldenVectors golden,
            Map<String, String> states,
            Map<String, Long> dims,
            List<Integer> threads,
            List<Selection.Accelerator> accelerators,
            RowBudget limits,
            boolean memory,
            Duration budget) {
        public Entries {
            variants = Collections.unmodifiableMap(new LinkedHashMap<>(variants));
            threads = List.copyOf(threads);
            accelerators = List.copyOf(accelerators);
        }
    }

    /**
     * @param work a folder for what is compiled on the way
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public RuntimeContest(Path work, LongSupplier nanoTime, Progress progress) {
        this.work = work;
        this.nanoTime = nanoTime;
        this.progress = progress;
    }

    public SelectionReport run(Entries entries) {
        Model model = ModelFile.read(entries.file);
        Map<String, Long> pinned = OpenBatch.asOne(model.graph(), entries.dims);
        List<Map<String, Tensor>> inputs = inputs(entries, model, pinned);
        Device device = DeviceProbe.probe();
        List<RuntimeProvider> runtimes = Stream.concat(
                        Runtimes.all().stream()
                                .filter(runtime -> !runtime.name().equals(CompiledRuntime.NAME)),
                        new HostCompiler(work, device, List.of()).runtimes().stream())
                .toList();
        List<Map<String, Tensor>> references = entries.golden == null
                ? meant(entries, pinned, inputs, runtimes)
                : entries.golden.cases().stream()
                        .map(GoldenVectors.Case::outputs)
                        .toList();
        Tolerance others =
                entries.golden == null && entries.samples == null ? onNoise(references) : Tolerance.SAME_DECISIONS;
        var variants = new ArrayList<Selection.Variant>();
        variants.add(new Selection.Variant(precision(model), entries.file, Deployment.tolerance(model)));
        entries.variants.forEach((name, file) -> variants.add(new Selection.Variant(name, file, others)));
        var request = new Selection.Request(
                variants,
                entries.threads.isEmpty() ? upTo(device.cores()) : entries.threads,
                entries.accelerators,
                entries.states,
                pinned,
                inputs,
                references,
                entries.limits,
                entries.budget);
        MemoryMeter memory = entries.memory ? new ChildMemory(System.getProperties()) : MemoryMeter.NONE;
        return new Selection(runtimes, nanoTime).measure(request, memory, progress);
    }

    /**
     * For other precisions on noise: there a model often decides the same whatever it is given, so that equal decisions prove nothing, and
     * the outputs have to be near, within a quarter of their range.
     */
    private static Tolerance onNoise(List<Map<String, Tensor>> references) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (Map<String, Tensor> outputs : references) {
            for (Tensor output : outputs.values()) {
                for (long i = 0; output.type() != DataType.STRING && i < output.elements(); i++) {
                    low = Math.min(low, output.valueAt(i));
                    high = Math.max(high, output.valueAt(i));
                }
            }
        }
        return high > low
                ? new Tolerance(NEAR * (high - low), Tolerance.SAME_DECISIONS.minAgreementPercent())
                : Tolerance.SAME_DECISIONS;
    }

    /** 1, 2, 4 and so on, and all of them. */
    static List<Integer> upTo(int cores) {
        var threads = new TreeSet<Integer>();
        for (int count = 1; count <= cores; count *= 2) {
            threads.add(count);
        }
        threads.add(Math.max(1, cores));
        return List.copyOf(threads);
    }

    /** As the table calls what a model computes in. */
    static String precision(Model model) {
        boolean integers = model.graph().nodes().stream()
                .anyMatch(node -> node.is("QuantizeLinear") || node.op().startsWith("QLinear"));
        boolean half = model.graph().initializers().values().stream()
                        .anyMatch(weight -> weight.type() == DataType.FLOAT16)
                && model.graph().initializers().values().stream().noneMatch(weight -> weight.type() == DataType.FLOAT);
        return integers ? "int8" : half ? "float16" : "float32";
    }

    private static List<Map<String, Tensor>> inputs(Entries entries, Model model, Map<String, Long> dims) {
        if (entries.golden != null) {
            return entries.golden.cases().stream()
                    .map(GoldenVectors.Case::inputs)
                    .toList();
        }
        return entries.samples == null
                ? Noise.of(model, dims, List.of(), SAMPLES, "select.samples").stream()
                        .map(Sample::inputs)
                        .toList()
                : Deployment.alike(entries.samples);
    }

    /** What the graph means: the outputs of ONNX Runtime without any rewriting; empty where it doesn't run the model. */
    private static List<Map<String, Tensor>> meant(
            Entries entries, Map<String, Long> dims, List<Map<String, Tensor>> inputs, List<RuntimeProvider> runtimes) {
        SessionOptions plain = SessionOptions.DEFAULT
                .withOptimization(SessionOptions.Optimization.NONE)
                .withDims(dims);
        RuntimeProvider reference = runtimes.stream()
                .filter(runtime -> runtime.name().equals("onnxruntime"))
                .findFirst()
                .orElseThrow();
        try (Session session = session(reference.open(entries.file, plain), entries, dims)) {
            return inputs.stream()
                    .map(sample -> {
                        if (session instanceof StatefulSession stateful) {
                            stateful.reset();
                        }
                        return session.infer(sample);
                    })
                    .toList();
        } catch (ProblemException otherRuntimesMay) {
            return List.of();
        }
    }

    private static Session session(Session opened, Entries entries, Map<String, Long> dims) {
        if (entries.states.isEmpty()) {
            return opened;
        }
        try {
            return StatefulSession.of(opened, entries.states, dims);
        } catch (ProblemException failure) {
            opened.close();
            throw failure;
        }
    }
}
