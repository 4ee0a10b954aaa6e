package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class RunPlanTest {
    @TempDir
    Path folder;

    private RunPlan plan(double rateHz, Duration deadline) {
        return RunPlan.of(folder, folder, rateHz, 10, deadline, folder.resolve("report.json"));
    }

    @Test
    void theChildReadsWhatTheParentWrote() throws IOException {
        RunPlan plan = plan(29.97, Duration.ofMillis(5))
                .withRealtime(new RunPlan.Realtime(true, false, 3, true))
                .withPreloadBytes(1 << 20)
                .withSource(JsonMapper.builder().build().readTree("{\"images\":\"x\"}"));
        plan.write(folder.resolve("plan.json"));

        assertThat(RunPlan.read(folder.resolve("plan.json"))).isEqualTo(plan);
    }

    @Test
    void aDeadlineAfterTheNextReleaseIsRefused() {
        assertThatThrownBy(() -> plan(120, Duration.ofMillis(9)))
                .hasMessageContaining("the deadline of 9.0 ms doesn't fit the rate")
                .hasMessageContaining("at most 8.333333 ms");
    }

    @Test
    void aRateThatIsNoneIsRefused() {
        assertThatThrownBy(() -> plan(0, Duration.ofMillis(1))).hasMessageContaining("0.0 Hz can't be run");
        assertThatThrownBy(() -> plan(Double.NaN, Duration.ofMillis(1))).hasMessageContaining("can't be run");
    }

    @Test
    void whatIsNoPlanIsRefusedByName() throws IOException {
        Path file = folder.resolve("plan.json");
        Files.writeString(file, "{\"schema\":\"skerry.plan/1\",\"bundle\":\"x\"}");
        assertThatThrownBy(() -> RunPlan.read(file))
                .hasMessageContaining("lacks a field")
                .hasMessageContaining("realtime");
        Files.writeString(file, "{");
        assertThatThrownBy(() -> RunPlan.read(file)).hasMessageContaining("isn't JSON");
        assertThatThrownBy(() -> RunPlan.read(folder.resolve("none"))).hasMessageContaining("can't be read");
    }

    @Test
    void otherModelsAndTheFileOfEventsReachTheChild() throws IOException {
        RunPlan plan = plan(60, Duration.ofMillis(5))
                .withEvents(folder.resolve("events.jsonl"))
                .withOthers(List.of(
                        new RunPlan.Other(folder.resolve("lane"), folder),
                        new RunPlan.Other(
                                folder.resolve("sign"),
                                folder,
                                JsonMapper.shared().readTree("{\"ring\":\"x\"}"),
                                JsonMapper.shared().readTree("[]"))));
        plan.write(folder.resolve("plan.json"));

        assertThat(RunPlan.read(folder.resolve("plan.json"))).isEqualTo(plan);
    }
}
