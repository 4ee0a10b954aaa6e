package dev.skerry.runner;

import java.util.ArrayList;
import java.util.List;

/** Latencies along a run of any length in a fixed number of stretches: when they are used up, two become one. */
final class Timeline {
    private final long[] count;
    private final long[] sumNanos;
    private final long[] maxNanos;
    private final long[] missed;
    private long width = 1;

    /** Some consecutive releases. */
    record Stretch(long firstCycle, long cycles, double meanNanos, long maxNanos, long missed) {}

    /** Room for an even number of stretches. */
    Timeline(int stretches) {
        count = new long[stretches];
        sumNanos = new long[stretches];
        maxNanos = new long[stretches];
        missed = new long[stretches];
    }

    void add(long cycle, long latencyNanos, boolean isMissed) {
        while (cycle / width >= count.length) {
            fold();
        }
        int at = (int) (cycle / width);
        count[at]++;
        sumNanos[at] += latencyNanos;
        maxNanos[at] = Math.max(maxNanos[at], latencyNanos);
        missed[at] += isMissed ? 1 : 0;
    }

    private void fold() {
        int half = count.length / 2;
        for (int i = 0; i < count.length; i++) {
            int from = 2 * i;
            boolean filled = i < half;
            count[i] = filled ? count[from] + count[from + 1] : 0;
            sumNanos[i] = filled ? sumNanos[from] + sumNanos[from + 1] : 0;
            maxNanos[i] = filled ? Math.max(maxNanos[from], maxNanos[from + 1]) : 0;
            missed[i] = filled ? missed[from] + missed[from + 1] : 0;
        }
        width *= 2;
    }

    List<Stretch> stretches() {
        var stretches = new ArrayList<Stretch>();
        for (int i = 0; i < count.length; i++) {
            if (count[i] > 0) {
                stretches.add(
                        new Stretch(i * width, count[i], (double) sumNanos[i] / count[i], maxNanos[i], missed[i]));
            }
        }
        return stretches;
    }
}
