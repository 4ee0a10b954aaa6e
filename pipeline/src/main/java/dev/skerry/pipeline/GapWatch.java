package dev.skerry.pipeline;

/**
 * Sees where rows are missing: by their numbers, by their times, or, where they have neither, by a silence. For one thread.
 */
final class GapWatch {
    /** A row that comes later than this many times its period has others missing before it. */
    private static final double TOLERANCE = 1.5;

    private final boolean numbered;
    private final boolean timed;
    private final long periodNanos;
    private final long silenceNanos;
    private boolean first = true;
    private long number;
    private long time;
    private long arrival;

    /**
     * Has seen nothing.
     *
     * @param periodNanos from row to row; 0 for unknown
     * @param silenceNanos after which something must be missing, where rows are neither numbered nor timed
     */
    GapWatch(boolean numbered, boolean timed, long periodNanos, long silenceNanos) {
        this.numbered = numbered;
        this.timed = timed;
        this.periodNanos = periodNanos;
        this.silenceNanos = silenceNanos;
    }

    /** Whether rows are missing between the one before and this one. Numbers or times that go back are a gap too. */
    boolean gap(long rowNumber, long rowTime, long rowArrival) {
        boolean gap = !first && missing(rowNumber, rowTime, rowArrival);
        first = false;
        number = rowNumber;
        time = rowTime;
        arrival = rowArrival;
        return gap;
    }

    private boolean missing(long rowNumber, long rowTime, long rowArrival) {
        if (numbered && rowNumber != number + 1) {
            return true;
        }
        if (timed) {
            long step = rowTime - time;
            return step < 0 || periodNanos > 0 && step > TOLERANCE * periodNanos;
        }
        return !numbered && rowArrival - arrival > silenceNanos;
    }
}
