package dev.skerry.measure;

import java.util.Arrays;

/**
 * What was measured in a run of load. Instants are from its start.
 *
 * @param latencies in nanoseconds in the order of issue: one for each query; Offline one for each sample. Of the Server scenario from
 *     the scheduled arrival, Offline from the start, else from the issue
 * @param lastIssuedNanos when the last query was issued
 * @param lastScheduledNanos when it should have arrived, in the Server scenario; else 0
 * @param doneNanos when the last answer was there
 */
@SuppressWarnings("ArrayRecordComponent") // millions of times; nobody changes or compares them
public record LoadTimes(long[] latencies, long lastIssuedNanos, long lastScheduledNanos, long doneNanos) {
    @Override
    public boolean equals(Object other) {
        return other instanceof LoadTimes(long[] theirs, long issued, long scheduled, long done)
                && Arrays.equals(latencies, theirs)
                && lastIssuedNanos == issued
                && lastScheduledNanos == scheduled
                && doneNanos == done;
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(latencies);
    }

    @Override
    public String toString() {
        return latencies.length + " latencies, done after " + doneNanos + " ns";
    }
}
