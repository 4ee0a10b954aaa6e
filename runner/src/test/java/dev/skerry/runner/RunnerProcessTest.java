package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs in processes of their own, as a user has them. */
class RunnerProcessTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    private RunPlan plan(Path bundle, double rateHz, long cycles, long deadlineMillis) {
        return RunPlan.of(
                        bundle,
                        bundle,
                        rateHz,
                        cycles,
                        Duration.ofMillis(deadlineMillis),
                        folder.resolve("report.json"))
                .withHeapMegabytes(64);
    }

    private static RunReport run(RunPlan plan) {
        try (RunnerProcess process = RunnerProcess.start(plan, RunListener.NONE)) {
            return process.await();
        }
    }

    private static List<JsonNode> decisions(Path bundle) throws IOException {
        return Files.readAllLines(bundle.resolve("decisions.jsonl")).stream()
                .map(JSON::readTree)
                .toList();
    }

    @Test
    void everyReleaseIsAnsweredOnceAndInOrder() throws IOException {
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));

        RunReport report = run(plan(bundle, 40, 40, 25));

        assertThat(report.schema()).isEqualTo("skerry.run/1");
        assertThat(report.state()).isEqualTo(ExitState.COMPLETED);
        assertThat(report.cycles()).isEqualTo(40);
        assertThat(report.decisions() + report.missed()).isEqualTo(40);
        assertThat(report.fallbacks()).isEqualTo(report.missed());
        assertThat(report.causes().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(report.missed());
        assertThat(report.latencyMicros().samples()).isEqualTo(40);
        assertThat(report.histogram().stream()
                        .mapToLong(RunReport.Bucket::count)
                        .sum())
                .isEqualTo(40);
        assertThat(report.golden().vectors()).isEqualTo(1);
        assertThat(report.samples().held()).isEqualTo(TestBundle.SAMPLES);
        assertThat(report.pauses().known()).isTrue();
        List<JsonNode> decisions = decisions(bundle);
        assertThat(decisions).hasSize(40);
        for (int cycle = 0; cycle < 40; cycle++) {
            JsonNode one = decisions.get(cycle);
            assertThat(one.path("cycle").asInt()).isEqualTo(cycle);
            if (!one.path("fallback").asBoolean()) {
                assertThat(one.path("decision").path("values").path(0).asDouble())
                        .isEqualTo(2.0 * (cycle % TestBundle.SAMPLES));
            }
        }
        assertThat(RunReport.read(folder.resolve("report.json")).json()).isEqualTo(report.json());
    }

    @Test
    void tensorFlowLiteRunsInTheProcessToo() throws IOException {
        Path bundle = TestBundle.on("tflite", TestBundle.doubling(folder.resolve("bundle")));

        RunReport report = run(plan(bundle, 40, 20, 25));

        assertThat(report.state()).isEqualTo(ExitState.COMPLETED);
        assertThat(report.decisions() + report.missed()).isEqualTo(20);
        assertThat(report.golden().vectors()).isEqualTo(1);
        assertThat(decisions(bundle)).hasSize(20);
    }

    @Test
    void aModelThatIsAlwaysLateNeverKeepsTheAnswerFromLeaving() throws IOException {
        Path bundle = TestBundle.slow(folder.resolve("bundle"));

        RunReport report = run(plan(bundle, 20, 20, 2));

        assertThat(report.decisions()).isZero();
        assertThat(report.missed()).isEqualTo(20);
        assertThat(report.fallbacks()).isEqualTo(20);
        assertThat(report.missedUpperBound95()).isEqualTo(1);
        assertThat(decisions(bundle))
                .hasSize(20)
                .allSatisfy(one -> assertThat(one.path("decision").path("label").asString())
                        .isEqualTo("reject"));
    }

    @Test
    void aModelThatDoesNotReproduceItsGoldenVectorsNeverRuns() {
        Path bundle = TestBundle.doubling(folder.resolve("bundle"), 6.5f);

        var refused = catchThrowableOfType(ProblemException.class, () -> run(plan(bundle, 40, 40, 25)));

        assertThat(refused.problem().kind()).isEqualTo(Problem.Kind.GATE);
        assertThat(refused.problem().code()).isEqualTo("run.golden");
        assertThat(refused).hasMessageContaining("output y").hasMessageContaining("is 6.0, expected 6.5");
        assertThat(folder.resolve("report.json")).doesNotExist();
    }

    @Test
    void whatIsNoBundleIsRefused() {
        assertThatThrownBy(() -> run(plan(folder, 40, 40, 25))).hasMessageContaining("no unpacked bundle");
    }

    @Test
    void anUnwritableReportIsRefusedBeforeAnythingStarts() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        RunPlan plan = RunPlan.of(folder, folder, 40, 40, Duration.ofMillis(25), file.resolve("report.json"));

        assertThatThrownBy(() -> RunnerProcess.start(plan, RunListener.NONE))
                .hasMessageContaining("the run's report can't be written");
    }

    @Test
    void standardOutputCarriesDecisionsAndNothingElse() {
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));
        var lines = new ArrayList<String>();
        var phases = new ArrayList<String>();
        RunPlan plan = plan(bundle, 40, 12, 25).withActions(JSON.readTree("[{\"stdout\": {}}]"));

        RunReport report;
        try (RunnerProcess process = RunnerProcess.start(plan, new RunListener() {
            @Override
            public void phase(String name) {
                phases.add(name);
            }

            @Override
            public void line(String text) {
                lines.add(text);
            }
        })) {
            report = process.await();
        }

        assertThat(report.cycles()).isEqualTo(12);
        assertThat(lines)
                .hasSize(12)
                .allSatisfy(line -> assertThat(JSON.readTree(line).has("cycle")).isTrue());
        assertThat(phases).containsExactly("model", "golden vectors", "samples", "warm-up", "run");
    }

    /** Runs without an end until it has begun, then does something to it. */
    private RunnerProcess begun(RunPlan plan) throws InterruptedException {
        var running = new CountDownLatch(1);
        RunnerProcess process = RunnerProcess.start(plan, new RunListener() {
            @Override
            public void progress(long cycle, long cycles, long missed, double lastMicros) {
                if (cycle > 5) {
                    running.countDown();
                }
            }
        });
        assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
        return process;
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void ctrlCEndsItBetweenTwoCyclesWithItsReport() throws IOException, InterruptedException {
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));
        try (RunnerProcess process = begun(plan(bundle, 40, 0, 25))) {
            signal("INT", process.pid());

            RunReport report = process.await();

            assertThat(report.state()).isEqualTo(ExitState.INTERRUPTED);
            assertThat(report.cycles()).isGreaterThan(5).isEqualTo(report.decisions() + report.missed());
            assertThat(decisions(bundle)).hasSize((int) report.cycles());
        }
    }

    @Test
    void itEndsWithItsReportWhereItsParentAsksOrHasGone() throws InterruptedException {
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));
        try (RunnerProcess process = begun(plan(bundle, 40, 0, 25))) {
            process.stop();

            assertThat(process.await().state()).isEqualTo(ExitState.INTERRUPTED);
        }
    }

    @Test
    void aKilledRunIsToldWithItsExitCode() throws IOException, InterruptedException {
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));
        try (RunnerProcess process = begun(plan(bundle, 40, 0, 25))) {
            long begin = System.nanoTime();
            signal("KILL", process.pid());

            var died = catchThrowableOfType(ProblemException.class, process::await);

            double millis = (System.nanoTime() - begin) / 1e6;
            assertThat(died.problem().code()).isEqualTo("run.died");
            assertThat(died).hasMessageContaining("exit code 137");
            assertThat(folder.resolve("report.json")).doesNotExist();
            FaultMatrixTest.row(
                    "runner killed",
                    FaultMatrixTest.millis(millis) + " until its parent knows",
                    "ended with exit code 137, and with run.died for its supervisor");
        }
    }
}
