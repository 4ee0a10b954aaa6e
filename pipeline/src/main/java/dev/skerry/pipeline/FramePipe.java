package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** One ffmpeg that decodes, and the pipe that its frames come through. For one thread; {@link #close} may be called by others. */
final class FramePipe implements AutoCloseable {
    /** As much as a pipe of Linux holds. */
    private static final int CHUNK = 1 << 16;

    private static final int GRACE_SECONDS = 2;

    private final Process process;
    private final InputStream frames;
    private final FfmpegLog log = new FfmpegLog();
    private final Thread logReader;
    private final LongSupplier nanoTime;
    private final byte[] chunk = new byte[CHUNK];
    private final long frameBytes;
    private long arrived;
    private long presented = FfmpegLog.UNKNOWN;
    private long cut;

    private FramePipe(Process process, long frameBytes, LongSupplier nanoTime) {
        this.process = process;
        this.frames = process.getInputStream();
        this.frameBytes = frameBytes;
        this.nanoTime = nanoTime;
        this.logReader = new Thread(() -> log.read(process.getErrorStream()), "skerry-ffmpeg-log");
        logReader.setDaemon(true);
        logReader.start();
    }

    /**
     * Starts decoding.
     *
     * @param nanoTime the clock that arrival is told by
     * @throws dev.skerry.problem.ProblemException {@code pipeline.ffmpeg} where no process can be started
     */
    static FramePipe open(Ffmpeg ffmpeg, VideoDecoding decoding, LongSupplier nanoTime) {
        return new FramePipe(start(ffmpeg, decoding.arguments(ffmpeg)), decoding.frameBytes(), nanoTime);
    }

    /**
     * Decodes all of it to nowhere.
     *
     * @param frames is told of each
     * @throws dev.skerry.problem.ProblemException what {@code failure} makes of ffmpeg's complaints where it ends with one
     */
    static void times(Ffmpeg ffmpeg, VideoDecoding decoding, FrameTime frames, Failure failure) {
        try (var pipe = new FramePipe(start(ffmpeg, decoding.counting(ffmpeg)), 0, () -> 0)) {
            for (long frame = 0; pipe.log.awaitNext(); frame++) {
                frames.frame(frame, pipe.log.next());
            }
            Ending ending = pipe.ending();
            if (ending.failed()) {
                throw failure.of(ending).toException();
            }
        }
    }

    /** Takes the number of a frame, counted from 0, and its time. */
    interface FrameTime {
        void frame(long number, long nanos);
    }

    /** What is told of a decoding that failed. */
    interface Failure {
        Problem of(Ending ending);
    }

    /**
     * How ffmpeg ended.
     *
     * @param exitCode 128 + signal where it was killed
     * @param complaints its last ones
     * @param cut bytes of a last frame that is incomplete
     */
    record Ending(int exitCode, List<String> complaints, long cut) {
        boolean failed() {
            return exitCode != 0 || cut > 0;
        }

        /** Its own words, without a password that an address may have. */
        String reason() {
            String said = String.join("; ", complaints).replaceAll("//[^/@\\s]*@", "//…@");
            String code = exitCode > 128 ? "it was ended by signal " + (exitCode - 128) : "it ended with " + exitCode;
            return "ffmpeg: " + (said.isEmpty() ? code : said);
        }
    }

    private static Process start(Ffmpeg ffmpeg, List<String> arguments) {
        try {
            return ffmpeg.start(arguments);
        } catch (IOException e) {
            throw Problem.environment("pipeline.ffmpeg", "ffmpeg can't be started")
                    .at(ffmpeg.program().toString())
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
    }

    /**
     * Waits for the next frame.
     *
     * @param into takes its bytes: rows from the top, channels interleaved
     * @return false where there is none any more; {@link #ending} says why
     */
    boolean read(MemorySegment into) {
        long filled = 0;
        while (filled < frameBytes) {
            int count = some((int) Math.min(CHUNK, frameBytes - filled));
            if (count < 0) {
                cut = filled;
                return false;
            }
            if (filled == 0) {
                arrived = nanoTime.getAsLong();
            }
            MemorySegment.copy(chunk, 0, into, ValueLayout.JAVA_BYTE, filled, count);
            filled += count;
        }
        presented = log.next();
        return true;
    }

    private int some(int most) {
        try {
            return frames.read(chunk, 0, most);
        } catch (IOException _) {
            // closed from outside
            return -1;
        }
    }

    /** When the first bytes of the last frame came, by the clock that this was opened with. */
    long arrived() {
        return arrived;
    }

    /** The presentation time of the last frame in nanoseconds; {@link FfmpegLog#UNKNOWN} where it has none. */
    long presented() {
        return presented;
    }

    /** Waits for the end of the process, after the last frame. */
    Ending ending() {
        try {
            int exitCode = process.waitFor();
            logReader.join();
            return new Ending(exitCode, log.complaints(), cut);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Ending(0, List.of(), 0);
        }
    }

    /** Ends the process. A thread that waits for a frame gets none. */
    @Override
    public void close() {
        end(process);
    }

    /** Asks, and after a while insists. */
    private static void end(Process process) {
        process.destroy();
        boolean interrupted = false;
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The beginning of what ffmpeg writes for these arguments, as Latin-1.
     *
     * @throws dev.skerry.problem.ProblemException what {@code failure} makes of its complaints where it writes nothing
     */
    static String beginning(Ffmpeg ffmpeg, List<String> arguments, int most, Failure failure) {
        Process process = start(ffmpeg, arguments);
        try (var pipe = new FramePipe(process, 0, () -> 0)) {
            byte[] head = pipe.frames.readNBytes(most);
            if (head.length == 0) {
                throw failure.of(pipe.ending()).toException();
            }
            return new String(head, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw failure.of(new Ending(0, List.of(String.valueOf(e.getMessage())), 0))
                    .toException();
        }
    }

    /** All that ffmpeg says for these arguments on standard error, line by line; empty where it can't be started. */
    static List<String> said(Ffmpeg ffmpeg, List<String> arguments) {
        try {
            Process process = ffmpeg.start(arguments);
            try (InputStream errors = process.getErrorStream()) {
                return new String(errors.readNBytes(1 << 16), StandardCharsets.UTF_8)
                        .lines()
                        .toList();
            } finally {
                end(process);
            }
        } catch (IOException _) {
            return List.of();
        }
    }
}
