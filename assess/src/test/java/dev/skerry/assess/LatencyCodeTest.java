package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class LatencyCodeTest {
    @Test
    void givesBackWhatItWasGiven() {
        var random = new SplittableRandom(3);
        for (int count : new int[] {0, 1, 2, 1000, 65_536, 65_537, 200_000}) {
            long[] latencies = random.longs(count, 0, 5_000_000).toArray();
            assertThat(LatencyCode.decode(LatencyCode.encode(latencies), "test"))
                    .isEqualTo(latencies);
        }
        long[] ends = {0, Long.MAX_VALUE, 1, Long.MIN_VALUE, -1, Long.MAX_VALUE, 0};
        assertThat(LatencyCode.decode(LatencyCode.encode(ends), "test")).isEqualTo(ends);
    }

    @Test
    void takesTwoBytesEachWhereTheyAreAlike() {
        var random = new SplittableRandom(4);
        long[] latencies = random.longs(60_000, 200_000, 208_000).toArray();
        int bytes =
                LatencyCode.encode(latencies).stream().mapToInt(String::length).sum();
        assertThat(bytes).isLessThan(3 * latencies.length);
    }

    @Test
    void refusesWhatItDidNotWrite() throws IOException {
        long[] latencies = new SplittableRandom(5).longs(5000, 0, 1 << 20).toArray();
        String good = LatencyCode.encode(latencies).getFirst();
        assertRefused(List.of(good, good)); // a piece that isn't full, before another
        assertRefused(List.of("no base 64!"));
        assertRefused(List.of(good.substring(0, good.length() / 8 * 4)));
        var endless = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(endless)) {
            out.write(new byte[200 << 20]);
        }
        assertRefused(List.of(Base64.getEncoder().encodeToString(endless.toByteArray())));
        var unfinished = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(unfinished)) {
            out.write(new byte[] {-1, -1});
        }
        assertRefused(List.of(Base64.getEncoder().encodeToString(unfinished.toByteArray())));
    }

    /** Bytes at random either decode to something or are refused; nothing else is thrown, and it ends. */
    @Test
    void bytesAtRandomAreRefusedOrRead() {
        var random = new SplittableRandom(6);
        byte[] good = Base64.getDecoder()
                .decode(LatencyCode.encode(random.longs(300, 0, 1 << 20).toArray())
                        .getFirst());
        for (int i = 0; i < 3000; i++) {
            byte[] bad = good.clone();
            for (int flips = 0; flips <= random.nextInt(4); flips++) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            try {
                LatencyCode.decode(List.of(Base64.getEncoder().encodeToString(bad)), "fuzz");
            } catch (ProblemException refused) {
                assertThat(refused.problem().code()).isEqualTo("bench.result");
            }
        }
    }

    private static void assertRefused(List<String> pieces) {
        assertThatThrownBy(() -> LatencyCode.decode(pieces, "test")).isInstanceOf(ProblemException.class);
    }
}
