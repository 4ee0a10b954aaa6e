package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Frames of a running ffmpeg, straight from its pipe into the memory of samples, with nothing left behind for the garbage
 * collector. Where it ends, or gives nothing for a while, it is started again, the longer after the more often it failed.
 */
final class VideoStream implements LiveSource {
    private static final long FIRST_WAIT_NANOS = 100_000_000L;
    private static final long LONGEST_WAIT_NANOS = 5_000_000_000L;
    /** A frame of a camera's clock that is older came by another clock. */
    private static final long OLDEST_NANOS = 10_000_000_000L;

    private final Ffmpeg ffmpeg;
    private final VideoDecoding decoding;
    private final Manner manner;
    private final LongSupplier nanoTime;
    private final Thread reader;
    private final Thread watch;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable FramePipe pipe;
    private long lastNanos;
    private boolean stalled;
    private boolean closed;
    private volatile @Nullable SampleSink sink;

    /**
     * What kind of stream it is.
     *
     * @param endless whether an end of ffmpeg is trouble in any case; else an end without complaint is the end
     * @param kernelTime whether presentation times are those of the kernel's monotonic clock; else a frame is as old as its arrival
     * @param stallNanos without a frame after which ffmpeg is started anew
     */
    record Manner(boolean endless, boolean kernelTime, long stallNanos, FramePipe.Failure failure) {}

    /** @param nanoTime as {@link System#nanoTime} */
    VideoStream(Ffmpeg ffmpeg, VideoDecoding decoding, Manner manner, LongSupplier nanoTime) {
        this.ffmpeg = ffmpeg;
        this.decoding = decoding;
        this.manner = manner;
        this.nanoTime = nanoTime;
        this.reader = daemon("skerry-video", this::run);
        this.watch = daemon("skerry-video-watch", this::watch);
    }

    private static Thread daemon(String name, Runnable work) {
        var thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void start(SampleSink sink) {
        this.sink = sink;
        reader.start();
        watch.start();
    }

    private void run() {
        SampleSink to = sink;
        if (to == null) {
            throw new IllegalStateException("started with a sink");
        }
        boolean troubled = false;
        long wait = FIRST_WAIT_NANOS;
        while (true) {
            long frames = 0;
            Problem problem;
            try (FramePipe from = FramePipe.open(ffmpeg, decoding, nanoTime)) {
                if (!hold(from)) {
                    return;
                }
                while (from.read(to.input(0))) {
                    if (frames++ == 0 && troubled) {
                        to.recovered();
                        troubled = false;
                    }
                    alive();
                    to.publish(captured(from), frames == 1 ? SampleSink.RESTART : 0);
                }
                problem = why(from);
            } catch (ProblemException e) {
                problem = e.problem();
            }
            if (isClosed()) {
                return;
            }
            if (problem != null) {
                to.trouble(problem);
                troubled = true;
            }
            if (!manner.endless()) {
                to.ended();
                return;
            }
            wait = frames > 0 ? FIRST_WAIT_NANOS : Math.min(2 * wait, LONGEST_WAIT_NANOS);
            if (!pause(wait)) {
                return;
            }
        }
    }

    private long captured(FramePipe from) {
        long arrived = from.arrived();
        long presented = from.presented();
        long age = arrived - presented;
        return manner.kernelTime() && presented != FfmpegLog.UNKNOWN && age >= 0 && age < OLDEST_NANOS
                ? presented
                : arrived;
    }

    /** What ended it; null for an end that was to come. */
    private @Nullable Problem why(FramePipe from) {
        boolean hung;
        lock.lock();
        try {
            hung = stalled;
            stalled = false;
            pipe = null;
        } finally {
            lock.unlock();
        }
        FramePipe.Ending ending = from.ending();
        if (hung) {
            return manner.failure()
                    .of(ending)
                    .because("no frame came for " + manner.stallNanos() / 1_000_000_000 + " s");
        }
        return manner.endless() || ending.failed() ? manner.failure().of(ending) : null;
    }

    private boolean hold(FramePipe from) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            pipe = from;
            lastNanos = nanoTime.getAsLong();
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void alive() {
        lock.lock();
        lastNanos = nanoTime.getAsLong();
        lock.unlock();
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private boolean pause(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Ends an ffmpeg that gives nothing; the reader then sees its end. */
    private void watch() {
        while (reader.isAlive()) {
            FramePipe hung = null;
            lock.lock();
            try {
                FramePipe current = pipe;
                if (closed) {
                    return;
                }
                if (current != null && !stalled && nanoTime.getAsLong() - lastNanos > manner.stallNanos()) {
                    stalled = true;
                    hung = current;
                }
            } finally {
                lock.unlock();
            }
            if (hung != null) {
                hung.close();
            }
            if (!pause(manner.stallNanos() / 4)) {
                return;
            }
        }
    }

    @Override
    public void close() {
        FramePipe current;
        lock.lock();
        try {
            closed = true;
            current = pipe;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (current != null) {
            current.close();
        }
        join(reader);
        join(watch);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
