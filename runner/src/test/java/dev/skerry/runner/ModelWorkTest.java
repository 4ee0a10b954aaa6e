package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelWorkTest {
    @TempDir
    Path folder;

    private RunPlan plan() {
        return RunPlan.of(folder, folder, 40, 40, Duration.ofMillis(25), folder.resolve("report.json"));
    }

    @Test
    void stateGoesFromCycleToCycleAndStartsAnewWithTheRecording() {
        TestBundle.summing(folder);
        try (LoadedModel model = LoadedModel.open(plan())) {
            assertThat(model.checkGolden().maxDifference()).isZero();
            HeldSamples samples = model.samples();
            var bindings = model.bind(samples.shapes());
            var queue = new ActionQueue<Decision, Edition>(
                    new Decision[] {model.reader().newDecision()}, ignoring(), false);
            ModelWork work = ModelWork.of(model, new ReplayFeed(samples, bindings), bindings, queue, Level.NOMINAL);
            var sums = new ArrayList<Float>();

            for (long cycle = 0; cycle < TestBundle.SAMPLES + 2; cycle++) {
                work.sense(cycle);
                work.infer();
                assertThat(work.read()).isTrue();
                sums.add(work.decision().score(0));
            }

            // 0 + 1 + … + 7, and then the recording starts again
            assertThat(sums).isEqualTo(List.of(0f, 1f, 3f, 6f, 10f, 15f, 21f, 28f, 0f, 1f));
        }
    }

    private static ActionQueue.Sink<Decision, Edition> ignoring() {
        return new ActionQueue.Sink<>() {
            @Override
            public void decision(long cycle, Decision decision, Level level, Edition edition) {}

            @Override
            public void standIn(long cycle, Level level, long lastGood, Edition edition) {}
        };
    }

    @Test
    void onlyAsManySamplesAreHeldAsFit() {
        TestBundle.doubling(folder);
        try (LoadedModel model = LoadedModel.open(plan().withPreloadBytes(12))) {
            HeldSamples samples = model.samples();

            assertThat(samples.samples()).hasSize(3);
            assertThat(samples.available()).isEqualTo(TestBundle.SAMPLES);
            assertThat(samples.bytes()).isEqualTo(12);
        }
    }

    @Test
    void aRehearsalCostsLittleHeap() {
        TestBundle.doubling(folder);
        try (Rehearsal rehearsal = Rehearsal.open(plan())) {
            rehearsal.run(20_000);

            // the Java interface of ONNX Runtime takes some hundred bytes, and the compiler some for its own in the
            // beginning
            assertThat(rehearsal.bytesPerCycle()).isLessThan(2_000);
        }
    }
}
