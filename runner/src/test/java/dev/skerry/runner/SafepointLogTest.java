package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafepointLogTest {
    private static final List<String> LINES = List.of(
            "[2220284082516ns] Something else",
            "[2220288500205ns] Safepoint \"SerialCollectForAllocation\", Time since last: 388082464 ns, Reaching safepoint:"
                    + " 2805 ns, At safepoint: 4469125 ns, Leaving safepoint: 27896 ns, Total: 4499826 ns, Threads: 0"
                    + " runnable, 10 total",
            "[2220623322231ns] Safepoint \"ICBufferFull\", Time since last: 11301689 ns, Reaching safepoint: 2315 ns, At"
                    + " safepoint: 8080994 ns, Leaving safepoint: 2536 ns, Total: 8085845 ns, Threads: 0 runnable, 10 total");

    @Test
    void pausesEndWhereTheirLineWasWritten() {
        SafepointLog log = SafepointLog.parse(LINES);

        assertThat(log.pauses())
                .containsExactly(
                        new Stoppage(2220288500205L - 4499826, 2220288500205L, 4499826),
                        new Stoppage(2220623322231L - 8085845, 2220623322231L, 8085845));
        assertThat(log.collections()).containsExactly(log.pauses().getFirst());
    }

    @Test
    void onlyThoseOfTheRunCount() {
        SafepointLog log = SafepointLog.parse(LINES).within(2220600000000L, 2220700000000L);

        assertThat(log.pauses()).hasSize(1);
        assertThat(log.collections()).isEmpty();
    }

    @Test
    void aMissingLogIsUnknownAndNotEmpty() {
        assertThat(SafepointLog.read(Path.of("no such file")).known()).isFalse();
    }
}
