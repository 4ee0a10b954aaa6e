package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

class RunPlanTest {
    @TempDir
    Path folder;

    private RunPlan plan(double rateHz, Duration deadline) {
        return RunPlan.of(folder, folder, rateHz, 10, deadline, folder.resolve("report.json"));
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
    void otherModelsShareTheMemoryOfSamplesAndBringTheirOwnSource() {
        var camera = JsonNodeFactory.instance.objectNode().put("ring", "x");
        var other = new RunPlan.Other(folder.resolve("lane"), folder, camera, null);
        RunPlan plan = plan(60, Duration.ofMillis(5))
                .withPreloadBytes(300)
                .withRealtime(RunPlan.Realtime.NONE)
                .withHeapMegabytes(64)
                .withSource(JsonNodeFactory.instance.objectNode())
                .withActions(JsonNodeFactory.instance.arrayNode())
                .withEvents(folder.resolve("events.jsonl"))
                .withOthers(List.of(other, other));

        assertThat(plan.of(other))
                .isEqualTo(
                        RunPlan.of(other.bundle(), folder, 60, 10, Duration.ofMillis(5), folder.resolve("report.json"))
                                .withPreloadBytes(100)
                                .withRealtime(RunPlan.Realtime.NONE)
                                .withHeapMegabytes(64)
                                .withSource(camera));
    }
}
