package dev.skerry.runner;

import java.util.List;

/**
 * A span of time in which something other than the loop had the machine.
 *
 * @param amountNanos how much of the span it took; the whole of it, or less where only a sum is known
 */
record Stoppage(long fromNanos, long toNanos, long amountNanos) {
    /** How much of these falls between two instants. What is known only as a sum counts whole where it touches. */
    static long within(List<Stoppage> stoppages, long fromNanos, long toNanos) {
        long sum = 0;
        for (Stoppage stoppage : stoppages) {
            if (stoppage.toNanos > fromNanos && stoppage.fromNanos < toNanos) {
                boolean whole = stoppage.amountNanos == stoppage.toNanos - stoppage.fromNanos;
                long overlap = Math.min(stoppage.toNanos, toNanos) - Math.max(stoppage.fromNanos, fromNanos);
                sum += whole ? overlap : stoppage.amountNanos;
            }
        }
        return sum;
    }
}
