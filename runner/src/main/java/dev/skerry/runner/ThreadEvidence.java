package dev.skerry.runner;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;

/**
 * Counters of the thread that makes it: CPU time and allocation from the JVM; on Linux the run queue from
 * {@code /proc/thread-self/schedstat}, faults and preemptions from {@code getrusage} (what is not known stays 0). One sample
 * is two system calls and two of the JVM, some 3 µs.
 */
final class ThreadEvidence implements Evidence, AutoCloseable {
    // offsets in struct rusage of 64-bit Linux
    private static final long MINOR_FAULTS_AT = 64;
    private static final long MAJOR_FAULTS_AT = 72;
    private static final long PREEMPTIONS_AT = 136;
    private static final long RUSAGE_BYTES = 144;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final boolean linux = Posix.present();
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment usage = arena.allocate(RUSAGE_BYTES, 8);
    private final MemorySegment text = arena.allocate(128);
    private final int schedstat;

    private long onCpuNanos;
    private long waitedNanos;

    /** For the calling thread. */
    ThreadEvidence() {
        schedstat = linux ? Posix.open("/proc/thread-self/schedstat") : -1;
    }

    @Override
    public void sample() {
        onCpuNanos = threads.getCurrentThreadCpuTime();
        if (linux) {
            Posix.threadUsage(usage);
            if (schedstat >= 0) {
                waitedNanos = secondNumber(text, Posix.read(schedstat, text));
            }
        }
    }

    /** Of {@code "12 34 56\n"} the 34. */
    static long secondNumber(MemorySegment text, long length) {
        long value = 0;
        boolean second = false;
        for (long i = 0; i < length; i++) {
            byte c = text.get(ValueLayout.JAVA_BYTE, i);
            if (c == ' ') {
                if (second) {
                    break;
                }
                second = true;
            } else if (second && c >= '0' && c <= '9') {
                value = value * 10 + c - '0';
            }
        }
        return value;
    }

    @Override
    public long onCpuNanos() {
        return onCpuNanos;
    }

    @Override
    public long waitedNanos() {
        return waitedNanos;
    }

    @Override
    public long majorFaults() {
        return usage.get(ValueLayout.JAVA_LONG, MAJOR_FAULTS_AT);
    }

    @Override
    public long minorFaults() {
        return usage.get(ValueLayout.JAVA_LONG, MINOR_FAULTS_AT);
    }

    @Override
    public long preemptions() {
        return usage.get(ValueLayout.JAVA_LONG, PREEMPTIONS_AT);
    }

    @Override
    public long allocatedBytes() {
        return threads.getCurrentThreadAllocatedBytes();
    }

    @Override
    public void close() {
        if (schedstat >= 0) {
            Posix.close(schedstat);
        }
    }
}
