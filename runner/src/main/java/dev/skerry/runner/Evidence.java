package dev.skerry.runner;

/**
 * What the operating system did to the loop's thread, as counters that only grow. Read by the loop after the hand-off of each
 * cycle, so it costs no latency; allocates nothing.
 */
interface Evidence {
    /** Reads all counters anew. */
    void sample();

    /** Time on a CPU. */
    long onCpuNanos();

    /** Time in a run queue: runnable, while the kernel ran others. */
    long waitedNanos();

    long majorFaults();

    long minorFaults();

    /** How often the kernel took the CPU away. */
    long preemptions();

    /** Bytes that the thread has allocated on the Java heap. */
    long allocatedBytes();
}
