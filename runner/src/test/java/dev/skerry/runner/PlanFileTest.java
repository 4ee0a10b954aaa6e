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

class PlanFileTest {
    @TempDir
    Path folder;

    private RunPlan plan(double rateHz) {
        return RunPlan.of(folder, folder, rateHz, 10, Duration.ofMillis(5), folder.resolve("report.json"));
    }

    @Test
    void theChildReadsWhatTheParentWrote() throws IOException {
        RunPlan plan = plan(29.97)
                .withRealtime(new RunPlan.Realtime(true, false, 3, true))
                .withPreloadBytes(1 << 20)
                .withSource(JsonMapper.builder().build().readTree("{\"images\":\"x\"}"));
        PlanFile.write(plan, folder.resolve("plan.json"));

        assertThat(PlanFile.read(folder.resolve("plan.json"))).isEqualTo(plan);
    }

    @Test
    void otherModelsAndTheFileOfEventsReachTheChild() throws IOException {
        RunPlan plan = plan(60).withEvents(folder.resolve("events.jsonl"))
                .withOthers(List.of(
                        new RunPlan.Other(folder.resolve("lane"), folder),
                        new RunPlan.Other(
                                folder.resolve("sign"),
                                folder,
                                JsonMapper.shared().readTree("{\"ring\":\"x\"}"),
                                JsonMapper.shared().readTree("[]"))));
        PlanFile.write(plan, folder.resolve("plan.json"));

        assertThat(PlanFile.read(folder.resolve("plan.json"))).isEqualTo(plan);
    }

    @Test
    void whatIsNoPlanIsRefusedByName() throws IOException {
        Path file = folder.resolve("plan.json");
        Files.writeString(file, "{\"schema\":\"skerry.plan/1\",\"bundle\":\"x\"}");
        assertThatThrownBy(() -> PlanFile.read(file))
                .hasMessageContaining("lacks a field")
                .hasMessageContaining("base");
        Files.writeString(file, "{");
        assertThatThrownBy(() -> PlanFile.read(file)).hasMessageContaining("isn't JSON");
        assertThatThrownBy(() -> PlanFile.read(folder.resolve("none"))).hasMessageContaining("can't be read");
    }
}
