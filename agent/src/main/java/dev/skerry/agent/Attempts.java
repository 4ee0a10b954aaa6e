package dev.skerry.agent;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Does something that ends with a problem again and again, on a thread of its own, with a growing pause in between: connecting
 * to another machine and staying there.
 */
final class Attempts implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 10_000;

    private final Work work;
    private final Backoff backoff;
    private final Consumer<Problem> failed;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private boolean closed;

    /** One attempt; it returns or throws where there is nothing more to be had. */
    interface Work {
        void attempt(Attempts life) throws InterruptedException;
    }

    /**
     * Not started yet.
     *
     * @param failed is told how each attempt ended
     */
    Attempts(String name, Backoff backoff, Consumer<Problem> failed, Work work) {
        this.work = work;
        this.backoff = backoff;
        this.failed = failed;
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closed()) {
                try {
                    work.attempt(this);
                } catch (ProblemException e) {
                    if (!closed()) {
                        failed.accept(e.problem());
                    }
                } catch (RuntimeException e) {
                    // a defect must not end a source for good
                    failed.accept(Problem.environment("network.failed", "an attempt ended in a way that nobody foresaw")
                            .at(thread.getName())
                            .because(e.toString()));
                }
                pause(backoff.next());
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    /** From the work: it goes well, so the next pause is short again. */
    void succeeded() {
        backoff.reset();
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Waits; returns at once where this is closed. */
    void pause(long nanos) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (left > 0 && !closed) {
                left = ended.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the work and waits for it, some seconds at most. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            ended.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        try {
            thread.join(PATIENCE_MILLIS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
