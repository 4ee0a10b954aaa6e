package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class SensorWatchTest {
    private static SensorWatch watch(int stuck, double noise, Double... range) {
        return new SensorWatch(new LiveSpec.Watch(stuck, noise, List.of(range)), List.of("a", "b"));
    }

    @Test
    void aChannelThatSaysTheSameIsStuckWhileTheOthersMove() {
        SensorWatch watch = watch(3, 0);
        assertThat(watch.row(new float[] {1, 5})).isZero();
        assertThat(watch.row(new float[] {2, 5})).isZero();
        assertThat(watch.row(new float[] {3, 5})).isEqualTo(SampleSink.STUCK);
        assertThat(watch.newlyStuck()).isEqualTo("b");
        assertThat(watch.row(new float[] {4, 5})).isEqualTo(SampleSink.STUCK);
        assertThat(watch.newlyStuck()).isNull();
        assertThat(watch.row(new float[] {5, 5.1f})).isZero();
    }

    @Test
    void theNoiseOfAConverterIsNoLife() {
        SensorWatch watch = watch(50, 0.02);
        var random = new Random(1);
        int stuck = 0;
        for (int i = 0; i < 200; i++) {
            stuck += watch.row(new float[] {i, 20 + 0.01f * random.nextInt(3)}) == SampleSink.STUCK ? 1 : 0;
        }
        assertThat(stuck).isEqualTo(151);
        // a slow drift is life: it leaves the band now and then
        SensorWatch drifting = watch(50, 0.02);
        for (int i = 0; i < 2000; i++) {
            assertThat(drifting.row(new float[] {i, 20 + 0.001f * i})).isZero();
        }
    }

    @Test
    void aGapStartsTheCountAnew() {
        SensorWatch watch = watch(3, 0);
        watch.row(new float[] {1, 1});
        watch.row(new float[] {1, 1});
        watch.restart();
        assertThat(watch.row(new float[] {1, 1})).isZero();
    }

    @Test
    void whatNoSensorCanSayIsOutOfRange() {
        SensorWatch watch = watch(0, 0, -40.0, 125.0);
        assertThat(watch.row(new float[] {125, -40})).isZero();
        assertThat(watch.row(new float[] {125.1f, 0})).isEqualTo(SampleSink.OUT_OF_RANGE);
        assertThat(watch.outside()).isEqualTo("a");
        assertThat(watch.row(new float[] {0, Float.NaN})).isEqualTo(SampleSink.OUT_OF_RANGE);
        // never stuck where nobody asked
        for (int i = 0; i < 1000; i++) {
            assertThat(watch.row(new float[] {0, 0})).isZero();
        }
    }

    /** Real machines: what is labelled as a failure there moves, and is for the model to judge. */
    @Test
    void anomaliesOfRealMachinesAreNotStuckAndAFrozenSensorIs() throws IOException {
        for (String series : List.of(
                "machine_temperature_system_failure",
                "ambient_temperature_system_failure",
                "cpu_utilization_asg_misconfiguration",
                "ec2_request_latency_system_failure",
                "nyc_taxi")) {
            List<Float> values = values(SharedData.at("nab/data/realKnownCause/" + series + ".csv"));
            SensorWatch alive = watch(12, 0);
            int called = 0;
            for (int i = 0; i < values.size(); i++) {
                called += alive.row(new float[] {values.get(i), i}) != 0 ? 1 : 0;
            }
            assertThat(called).as(series).isZero();

            // the same with a sensor that freezes for a day in the middle: told within the hour, and no longer than it
            // lasts
            SensorWatch frozen = watch(12, 0);
            int begin = values.size() / 2;
            var told = new ArrayList<Integer>();
            for (int i = 0; i < values.size(); i++) {
                float value = values.get(i >= begin && i < begin + 288 ? begin : i);
                if (frozen.row(new float[] {value, i}) != 0) {
                    told.add(i);
                }
            }
            assertThat(told).as(series).hasSize(288 - 11);
            assertThat(told.getFirst()).isEqualTo(begin + 11);
            assertThat(told.getLast()).isEqualTo(begin + 287);
        }
    }

    private static List<Float> values(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .skip(1)
                .map(line -> Float.parseFloat(line.substring(line.indexOf(',') + 1)))
                .toList();
    }

    @Test
    void gapsAreSeenByNumberByTimeOrBySilence() {
        var numbered = new GapWatch(true, false, 0, 0);
        assertThat(numbered.gap(7, 0, 0)).isFalse();
        assertThat(numbered.gap(8, 0, 1_000)).isFalse();
        assertThat(numbered.gap(10, 0, 1_001)).isTrue();
        assertThat(numbered.gap(11, 0, 1_002)).isFalse();
        assertThat(numbered.gap(0, 0, 1_003)).isTrue();

        var timed = new GapWatch(false, true, 100, 0);
        assertThat(timed.gap(0, 0, 0)).isFalse();
        assertThat(timed.gap(0, 149, 0)).isFalse();
        assertThat(timed.gap(0, 300, 0)).isTrue();
        assertThat(timed.gap(0, 299, 0)).isTrue(); // the clock was set back

        var silent = new GapWatch(false, false, 0, 500);
        assertThat(silent.gap(0, 0, 0)).isFalse();
        assertThat(silent.gap(0, 0, 500)).isFalse();
        assertThat(silent.gap(0, 0, 1001)).isTrue();
    }

    @Test
    void attemptsComeLessAndLessOftenAndNeverAtOneInstant() {
        var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), new SplittableRandom(9));
        long full = 100_000_000;
        for (int i = 0; i < 12; i++) {
            assertThat(backoff.nextNanos()).isBetween(full / 2, full);
            full = Math.min(2_000_000_000L, 2 * full);
        }
        backoff.reset();
        assertThat(backoff.nextNanos()).isLessThanOrEqualTo(100_000_000);
        var first = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), new SplittableRandom(1));
        var second = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), new SplittableRandom(2));
        assertThat(first.nextNanos()).isNotEqualTo(second.nextNanos());
    }
}
