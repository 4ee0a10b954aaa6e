package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Who may infer, in the order of arrival. The queue is bounded, and a request whose deadline can't be met is refused before
 * it costs an inference: by the time that inferences take and the requests that are ahead of it.
 */
final class Admission {
    /** So often an idle instance takes a request that seems hopeless: what inferences take may have become less. */
    private static final long PROBE_NANOS = Duration.ofSeconds(1).toNanos();

    private final Semaphore free;
    private final int instances;
    private final int mostQueued;
    private final ServiceTime time;
    private final LongSupplier nanoTime;
    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicLong lastEntered;

    Admission(int instances, int mostQueued, ServiceTime time, LongSupplier nanoTime) {
        this.free = new Semaphore(instances, true);
        this.instances = instances;
        this.mostQueued = mostQueued;
        this.time = time;
        this.nanoTime = nanoTime;
        this.lastEntered = new AtomicLong(nanoTime.getAsLong());
    }

    /** When a request arrived, and from when on its answer is of no use. */
    record Deadline(long arrivedNanos, long timeoutNanos) {
        static Deadline of(long arrivedNanos, long timeoutMicros) {
            return new Deadline(arrivedNanos, timeoutMicros > Long.MAX_VALUE / 1000 ? 0 : timeoutMicros * 1000);
        }

        boolean none() {
            return timeoutNanos == 0;
        }

        long leftNanos(long now) {
            return none() ? Long.MAX_VALUE : timeoutNanos - (now - arrivedNanos);
        }
    }

    /**
     * Waits for an instance; whoever returns from here calls {@link #leave}.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code serve.busy} where the queue is full, {@code serve.deadline}
     *     where an answer would be late
     */
    void enter(Deadline deadline) {
        boolean entered = tryNow();
        if (!entered) {
            int place = queued.incrementAndGet();
            try {
                entered = await(deadline, place);
            } finally {
                queued.decrementAndGet();
            }
        }
        long now = nanoTime.getAsLong();
        if (deadline.leftNanos(now) < time.expected() && !probes(deadline, now)) {
            free.release();
            throw late(deadline, now, 0).toException();
        }
        lastEntered.set(now);
    }

    private boolean tryNow() {
        try {
            // unlike the other form this one doesn't overtake those that wait
            return free.tryAcquire(0, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private boolean await(Deadline deadline, int place) {
        if (place > mostQueued) {
            throw Problem.environment("serve.busy", "as many requests wait as may wait")
                    .because(mostQueued + " wait for " + instances + (instances == 1 ? " instance" : " instances"))
                    .attempt("again a little later")
                    .attempt("skerry agent --instances with more, where processors are idle")
                    .toException();
        }
        long now = nanoTime.getAsLong();
        long wait = time.expected() * ((place + instances - 1) / instances);
        if (!deadline.none() && deadline.leftNanos(now) < wait + time.expected()) {
            throw late(deadline, now, place).toException();
        }
        try {
            if (deadline.none()) {
                free.acquire();
            } else if (!free.tryAcquire(Math.max(0, deadline.leftNanos(now) - time.expected()), TimeUnit.NANOSECONDS)) {
                throw late(deadline, nanoTime.getAsLong(), place).toException();
            }
            return true;
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    /** Only the one that wins the second. */
    private boolean probes(Deadline deadline, long now) {
        long last = lastEntered.get();
        return deadline.leftNanos(now) > 0 && now - last >= PROBE_NANOS && lastEntered.compareAndSet(last, now);
    }

    private Problem late(Deadline deadline, long now, int place) {
        return Problem.environment("serve.deadline", "the answer would come after its deadline")
                .because(String.format(
                        Locale.ROOT,
                        "of %s are %s left, an inference takes %s%s; none was made",
                        millis(deadline.timeoutNanos),
                        millis(Math.max(0, deadline.leftNanos(now))),
                        millis(time.expected()),
                        place > 0 ? " and " + place + (place == 1 ? " request is" : " requests are") + " waiting" : ""))
                .attempt("a longer timeout, or fewer requests at once");
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, nanos < 10_000_000 ? "%.2f ms" : "%.0f ms", nanos / 1e6);
    }

    private static RuntimeException interrupted() {
        Thread.currentThread().interrupt();
        return Problem.environment("serve.unavailable", "the agent is stopping").toException();
    }

    void leave() {
        free.release();
    }

    /** Requests that wait. */
    int queued() {
        return queued.get();
    }

    /** Requests that infer. */
    int inside() {
        return instances - free.availablePermits();
    }
}
