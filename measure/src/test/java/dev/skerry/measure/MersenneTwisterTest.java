package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class MersenneTwisterTest {
    private static final String PROGRAM = """
            #include <algorithm>
            #include <cstdint>
            #include <cstdio>
            #include <numeric>
            #include <random>
            #include <vector>

            int main() {
                for (uint64_t seed : {0ull, 5489ull, 2085463073848966840ull, 16159082839903944936ull}) {
                    std::mt19937 raw(seed);
                    for (int i = 0; i < 2000; i++) printf("%llu\\n", (unsigned long long) raw());
                    for (int64_t count : {1, 2, 3, 10, 1000, 1024, 10833, 2147483647}) {
                        std::mt19937 bits(seed);
                        std::uniform_int_distribution<> uniform(0, count - 1);
                        for (int i = 0; i < 1000; i++) printf("%d\\n", uniform(bits));
                    }
                    for (int64_t count : {3000000000ll, 4294967295ll, 4294967296ll}) {
                        std::mt19937 bits(seed);
                        std::uniform_int_distribution<uint64_t> uniform(0, count - 1);
                        for (int i = 0; i < 1000; i++) printf("%llu\\n", (unsigned long long) uniform(bits));
                    }
                    for (int count : {0, 1, 2, 3, 7, 8, 64, 1024, 65535, 65536, 70001}) {
                        std::mt19937 bits(seed);
                        std::vector<size_t> values(count);
                        std::iota(values.begin(), values.end(), 0);
                        std::shuffle(values.begin(), values.end(), bits);
                        for (size_t value : values) printf("%zu\\n", value);
                        printf("%llu\\n", (unsigned long long) bits());
                    }
                    std::mt19937 bits(seed);
                    std::exponential_distribution<> waiting(250.0);
                    for (int i = 0; i < 20000; i++) printf("%.17g\\n", waiting(bits));
                }
            }
            """;

    /** The 10,000th number that the C++ standard states, [rand.predef]. */
    @Test
    void isTheStandardsGenerator() {
        var twister = new MersenneTwister(5489);
        for (int i = 1; i < 10_000; i++) {
            twister.next();
        }
        assertThat(twister.next()).isEqualTo(4_123_659_995L);
    }

    /** {@code std::mt19937 g(LoadGen's seed)} and what GCC 12's libstdc++ draws of it; the seed's high bits are lost. */
    @Test
    void drawsWhatLibstdcxxDraws() {
        long seed = LoadSeeds.OFFICIAL.sampleIndex();
        var raw = new MersenneTwister(seed);
        assertThat(LongStream.generate(raw::next).limit(4))
                .containsExactly(3434217556L, 4095560906L, 2166191286L, 1227672827L);
        var uniform = new MersenneTwister(seed);
        assertThat(LongStream.generate(() -> uniform.below(1024)).limit(8))
                .containsExactly(818L, 976L, 516L, 292L, 672L, 710L, 120L, 666L);
        int[] ten = IntStream.range(0, 10).toArray();
        new MersenneTwister(seed).shuffle(ten);
        assertThat(ten).containsExactly(7, 1, 6, 5, 2, 8, 4, 0, 3, 9);
        assertThat(new MersenneTwister(seed).exponential(250)).isCloseTo(0.012279417283244583, within(1e-17));
    }

    /** The program is compiled here, and long sequences of it are compared. */
    @Test
    void drawsWhatThisMachinesCompilerDraws(@TempDir Path folder) throws IOException, InterruptedException {
        Iterator<String> theirs = lines(folder).iterator();
        for (long seed : new long[] {0, 5489, LoadSeeds.OFFICIAL.library(), LoadSeeds.OFFICIAL.schedule()}) {
            var raw = new MersenneTwister(seed);
            for (int i = 0; i < 2000; i++) {
                assertThat(raw.next()).isEqualTo(Long.parseLong(theirs.next()));
            }
            for (long count : new long[] {
                1, 2, 3, 10, 1000, 1024, 10_833, 2_147_483_647, 3_000_000_000L, 4_294_967_295L, 4_294_967_296L
            }) {
                var bits = new MersenneTwister(seed);
                for (int i = 0; i < 1000; i++) {
                    assertThat(bits.below(count)).isEqualTo(Long.parseLong(theirs.next()));
                }
            }
            for (int count : new int[] {0, 1, 2, 3, 7, 8, 64, 1024, 65_535, 65_536, 70_001}) {
                var bits = new MersenneTwister(seed);
                int[] values = IntStream.range(0, count).toArray();
                bits.shuffle(values);
                int[] expected = new int[count];
                Arrays.setAll(expected, i -> Integer.parseInt(theirs.next()));
                assertThat(values).as("%d of seed %d", count, seed).isEqualTo(expected);
                // as many numbers were drawn
                assertThat(bits.next()).isEqualTo(Long.parseLong(theirs.next()));
            }
            var bits = new MersenneTwister(seed);
            for (int i = 0; i < 20_000; i++) {
                double expected = Double.parseDouble(theirs.next());
                assertThat(bits.exponential(250)).isCloseTo(expected, within(4 * Math.ulp(expected)));
            }
        }
        assertThat(theirs.hasNext()).isFalse();
    }

    private static List<String> lines(Path folder) throws IOException, InterruptedException {
        Files.writeString(folder.resolve("draws.cc"), PROGRAM);
        boolean compiled = false;
        try {
            compiled = run(folder, "g++", "-O1", "-o", "draws", "draws.cc") == 0;
        } catch (IOException absent) {
            // said below
        }
        SharedData.require(compiled, "g++");
        assertThat(run(folder, folder.resolve("draws").toString())).isZero();
        return new ArrayList<>(Files.readAllLines(folder.resolve("out")));
    }

    private static int run(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
