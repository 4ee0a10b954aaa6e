package dev.skerry.project;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.OpenBatch;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.Selection;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One model on every runtime that is here, with one thread, side by side. */
public final class RuntimeContest {
    private static final int SAMPLES = 16;
    private static final String AS_GIVEN = "as given";

    private final Path work;
    private final LongSupplier nanoTime;

    /**
     * @param work a folder for what is compiled on the way
     * @param nanoTime a monotonic clock in nanoseconds
     */
    public RuntimeContest(Path work, LongSupplier nanoTime) {
        this.work = work;
        this.nanoTime = nanoTime;
    }

    /**
     * Measures a model as its file has it.
     *
     * @param samples its inputs; null for noise, which is enough for time, and for whether runtimes agree
     * @param states state outputs to state inputs
     * @param dims sizes of open dimensions; a batch that is left open is one of 1
     * @param budget time for all together
     */
    public SelectionReport run(
            Path file,
            @Nullable SampleSource samples,
            Map<String, String> states,
            Map<String, Long> dims,
            Duration budget) {
        Model model = ModelFile.read(file);
        Map<String, Long> pinned = OpenBatch.asOne(model.graph(), dims);
        List<Map<String, Tensor>> inputs = samples == null ? noise(model, pinned) : Deployment.alike(samples);
        var request = new Selection.Request(
                List.of(new Selection.Variant(AS_GIVEN, file, Deployment.tolerance(model))),
                List.of(1),
                states,
                pinned,
                inputs,
                List.of(),
                budget);
        Device device = DeviceProbe.probe();
        List<RuntimeProvider> runtimes = Stream.concat(
                        Runtimes.all().stream()
                                .filter(runtime -> !runtime.name().equals(CompiledRuntime.NAME)),
                        new HostCompiler(work, device, List.of()).runtimes().stream())
                .toList();
        return new Selection(runtimes, nanoTime).measure(request);
    }

    /** Bytes of all values, and reals around zero; always the same. */
    private static List<Map<String, Tensor>> noise(Model model, Map<String, Long> dims) {
        Types types = ShapeInference.infer(model, dims);
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        var samples = new ArrayList<Map<String, Tensor>>();
        for (int i = 0; i < SAMPLES; i++) {
            var sample = new LinkedHashMap<String, Tensor>();
            for (ValueInfo input : model.graph().dataInputs()) {
                sample.put(input.name(), noise(input.name(), types, random));
            }
            samples.add(sample);
        }
        return samples;
    }

    private static Tensor noise(String name, Types types, RandomGenerator random) {
        ValueType.OfTensor type = types.tensor(name)
                .filter(known -> Optional.ofNullable(known.shape())
                        .filter(shape -> shape.isStatic())
                        .isPresent())
                .orElseThrow(() -> Problem.usage("select.samples", "the size of an input isn't known")
                        .at("input " + name)
                        .attempt("--dim NAME=SIZE, or a project")
                        .toException());
        long[] dims = Objects.requireNonNull(type.shape()).sizes();
        int elements = 1;
        for (long size : dims) {
            elements = Math.multiplyExact(elements, Math.toIntExact(size));
        }
        return switch (type.element()) {
            case INT8, UINT8, BOOL -> {
                byte[] bytes = new byte[elements];
                random.nextBytes(bytes);
                for (int i = 0; i < elements && type.element() == DataType.BOOL; i++) {
                    bytes[i] &= 1;
                }
                yield Tensor.of(name, type.element(), dims, MemorySegment.ofArray(bytes));
            }
            case FLOAT -> {
                float[] values = new float[elements];
                for (int i = 0; i < elements; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                yield Tensor.ofFloats(name, dims, values);
            }
            default ->
                throw Problem.usage("select.samples", "there is no noise of this type")
                        .at("input " + name)
                        .because("it is " + type.element().label())
                        .attempt("a project, whose samples are measured with")
                        .toException();
        };
    }
}
