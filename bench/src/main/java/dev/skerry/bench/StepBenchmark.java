package dev.skerry.bench;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.skerry.runner.Rehearsal;
import dev.skerry.runner.RunPlan;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A cycle of the runner (sample in, inference, decision read, handed over, everything counted) against nothing but ONNX Runtime's
 * own Java call with a pinned output, on the same model. Each call is timed by itself, since the median of calls is what a busy
 * machine leaves alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up first
public class StepBenchmark {
    private Path folder = Path.of(".");
    private Rehearsal rehearsal;
    private OrtSession session;
    private OrtSession.SessionOptions options;
    private Map<String, OnnxTensorLike> inputs = Map.of();
    private Map<String, OnnxValue> outputs = Map.of();

    @Setup
    public void open() throws IOException, OrtException {
        folder = Files.createTempDirectory("skerry-bench");
        var bundle = new BenchBundle(64, 36);
        bundle.write(folder);
        rehearsal =
                Rehearsal.open(RunPlan.of(folder, folder, 120, 0, Duration.ofMillis(8), folder.resolve("report.json")));
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
        session = environment.createSession(folder.resolve(BenchBundle.MODEL).toString(), options);
        long[] dims = bundle.inputDims();
        int pixels = Math.toIntExact(dims[1] * dims[2] * dims[3]);
        inputs = Map.of(
                BenchBundle.INPUT, OnnxTensor.createTensor(environment, direct(pixels), dims, OnnxJavaType.UINT8));
        outputs = Map.of(
                BenchBundle.OUTPUT,
                OnnxTensor.createTensor(environment, direct(40).asFloatBuffer(), new long[] {1, 10}));
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Benchmark
    public void runner() {
        rehearsal.run(1);
    }

    @Benchmark
    public void bare() throws OrtException {
        session.run(inputs, Set.of(), outputs).close();
    }

    /** The same for a caller that can't take a checked exception. */
    void bareUnchecked() {
        try {
            bare();
        } catch (OrtException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @TearDown
    public void close() throws IOException, OrtException {
        rehearsal.close();
        inputs.values().forEach(OnnxTensorLike::close);
        outputs.values().forEach(OnnxValue::close);
        session.close();
        options.close();
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
