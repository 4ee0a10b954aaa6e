package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.measure.LoadSeeds;
import dev.skerry.measure.Progress;
import dev.skerry.measure.Scenario;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.OnnxRuntime;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** On ONNX Runtime and a real model, for moments. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class BenchTest {
    private static BenchSubject subject() {
        Path file = SharedData.at("models/mnist-cnn/mnist.onnx");
        return new BenchSubject(
                "mnist", file, ModelFile.read(file), "sha256:0", "float32", false, Map.of(), Map.of(), null);
    }

    private static BenchPlan plan(int instances, Scenario... scenarios) {
        return new BenchPlan(
                List.of(scenarios),
                false,
                Duration.ofMillis(100),
                OptionalLong.empty(),
                OptionalDouble.empty(),
                Duration.ofSeconds(1),
                1,
                instances,
                1,
                32,
                LoadSeeds.OFFICIAL,
                List.of());
    }

    private static List<BenchRow> run(BenchPlan plan, RuntimeProvider... runtimes) {
        var rows = new ArrayList<BenchRow>();
        BenchSubject subject = subject();
        List<Sample> noise = Bench.noise(subject);
        try (SampleLibrary samples = Bench.load("noise", noise.size(), noise, plan, 1 << 20, System::nanoTime)) {
            assertThat(samples.size()).isEqualTo(32);
            new Bench(subject, plan, samples, System::nanoTime, () -> false, Progress.NONE)
                    .run(List.of(runtimes), rows::add);
        }
        return rows;
    }

    @Test
    void findsARateThatKeepsAGenerousBound() {
        List<BenchRow> rows = run(plan(2, Scenario.SERVER), new OnnxRuntime());
        assertThat(rows).singleElement().isInstanceOfSatisfying(BenchRow.Measured.class, row -> {
            assertThat(row.probes()).isPositive();
            assertThat(row.run().settings().targetQps()).isPositive();
            assertThat(row.verdict().performanceMet()).isTrue();
            assertThat(row.parts().stream().map(BenchRow.BoundPart::name)).containsExactly("queue", "input", "infer");
        });
    }

    /** A runtime that isn't here is a row that says so, and the others are measured. */
    @Test
    void whatCanNotBeMeasuredStaysInTheTable() {
        RuntimeProvider missing = new RuntimeProvider() {
            @Override
            public String name() {
                return "elsewhere";
            }

            @Override
            public Availability probe() {
                return new Availability.Missing(Problem.environment("runtime.missing", "it is elsewhere")
                        .attempt("going there"));
            }

            @Override
            public Session open(Path model, SessionOptions options) {
                throw new AssertionError("nobody opens what is missing");
            }

            @Override
            public Session open(byte[] content, String name, SessionOptions options) {
                throw new AssertionError("nobody opens what is missing");
            }
        };
        List<BenchRow> rows = run(plan(1, Scenario.SINGLE_STREAM, Scenario.OFFLINE), missing, new OnnxRuntime());
        assertThat(rows.stream()
                        .map(row -> row.subject().runtime() + " " + row.scenario() + " "
                                + (row instanceof BenchRow.Measured)))
                .containsExactly(
                        "elsewhere SINGLE_STREAM false",
                        "elsewhere OFFLINE false",
                        "onnxruntime SINGLE_STREAM true",
                        "onnxruntime OFFLINE true");
        assertThat(rows.getFirst().toJson().path("reason").asString()).contains("it is elsewhere");
    }

    /** Of samples that don't all fit, those are held that the seeds draw, and each is the one of its index. */
    @Test
    void holdsTheSamplesThatAreAskedFor() {
        var source = new ArrayList<Sample>();
        for (int i = 0; i < 500; i++) {
            source.add(new Sample(
                    "s" + i,
                    Map.of("x", Tensor.ofFloats("x", new long[] {4}, i, i, i, i)),
                    OptionalInt.empty(),
                    false));
        }
        // 20 samples of 16 bytes
        try (SampleLibrary samples =
                Bench.load("test", 500, source, plan(1, Scenario.SINGLE_STREAM), 320, System::nanoTime)) {
            assertThat(samples.size()).isEqualTo(20);
            assertThat(samples.total()).isEqualTo(500);
            for (int index : samples.indices()) {
                assertThat(samples.sample(index).inputs().getFirst().get(java.lang.foreign.ValueLayout.JAVA_FLOAT, 0))
                        .isEqualTo(index);
            }
        }
        assertThatThrownBy(() -> Bench.load("none", 0, List.of(), plan(1, Scenario.SINGLE_STREAM), 1, System::nanoTime))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        thrown -> assertThat(thrown.problem().code()).isEqualTo("bench.samples"));
    }

    @Test
    void noiseFitsTheInputsOfRealModels() {
        for (String file : List.of(
                "models/har-motion/har_cnn1d.onnx", "models/magika/model.onnx", "mlperf-tiny/kws_int8.tflite")) {
            Path path = SharedData.at(file);
            Model model = ModelFile.read(path);
            var subject = new BenchSubject(file, path, model, "sha256:0", "float32", false, Map.of(), Map.of(), null);
            List<Sample> noise = Bench.noise(subject);
            assertThat(noise).hasSize(Bench.NOISE);
            try (Session session = new OnnxRuntime().open(path, SessionOptions.DEFAULT)) {
                assertThat(session.infer(noise.getFirst().inputs())).isNotEmpty();
            }
        }
    }
}
