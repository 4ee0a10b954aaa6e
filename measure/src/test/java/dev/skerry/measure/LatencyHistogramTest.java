package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    @Test
    void isWithinAThousandthOfTheSortedSamples() {
        var random = new SplittableRandom(11);
        for (int n : new int[] {1, 2, 10, 999, 20_000}) {
            var histogram = new LatencyHistogram();
            long[] samples = new long[n];
            for (int i = 0; i < n; i++) {
                samples[i] = (long) Math.exp(random.nextDouble(0, 20));
                histogram.record(samples[i]);
            }
            Arrays.sort(samples);
            LatencySummary summary = histogram.summary();
            assertThat(summary.samples()).isEqualTo(n);
            assertThat(summary.minNanos()).isEqualTo(samples[0]);
            assertThat(summary.maxNanos()).isEqualTo(samples[n - 1]);
            assertThat(summary.meanNanos())
                    .isCloseTo(Arrays.stream(samples).average().orElseThrow(), within(1e-3));
            assertNear(summary.p50Nanos(), samples[rank(50, n)]);
            assertNear(summary.p90Nanos(), samples[rank(90, n)]);
            assertNear(summary.p99Nanos(), samples[rank(99, n)]);
            assertNear(summary.p999Nanos(), samples[rank(99.9, n)]);
        }
    }

    @Test
    void barsHoldEverySampleOnceAndTouch() {
        var random = new SplittableRandom(12);
        var histogram = new LatencyHistogram();
        long[] samples = new long[5000];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = i < 10 ? i : (long) Math.exp(random.nextDouble(0, 22));
            histogram.record(samples[i]);
        }
        var bars = histogram.buckets();
        assertThat(bars.stream().mapToLong(LatencyHistogram.Bucket::count).sum())
                .isEqualTo(5000);
        for (int i = 1; i < bars.size(); i++) {
            assertThat(bars.get(i).fromNanos()).isEqualTo(bars.get(i - 1).toNanos());
        }
        assertThat(bars.getFirst().count()).isPositive();
        assertThat(bars.getLast().count()).isPositive();
        assertThat(bars.size()).isLessThan(16 * 40);
        assertThat(new LatencyHistogram().buckets()).isEmpty();
    }

    @Test
    void keepsWhatLastsLongerThanAnHour() {
        var histogram = new LatencyHistogram();
        histogram.record(Long.MAX_VALUE);
        histogram.record(5);
        assertThat(histogram.summary().maxNanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(histogram.summary().samples()).isEqualTo(2);
        assertThatThrownBy(() -> histogram.record(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void addsAndForgets() {
        var one = new LatencyHistogram();
        var two = new LatencyHistogram();
        one.record(10);
        two.record(30);
        one.add(two);
        assertThat(one.summary().samples()).isEqualTo(2);
        assertThat(one.summary().meanNanos()).isEqualTo(20);
        one.reset();
        assertThat(one.summary()).isEqualTo(new LatencySummary(0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void recordingAllocatesNothing() {
        var histogram = new LatencyHistogram();
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 20_000; i++) {
            histogram.record(i);
        }
        threads.getCurrentThreadAllocatedBytes();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            histogram.record(i * 37L);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .isLessThan(10_000); // one object a record would be over a million
    }

    private static int rank(double percent, int n) {
        return (int) Math.max(0, Math.ceil(percent * n / 100 - 1e-9) - 1);
    }

    private static void assertNear(long actual, long expected) {
        assertThat(actual).isBetween(expected, expected + expected / 1000 + 1);
    }
}
