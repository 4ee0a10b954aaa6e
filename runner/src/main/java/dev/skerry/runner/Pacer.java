package dev.skerry.runner;

/** The clock of a loop, and waiting for an instant of it. */
interface Pacer {
    long nanoTime();

    /**
     * Waits some of the time until {@code untilNanos}; may return early, so the caller asks again. A thread that is unparked
     * returns soon.
     */
    void pause(long untilNanos);

    /** How much of the pauses was spent on the CPU, since the beginning. */
    long spunNanos();
}
