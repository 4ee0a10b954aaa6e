package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Frames of a running ffmpeg, straight from its pipe into the memory of samples, with nothing left behind for the garbage
 * collector. An ffmpeg that gives nothing for a while is ended.
 */
final class VideoStream implements RetryingSource.Attempt {
    /** How often it is looked whether anything comes, and whether the source is being closed. */
    private static final long LOOK_NANOS = 100_000_000L;
    /** A frame of a camera's clock that is older came by another clock. */
    private static final long OLDEST_NANOS = 10_000_000_000L;

    private final Ffmpeg ffmpeg;
    private final VideoDecoding decoding;
    private final Manner manner;
    private final LongSupplier nanoTime;

    /**
     * What kind of stream it is.
     *
     * @param endless whether an end of ffmpeg is trouble in any case; else it is the end
     * @param kernelTime whether presentation times are those of the kernel's monotonic clock; else a frame is as old as its arrival
     * @param firstNanos how long the first frame may take
     * @param stallNanos without another frame after which ffmpeg is ended
     * @param stuck equal frames one after another after which the camera is taken to be stuck; 0 for never
     * @param failure what is told of an end
     */
    record Manner(
            boolean endless,
            boolean kernelTime,
            long firstNanos,
            long stallNanos,
            int stuck,
            FramePipe.Failure failure) {}

    /** @param nanoTime as {@link System#nanoTime} */
    VideoStream(Ffmpeg ffmpeg, VideoDecoding decoding, Manner manner, LongSupplier nanoTime) {
        this.ffmpeg = ffmpeg;
        this.decoding = decoding;
        this.manner = manner;
        this.nanoTime = nanoTime;
    }

    @Override
    public boolean deliver(SampleSink sink, RetryingSource.Closing closing) {
        try (FramePipe pipe = FramePipe.open(ffmpeg, decoding, nanoTime);
                var watch = new Watch(pipe, closing);
                Arena arena = Arena.ofConfined()) {
            var sameness = manner.stuck() > 0 ? new Sameness(arena.allocate(decoding.frameBytes())) : null;
            int marks = SampleSink.RESTART;
            while (pipe.read(sink.input(0))) {
                watch.alive();
                if (sameness != null && sameness.stuck(sink.input(0))) {
                    marks |= SampleSink.STUCK;
                }
                sink.publish(captured(pipe), marks);
                marks = 0;
            }
            if (closing.closing()) {
                return false;
            }
            FramePipe.Ending ending = pipe.ending();
            if (manner.endless()) {
                throw problem(ending, watch.stalled).toException();
            }
            if (ending.failed()) {
                sink.trouble(problem(ending, watch.stalled));
            }
            return false;
        }
    }

    private Problem problem(FramePipe.Ending ending, boolean stalled) {
        Problem problem = manner.failure().of(ending);
        return stalled ? problem.because("no frame comes any more; " + ending.reason()) : problem;
    }

    private long captured(FramePipe pipe) {
        long arrived = pipe.arrived();
        long presented = pipe.presented();
        if (!manner.kernelTime() || presented == FfmpegLog.UNKNOWN) {
            return arrived;
        }
        long age = arrived - presented;
        return age >= 0 && age < OLDEST_NANOS ? presented : arrived;
    }

    /** Compares each frame with the one before. */
    private final class Sameness {
        private final MemorySegment last;
        private int equal;

        Sameness(MemorySegment last) {
            this.last = last;
        }

        boolean stuck(MemorySegment frame) {
            if (last.mismatch(frame) < 0) {
                equal++;
            } else {
                equal = 1;
                last.copyFrom(frame);
            }
            return equal >= manner.stuck();
        }
    }

    /** Ends an ffmpeg that gives nothing any more, or that nobody wants any more. */
    private final class Watch implements AutoCloseable {
        private final AtomicLong dueNanos = new AtomicLong(nanoTime.getAsLong() + manner.firstNanos());
        private volatile boolean stalled;
        private volatile boolean over;
        private final Thread thread;

        Watch(FramePipe pipe, RetryingSource.Closing closing) {
            this.thread =
                    Thread.ofPlatform().daemon().name("skerry-video-watch").unstarted(() -> look(pipe, closing));
            thread.start();
        }

        void alive() {
            dueNanos.setOpaque(nanoTime.getAsLong() + manner.stallNanos());
        }

        private void look(FramePipe pipe, RetryingSource.Closing closing) {
            try {
                while (!over && !stalled) {
                    if (closing.sleep(LOOK_NANOS)) {
                        pipe.close();
                        return;
                    }
                    if (nanoTime.getAsLong() - dueNanos.getOpaque() > 0) {
                        stalled = true;
                        pipe.close();
                    }
                }
            } catch (InterruptedException _) {
                // nothing is watched any more
            }
        }

        @Override
        public void close() {
            over = true;
            thread.interrupt();
            try {
                thread.join();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
