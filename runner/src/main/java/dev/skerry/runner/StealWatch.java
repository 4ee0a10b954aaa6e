package dev.skerry.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * When the hypervisor took CPU time, from the eighth number of the {@code cpu} lines of {@code /proc/stat}, which counts in
 * hundredths of a second. Polled a few times a second, outside the loop's thread.
 */
final class StealWatch {
    private static final int MOST = 100_000;
    private static final long TICK_NANOS = 10_000_000;

    private final Path file;
    private final String line;
    private final List<Stoppage> steals = new ArrayList<>();
    private long beforeNanos = Long.MIN_VALUE;
    private long beforeTicks;

    /**
     * Of one core, or of all.
     *
     * @param core -1 for all
     */
    StealWatch(Path file, int core) {
        this.file = file;
        this.line = core < 0 ? "cpu " : "cpu" + core + " ";
    }

    void poll(long nowNanos) {
        try {
            long ticks = ticks(Files.readAllLines(file, StandardCharsets.US_ASCII), line);
            if (beforeNanos != Long.MIN_VALUE && ticks > beforeTicks && steals.size() < MOST) {
                steals.add(new Stoppage(beforeNanos, nowNanos, (ticks - beforeTicks) * TICK_NANOS));
            }
            beforeTicks = ticks;
            beforeNanos = nowNanos;
        } catch (IOException _) {
            beforeNanos = Long.MIN_VALUE;
        }
    }

    static long ticks(List<String> lines, String line) {
        for (String one : lines) {
            if (one.startsWith(line)) {
                String[] numbers = one.substring(line.length()).strip().split(" +", -1);
                return numbers.length > 7 ? Long.parseLong(numbers[7]) : 0;
            }
        }
        return 0;
    }

    List<Stoppage> steals() {
        return List.copyOf(steals);
    }
}
