package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.RingFile;
import dev.skerry.pipeline.RingWriter;
import dev.skerry.pipeline.SampleLayout;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process of its own on samples that this one writes. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class RingRunTest {
    @TempDir
    Path folder;

    private RunPlan plan(String ring) {
        TestBundle.doubling(folder);
        var spec = new LiveSpec.Ring(ring, new LiveSpec.Freshness(LiveSpec.Take.IN_ORDER, 0.3));
        return RunPlan.of(folder, folder, 50, 100, Duration.ofMillis(20), folder.resolve("report.json"))
                .withRealtime(RunPlan.Realtime.NONE)
                .withSource(spec.toJson());
    }

    private static SampleLayout layout(long... dims) {
        return new SampleLayout(List.of(new SampleLayout.Input(
                "x", DataType.FLOAT, java.util.Arrays.stream(dims).boxed().toList())));
    }

    @Test
    void decidesOnWhatAnotherProcessMeasuresAndFallsBackWhenThatStops() throws Exception {
        Path file = folder.resolve("x.ring");
        try (RingFile ring = RingFile.write(file, layout(1, 1), 64)) {
            var stop = new AtomicBoolean();
            Thread writing =
                    Thread.ofPlatform().daemon().start(() -> write(ring.ring().writer(), stop));
            var listener = new RunListener() {
                @Override
                public void progress(long cycle, long cycles, long missed, double lastMicros) {
                    if (cycle > 50) {
                        stop.set(true);
                    }
                }
            };
            RunReport report;
            try (RunnerProcess process = RunnerProcess.start(plan("x.ring"), listener)) {
                report = process.await();
            } finally {
                stop.set(true);
                writing.join();
            }
            assertThat(report.cycles()).isEqualTo(100);
            assertThat(report.decisions()).isGreaterThan(20);
            assertThat(report.firstFailure()).contains("young enough");
            assertThat(report.fallbacks()).isGreaterThan(5);
            List<String> lines = Files.readAllLines(folder.resolve("decisions.jsonl"));
            assertThat(lines.getLast()).contains("reject");
            assertThat(lines).anyMatch(line -> line.contains("\"#"));
        }
    }

    private static void write(RingWriter writer, AtomicBoolean stop) {
        for (int i = 0; !stop.get(); i++) {
            writer.input(0).set(ValueLayout.JAVA_FLOAT, 0, i);
            writer.publish(System.nanoTime(), 0);
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    @Test
    void samplesThatTheModelDoesNotTakeAreRefused() throws IOException {
        RingFile.write(folder.resolve("y.ring"), layout(1, 2), 64).close();
        try (RunnerProcess process = RunnerProcess.start(plan("y.ring"), new RunListener() {})) {
            assertThatThrownBy(process::await)
                    .hasMessageContaining("not what the model takes")
                    .hasMessageContaining("x float32[1,2]");
        }
    }
}
