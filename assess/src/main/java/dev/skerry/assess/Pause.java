package dev.skerry.assess;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Waits until an instant. */
interface Pause {
    /** @param dueNanos by the clock that the pause was made with */
    void until(long dueNanos);

    /** Sleeps while there is time, and spins the last stretch, since a sleeper wakes some 60 µs late. */
    static Pause by(LongSupplier nanoTime) {
        return due -> {
            long left = due - nanoTime.getAsLong();
            while (left > 0) {
                if (left > Spin.NANOS) {
                    LockSupport.parkNanos(left - Spin.NANOS);
                    if (Thread.currentThread().isInterrupted()) {
                        return;
                    }
                } else {
                    Thread.onSpinWait();
                }
                left = due - nanoTime.getAsLong();
            }
        };
    }

    /** How long before the instant sleeping ends. */
    final class Spin {
        static final long NANOS = 150_000;

        private Spin() {}
    }
}
