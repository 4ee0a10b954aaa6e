package dev.skerry.runner;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The wish that a run ends after the cycle at hand. */
final class StopSignal {
    private volatile boolean requested;
    private volatile @Nullable Thread waiter;

    /** Says which thread waits between cycles, so that a request wakes it. */
    void waitsOn(Thread thread) {
        waiter = thread;
    }

    void request() {
        requested = true;
        LockSupport.unpark(waiter);
    }

    boolean requested() {
        return requested;
    }
}
