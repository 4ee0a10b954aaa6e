package dev.skerry.runner;

import dev.skerry.pipeline.Level;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The work of the version that is in charge. Another one is put in its place by whoever has loaded, checked and warmed it, on another
 * thread; the thread that works takes it over with its next release, by one reference, and waits for nothing.
 */
final class SwappedWork implements CycleWork {
    private final AtomicReference<@Nullable ModelWork> waiting = new AtomicReference<>();
    private volatile ModelWork current;
    private volatile long since;

    SwappedWork(ModelWork first) {
        current = first;
    }

    /** From the next release on; on any thread. */
    void put(ModelWork next) {
        waiting.set(next);
    }

    /** Whether what was put has been taken over. */
    boolean settled() {
        return waiting.get() == null;
    }

    /** Takes back what was put; false where it has been taken over. */
    boolean takeBack() {
        return waiting.getAndSet(null) != null;
    }

    ModelWork current() {
        return current;
    }

    /** The first release of what is in charge. */
    long since() {
        return since;
    }

    @Override
    public void begin(long cycle) {
        if (waiting.get() != null) {
            ModelWork next = waiting.getAndSet(null);
            if (next != null) {
                since = cycle;
                current = next;
            }
        }
    }

    @Override
    public void forget() {
        current.forget();
    }

    @Override
    public Sensed sense(long cycle) {
        return current.sense(cycle);
    }

    @Override
    public long capturedNanos() {
        return current.capturedNanos();
    }

    @Override
    public void infer() {
        current.infer();
    }

    @Override
    public boolean read() {
        return current.read();
    }

    @Override
    public void decide(long cycle) {
        current.decide(cycle);
    }

    @Override
    public void standIn(long cycle, Level level, long lastGood) {
        current.standIn(cycle, level, lastGood);
    }

    @Override
    public void silence(long cycle) {
        current.silence(cycle);
    }
}
