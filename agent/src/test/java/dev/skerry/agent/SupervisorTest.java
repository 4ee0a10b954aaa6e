package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.runner.ExitState;
import dev.skerry.runner.RunPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runners in processes of their own, and what becomes of them. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class SupervisorTest {
    @TempDir
    Path folder;

    private final List<AgentEvent> events = new CopyOnWriteArrayList<>();

    private Supervisor supervisor(RunBundle bundle) {
        RunPlan plan = RunPlan.of(
                        bundle.folder(), bundle.folder(), 50, 0, Duration.ofMillis(20), folder.resolve("report.json"))
                .withRealtime(RunPlan.Realtime.NONE)
                .withHeapMegabytes(64);
        return new Supervisor(
                "press",
                plan,
                bundle.pipeline().restartNanos(),
                new AgentContext(Map.of(), System::nanoTime, new Random(1), events::add));
    }

    private void until(Supervisor supervisor, RunnerStatus.State state, long restarts) {
        SourceProbe.until(
                () -> supervisor.status(null).state() == state
                        && supervisor.status(null).restarts() == restarts,
                () -> supervisor.status(null) + " " + events);
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void aRunnerThatIsKilledIsStartedAgainAndTheTimeIsMeasured() throws IOException, InterruptedException {
        RunBundle bundle = RunBundle.in(folder.resolve("bundle"), RunBundle.RECORDED, "'stdout'", 6);
        Supervisor supervisor = supervisor(bundle);
        supervisor.start();
        until(supervisor, RunnerStatus.State.DECIDING, 0);
        long first = supervisor.status(null).pid();

        signal("KILL", first);
        until(supervisor, RunnerStatus.State.DECIDING, 1);

        RunnerStatus status = supervisor.status(null);
        assertThat(status.pid()).isNotEqualTo(first).isPositive();
        assertThat(status.lastRestartMillis()).isPositive();
        assertThat(status.trouble()).contains("137");
        supervisor.close();
        assertThat(supervisor.status(null).state()).isEqualTo(RunnerStatus.State.STOPPED);
        assertThat(supervisor.report().state()).isEqualTo(ExitState.INTERRUPTED);
        assertThat(ProcessHandle.of(status.pid()).map(ProcessHandle::isAlive).orElse(false))
                .isFalse();
        assertThat(events.stream().map(AgentEvent::name))
                .containsExactly(
                        "runner-started",
                        "runner-deciding",
                        "runner-died",
                        "runner-started",
                        "runner-deciding",
                        "runner-ended");
        assertThat(events.get(4).toJson().path("restartMillis").asDouble()).isPositive();
    }

    @Test
    void aRunnerThatStandsStillIsEndedAndStartedAgain() throws IOException, InterruptedException {
        RunBundle bundle = RunBundle.in(folder.resolve("bundle"), RunBundle.RECORDED, "'stdout'", 6);
        try (Supervisor supervisor = supervisor(bundle)) {
            supervisor.start();
            until(supervisor, RunnerStatus.State.DECIDING, 0);

            signal("STOP", supervisor.status(null).pid());
            until(supervisor, RunnerStatus.State.DECIDING, 1);

            assertThat(supervisor.status(null).trouble()).contains("doesn't get on");
        }
    }

    @Test
    void aRunnerWhoseInferenceHangsIsLeftToItsOwnLimitAndItsReport() throws IOException {
        RunBundle bundle = RunBundle.in(folder.resolve("bundle"), RunBundle.RECORDED, "'stdout'", 6)
                .hanging("6s");
        try (Supervisor supervisor = supervisor(bundle)) {
            supervisor.start();
            until(supervisor, RunnerStatus.State.DECIDING, 0);

            HangingRuntime.hang(bundle.folder());
            until(supervisor, RunnerStatus.State.DECIDING, 1);

            assertThat(supervisor.status(null).trouble()).contains("an inference didn't come back");
            assertThat(supervisor.report().state()).isEqualTo(ExitState.HUNG);
        }
    }

    @Test
    void aRunnerThatRefusesItsBundleStaysDown() throws IOException {
        RunBundle bundle = RunBundle.in(folder.resolve("bundle"), RunBundle.RECORDED, "'stdout'", 6.5f);
        try (Supervisor supervisor = supervisor(bundle)) {
            supervisor.start();
            SourceProbe.until(
                    () -> !events.isEmpty() && events.getLast().name().equals("runner-down"),
                    () -> supervisor.status(null) + " " + events);

            assertThat(supervisor.status(null).state()).isEqualTo(RunnerStatus.State.DOWN);
            assertThat(supervisor.status(null).trouble()).contains("golden");
        }
    }
}
