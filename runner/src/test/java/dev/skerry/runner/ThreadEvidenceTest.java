package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ThreadEvidenceTest {
    @Test
    void findsTheWaitingTimeInSchedstat() {
        MemorySegment text = MemorySegment.ofArray("413852722 323115323 581\n".getBytes(StandardCharsets.US_ASCII));

        assertThat(ThreadEvidence.secondNumber(text, text.byteSize())).isEqualTo(323115323);
        assertThat(ThreadEvidence.secondNumber(text, -1)).isZero();
    }

    @Test
    void samplingAllocatesNothingAndCountsWhatTheThreadDoes() {
        var evidence = new ThreadEvidence();
        for (int i = 0; i < 20_000; i++) {
            evidence.sample();
        }
        long allocatedBefore = evidence.allocatedBytes();
        for (int i = 0; i < 1_000; i++) {
            evidence.sample();
        }
        long allocated = evidence.allocatedBytes() - allocatedBefore;

        assertThat(allocated).isLessThan(1_000);
        assertThat(evidence.onCpuNanos()).isPositive();
    }

    @Test
    void stealIsTheEighthNumber() {
        List<String> lines = List.of(
                "cpu  32366 146609 7150 256472 543 0 145 81 0 0", "cpu1 16783 74049 4260 125908 497 0 132 42 0 0");

        assertThat(StealWatch.ticks(lines, "cpu ")).isEqualTo(81);
        assertThat(StealWatch.ticks(lines, "cpu1 ")).isEqualTo(42);
        assertThat(StealWatch.ticks(lines, "cpu7 ")).isZero();
    }

    @Test
    void aSampleReadsWhatIsThere() {
        if (Posix.present()) {
            try (Arena arena = Arena.ofConfined()) {
                assertThat(Posix.threadUsage(arena.allocate(144, 8))).isTrue();
            }
            assertThat(Posix.allowedCores()).isNotEmpty();
            assertThat(Posix.open("/proc/thread-self/schedstat")).isNotNegative();
            assertThat(Posix.open("/no/such/file")).isNegative();
            assertThat(Privileges.threadId()).isPositive();
        }
        assertThat(Posix.present()).isEqualTo(System.getProperty("os.name").equals("Linux"));
    }
}
