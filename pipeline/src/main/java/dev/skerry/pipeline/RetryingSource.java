package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A live source on a thread of its own: attempts to deliver one after another, with growing waits in between. After a success
 * the first sample is marked as one after a gap.
 */
public final class RetryingSource implements LiveSource {
    private static final long PATIENCE_SECONDS = 5;

    private final String name;
    private final Attempt attempt;
    private final Backoff backoff;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicReference<Runnable> onClosing = new AtomicReference<>(() -> {});
    private @Nullable Thread thread;

    /** One connection to a device. */
    public interface Attempt {
        /**
         * Opens the device, delivers until it is gone, and lets go of it. Returns in some tenths of a second once
         * {@link Closing#closing} is true.
         *
         * @return false where nothing will ever come again
         * @throws IOException where the device is gone or was never there
         * @throws ProblemException the same with better words
         */
        boolean deliver(SampleSink sink, Closing closing) throws IOException, InterruptedException;
    }

    /** Whether the source is being closed. */
    public interface Closing {
        boolean closing();

        /** Does something when the source is being closed, such as ending what a read waits for. */
        void onClosing(Runnable action);

        /** Waits; returns early, and true, where the source is being closed. */
        boolean sleep(long nanos) throws InterruptedException;
    }

    /**
     * Not started yet.
     *
     * @param name of its thread, and what people call the device
     */
    public RetryingSource(String name, Attempt attempt, Backoff backoff) {
        this.name = name;
        this.attempt = attempt;
        this.backoff = backoff;
    }

    @Override
    public void start(SampleSink sink) {
        Thread started = Thread.ofPlatform().daemon().name("skerry-" + name).unstarted(() -> run(new Marking(sink)));
        thread = started;
        started.start();
    }

    private void run(Marking sink) {
        var state = new Closing() {
            @Override
            public boolean closing() {
                return closing.getCount() == 0;
            }

            @Override
            public void onClosing(Runnable action) {
                onClosing.set(action);
                if (closing()) {
                    action.run();
                }
            }

            @Override
            public boolean sleep(long nanos) throws InterruptedException {
                return closing.await(nanos, TimeUnit.NANOSECONDS);
            }
        };
        try {
            boolean more = true;
            while (more && !state.closing()) {
                try {
                    more = attempt.deliver(sink, state);
                } catch (ProblemException e) {
                    sink.trouble(e.problem());
                } catch (IOException e) {
                    sink.trouble(Problem.environment("pipeline.live", "the source doesn't deliver")
                            .at(name)
                            .because(String.valueOf(e.getMessage())));
                } catch (RuntimeException e) {
                    // a defect of ours must not take the run with it: the release is answered by the fallback
                    sink.trouble(Problem.environment("pipeline.live", "the source broke by a defect of this program")
                            .at(name)
                            .because(e.toString()));
                }
                if (more) {
                    state.sleep(backoff.nextNanos());
                }
            }
            if (!state.closing()) {
                sink.ended();
            }
        } catch (InterruptedException _) {
            // asked to end
        }
    }

    /** Tells of the way back, and marks the first sample after it. */
    private final class Marking implements SampleSink {
        private final SampleSink sink;
        private boolean broken;

        Marking(SampleSink sink) {
            this.sink = sink;
        }

        @Override
        public SampleLayout layout() {
            return sink.layout();
        }

        @Override
        public MemorySegment input(int index) {
            return sink.input(index);
        }

        @Override
        public void publish(long capturedNanos, int marks) {
            int all = marks;
            if (broken) {
                broken = false;
                backoff.reset();
                sink.recovered();
                all |= GAP | RESTART;
            }
            sink.publish(capturedNanos, all);
        }

        @Override
        public void trouble(Problem problem) {
            broken = true;
            sink.trouble(problem);
        }

        @Override
        public void remark(Problem problem) {
            sink.remark(problem);
        }

        @Override
        public void recovered() {
            broken = false;
            sink.recovered();
        }

        @Override
        public void ended() {
            sink.ended();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        onClosing.get().run();
        Thread started = thread;
        if (started == null) {
            return;
        }
        try {
            started.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            started.interrupt();
            started.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        } catch (InterruptedException _) {
            started.interrupt();
            Thread.currentThread().interrupt();
        }
    }
}
