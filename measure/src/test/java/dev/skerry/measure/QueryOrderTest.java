package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The digests are of what LoadGen's own {@code GenerateLoadableSets} and {@code GenerateQueries} (mlcommons/inference, loadgen.cc)
 * gave with GCC 12 for the same settings and the seeds of 6.0.17: the samples of each query on a line.
 */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class QueryOrderTest {
    @Test
    void asksForTheSamplesThatLoadGenAsksFor() {
        assertOrder(
                settings(Scenario.SINGLE_STREAM, 1, 100, 10_000, 1024, 0),
                100,
                "6584",
                "71e95f08c698625d1a1ff3d6c4eca1d3718e367129fdef0aba0d6fb207518ea5");
        assertOrder(
                settings(Scenario.SINGLE_STREAM, 1, 100, 50_000, 10_833, 0),
                1001,
                "40764",
                "1c3aa2ec324d387283b6da8619843a35b9bbd8d198448a5ebd2bb7ccd19a403d");
        assertOrder(
                settings(Scenario.SINGLE_STREAM, 1, 100, 70_000, 70_000, 0),
                100,
                "58108",
                "23f0b0d20e347d814d19eb1b1235bee924973b3cab9a6f7c94320eb613fefdf1");
        assertOrder(
                settings(Scenario.MULTI_STREAM, 8, 662, 1000, 256, 0),
                662,
                "496 99 813 355 317 810 302 90",
                "86324ee9ee90012d3b3c97581611100205d8e3367bfd6a6031635bcff50bddf2");
        assertOrder(
                settings(Scenario.SERVER, 1, 100, 5000, 1024, 200),
                100,
                "784",
                "9705d5e3c1a311b82deb98c20a30ed5346b0db72a8754ee42a135ae47d244b57");
        assertOrder(
                settings(Scenario.OFFLINE, 24, 1, 10, 6, 1),
                1,
                "1 5 7 6 0 8 1 5 7 6 0 8 1 5 7 6 0 8 1 5 7 6 0 8",
                "533168406752ad1cee79d0e4a20f10dec322f0583ad687c28514d1f0c2850083");
    }

    @Test
    void asksForEachSampleOnceForAccuracy() {
        assertOrder(
                settings(Scenario.SINGLE_STREAM, 1, 100, 20, 8, 0).withAccuracy(),
                20,
                "2",
                "44275c36e799024d2e7c5126ebe7d177fc8610f7b3f6da4b2242533a04c2ebeb");
        assertOrder(
                settings(Scenario.MULTI_STREAM, 8, 662, 20, 20, 0).withAccuracy(),
                3,
                "1 5 13 10 11 19 12 2",
                "57938b0b3fd12aa533b28ed1770930a88ec4a7616369cf7512e08c502e88ea55");
        assertOrder(
                settings(Scenario.OFFLINE, 24, 1, 20, 8, 1).withAccuracy(),
                3,
                "1 5 13 10 11 19 12 2",
                "ed76bfda5fc2f724dc35bf553a6c2ce07185604e2919f940d2cf92ccb657e591");
        var once =
                new QueryOrder(settings(Scenario.SERVER, 1, 100, 1000, 300, 50).withAccuracy());
        var seen = new java.util.BitSet();
        int[] sample = new int[1];
        int queries = 0;
        while (once.next(sample)) {
            seen.set(sample[0]);
            queries++;
        }
        assertThat(queries).isEqualTo(1000);
        assertThat(seen.cardinality()).isEqualTo(1000);
    }

    private static LoadSettings settings(
            Scenario scenario, int samplesPerQuery, long minQueries, int total, int loaded, double qps) {
        return new LoadSettings(
                scenario,
                false,
                scenario.percentile(),
                samplesPerQuery,
                qps,
                0,
                0,
                minQueries,
                total,
                loaded,
                LoadSeeds.OFFICIAL);
    }

    private static void assertOrder(LoadSettings settings, int queries, String first, String digest) {
        var order = new QueryOrder(settings);
        var lines = new StringBuilder();
        for (int i = 0; i < queries; i++) {
            int[] samples = new int[order.size()];
            if (!order.next(samples)) {
                break;
            }
            lines.append(Arrays.stream(samples).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                    .append('\n');
        }
        assertThat(lines.toString()).startsWith(first + "\n");
        assertThat(sha256(lines.toString())).isEqualTo(digest);
        if (settings.accuracy()) {
            assertThat(order.next(new int[order.size()])).isFalse();
        }
    }

    /** {@code std::exponential_distribution<>(200)} over {@code mt19937(schedule seed)}, in nanoseconds cut off. */
    @Test
    void arrivesWhenLoadGenArrives() {
        var order = new QueryOrder(settings(Scenario.SERVER, 1, 100, 5000, 1024, 200));
        long[] expected = {0, 9_218_270, 11_507_888, 17_937_199, 21_502_172, 23_434_205};
        int[] sample = new int[1];
        for (int i = 0; i < 100; i++) {
            assertThat(order.next(sample)).isTrue();
            if (i < expected.length) {
                assertThat(order.scheduledNanos()).isEqualTo(expected[i]);
            }
        }
        assertThat(order.scheduledNanos()).isEqualTo(541_213_840);
    }

    @Test
    void arrivesAsOftenAsAskedFor() {
        var order = new QueryOrder(settings(Scenario.SERVER, 1, 100, 10, 10, 1000));
        int[] sample = new int[1];
        for (int i = 0; i < 100_001; i++) {
            order.next(sample);
        }
        // 100,000 gaps of 1 ms, so 100 s within some 0.3 %
        assertThat(order.scheduledNanos() / 1e9).isBetween(99.0, 101.0);
    }

    @Test
    void drawsEachLoadedSampleAndNoOther() {
        var order = new QueryOrder(settings(Scenario.SINGLE_STREAM, 1, 100, 50, 20, 0));
        int[] loaded = order.loaded();
        assertThat(loaded).hasSize(20).doesNotHaveDuplicates();
        var seen = new java.util.HashSet<Integer>();
        int[] sample = new int[1];
        for (int i = 0; i < 2000; i++) {
            order.next(sample);
            seen.add(sample[0]);
        }
        assertThat(seen).hasSize(20).isSubsetOf(Arrays.stream(loaded).boxed().toList());
    }

    /** A stream of eight over three samples: LoadGen pads what is loaded from its beginning. */
    @Test
    void fewerSamplesThanAQueryAsksForGoRound() {
        var order = new QueryOrder(settings(Scenario.MULTI_STREAM, 8, 10, 3, 3, 0));
        int[] samples = new int[8];
        for (int i = 0; i < 100; i++) {
            order.next(samples);
            for (int j = 3; j < 8; j++) {
                assertThat(samples[j]).isEqualTo(samples[j - 3]);
            }
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
