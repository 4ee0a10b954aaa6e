package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.pipeline.SourceContext;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Runs in processes of their own on sensors that measure now. */
@Timeout(90)
@SuppressWarnings("NullAway") // a null fails the test, as it should
class LiveRunTest {
    @TempDir
    Path folder;

    private RunPlan plan(long cycles, String source) {
        TestBundle.doublingFrames(folder);
        return RunPlan.of(folder, folder, 50, cycles, Duration.ofMillis(20), folder.resolve("report.json"))
                .withHeapMegabytes(64)
                .withRealtime(RunPlan.Realtime.NONE)
                .withSource(JsonMapper.shared().readTree(source));
    }

    private Path pipe() throws IOException, InterruptedException {
        Path pipe = folder.resolve("sensor");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        return pipe;
    }

    /** Writes rows at 100 Hz, as another process would. */
    private static void write(Path pipe, int from, int rows, boolean frozen) throws IOException, InterruptedException {
        try (OutputStream out = Files.newOutputStream(pipe)) {
            out.write("x\n".getBytes(StandardCharsets.UTF_8));
            for (int i = from; i < from + rows; i++) {
                out.write(((frozen ? from : i) + "\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }
    }

    @Test
    void aSensorThatGoesAndComesBackIsAnsweredByTheFallbackInBetween() throws Exception {
        Path pipe = pipe();
        try (RunnerProcess process = RunnerProcess.start(
                plan(0, "{\"lines\": \"sensor\", \"columns\": \"x\", \"maxAge\": 0.2}"), RunListener.NONE)) {
            write(pipe, 0, 100, false);
            TimeUnit.MILLISECONDS.sleep(600);
            write(pipe, 1000, 100, false);
            process.stop();
            RunReport report = process.await();

            RunReport.Sensor sensor = report.sensor();
            assertThat(sensor.samples()).isEqualTo(200);
            assertThat(sensor.reconnects()).isEqualTo(1);
            assertThat(sensor.gaps()).isEqualTo(1);
            assertThat(sensor.stale()).isGreaterThan(5);
            assertThat(sensor.problems()).hasSize(1).first().asString().contains("has gone");
            assertThat(report.failed()).isEqualTo(sensor.stale());
            assertThat(report.ageMicros().samples()).isGreaterThan(20);
            assertThat(report.ageMicros().p50()).isBetween(0.0, 200_000.0);
            List<String> answers = Files.readAllLines(folder.resolve("decisions.jsonl"));
            assertThat(answers).anyMatch(line -> line.contains("reject"));
            assertThat(answers).anyMatch(line -> line.contains("[20"));
        }
    }

    @Test
    void aFrozenSensorIsNoAnomaly() throws Exception {
        Path pipe = pipe();
        try (RunnerProcess process = RunnerProcess.start(
                plan(0, "{\"lines\": \"sensor\", \"columns\": \"x\", \"stuck\": 20}"), RunListener.NONE)) {
            write(pipe, 7, 150, true);
            process.stop();
            RunReport report = process.await();

            assertThat(report.sensor().stuck()).isGreaterThan(10);
            assertThat(report.sensor().problems())
                    .anyMatch(text -> text.contains("the sensor is stuck") && text.contains("x"));
            assertThat(report.firstFailure()).contains("stuck");
            assertThat(report.fallbacks()).isGreaterThan(10);
        }
    }

    @Test
    void standardInputIsReadAndItsEndEndsTheRun() throws Exception {
        PlanFile.write(plan(0, "{\"lines\": \"-\", \"columns\": \"x\"}"), folder.resolve("plan.json"));
        Process run = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Runner.class.getName(),
                        folder.resolve("plan.json").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = run.outputWriter()) {
            out.write("x\n");
            for (int i = 1; i <= 5; i++) {
                out.write(i + "\n");
            }
        }
        assertThat(run.waitFor()).isZero();
        RunReport report = RunReport.read(folder.resolve("report.json"));
        assertThat(report.state()).isEqualTo(ExitState.COMPLETED);
        assertThat(report.decisions()).isPositive();
        assertThat(report.sensor().samples()).isEqualTo(5);
        // until the end is seen the last one may be repeated
        assertThat(report.cycles()).isBetween(5L, 30L);
    }

    @Test
    void anEndWithoutASampleIsRefusedInTheSourcesWords() throws IOException {
        Path said = Files.writeString(folder.resolve("said"), "x\nfive\n");
        var context = new SourceContext(System::nanoTime, new SplittableRandom(1), said);
        try (LoadedModel model = LoadedModel.open(plan(10, "{\"lines\": \"-\", \"columns\": \"x\"}"));
                Supply supply = model.supply(context)) {
            assertThatThrownBy(() -> supply.begin(() -> false))
                    .hasMessageContaining("the source has ended without a sample")
                    .hasMessageContaining("standard input: a line is no row of numbers");
        }
    }

    @Test
    void withoutASampleAndWithoutAFallbackTheRunIsRefused() throws IOException {
        RunPlan plan = plan(10, "{\"lines\": \"nowhere.csv\", \"columns\": \"x\"}");
        var seconds = new AtomicLong();
        var context =
                new SourceContext(() -> seconds.incrementAndGet() * 100_000_000L, new SplittableRandom(1), folder);
        try (LoadedModel model = LoadedModel.open(plan);
                Supply supply = model.supply(context)) {
            supply.begin(() -> false); // the fallback is there for it
        }
        Path manifest = folder.resolve("bundle.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"fallback\":{\"label\":\"reject\"},", ""));
        try (LoadedModel model = LoadedModel.open(plan);
                Supply supply = model.supply(context)) {
            assertThatThrownBy(() -> supply.begin(() -> false))
                    .hasMessageContaining("the source has said nothing for 10 s")
                    .hasMessageContaining("nowhere.csv");
        }
    }

    /** Waiting doesn't mend a wrong declaration; a recording of another rate is refused the same way. */
    @Test
    void aWrongDeclarationIsRefusedAtOnceInTheSourcesWords() throws IOException {
        Files.writeString(folder.resolve("rows.csv"), "a,b\n1,2\n");
        RunPlan plan = plan(10, "{\"lines\": \"rows.csv\", \"columns\": \"x\"}");
        Path manifest = folder.resolve("bundle.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"fallback\":{\"label\":\"reject\"},", ""));
        var context = new SourceContext(() -> 0, new SplittableRandom(1), folder);
        try (LoadedModel model = LoadedModel.open(plan);
                Supply supply = model.supply(context)) {
            assertThatThrownBy(() -> supply.begin(() -> false))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().kind()).isEqualTo(Problem.Kind.USAGE))
                    .hasMessageContaining("no column 'x' among a, b");
        }
    }
}
