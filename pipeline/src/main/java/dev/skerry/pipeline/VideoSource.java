package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Frames of video files in the order in which they are shown, decoded by ffmpeg as they are asked for: uint8 [height, width,
 * channels], turned as the file says. A damaged file is refused with ffmpeg's reason.
 */
final class VideoSource implements SampleSource {
    private static final Set<String> ENDINGS = Set.of(
            ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".flv",
            ".3gp", ".ogv", ".y4m", ".mjpeg", ".mjpg", ".h264", ".264", ".h265", ".265", ".hevc", ".ivf", ".gif");
    private static final Cleaner CLEANER = Cleaner.create();
    /** Of a PPM header. */
    private static final int HEADER = 64;

    private final SourceSpec.Video spec;
    private final Ffmpeg ffmpeg;
    private final List<FileSet.Entry> entries;
    private final @Nullable VideoTruth truth;
    private final FrameFormat.Image frame;
    private long size = -1;

    private VideoSource(
            SourceSpec.Video spec,
            Ffmpeg ffmpeg,
            List<FileSet.Entry> entries,
            @Nullable VideoTruth truth,
            FrameFormat.Image frame) {
        this.spec = spec;
        this.ffmpeg = ffmpeg;
        this.entries = entries;
        this.truth = truth;
        this.frame = frame;
    }

    static VideoSource open(SourceSpec.Video spec, Path base, @Nullable Path names) {
        Path path = base.resolve(spec.path());
        Path csv = spec.labels() == null ? null : base.resolve(spec.labels());
        VideoTruth truth = csv != null && VideoTruth.isOne(csv) ? VideoTruth.read(csv, names) : null;
        if (csv != null && truth != null && truth.byFrame() && spec.fps() > 0) {
            throw SourceProblem.of("frames have no numbers where fps makes others of them", csv)
                    .attempt("from,to,label in seconds")
                    .attempt("every instead of fps")
                    .toException();
        }
        List<FileSet.Entry> entries = FileSet.of(path, ENDINGS, truth == null ? csv : null, names);
        return new VideoSource(spec, Ffmpeg.installed(), entries, truth, frame(spec, entries));
    }

    static FrameFormat.Image frame(SourceSpec.Video spec, Path base) {
        if (spec.width() > 0) {
            return new FrameFormat.Image(spec.height(), spec.width(), spec.channels());
        }
        Path csv = spec.labels() == null ? null : base.resolve(spec.labels());
        Path files = csv != null && VideoTruth.isOne(csv) ? null : csv;
        return frame(spec, FileSet.of(base.resolve(spec.path()), ENDINGS, files, null));
    }

    private static FrameFormat.Image frame(SourceSpec.Video spec, List<FileSet.Entry> entries) {
        if (spec.width() > 0) {
            return new FrameFormat.Image(spec.height(), spec.width(), spec.channels());
        }
        FrameFormat.Image first = null;
        for (FileSet.Entry entry : entries) {
            FrameFormat.Image own = size(spec, entry.file());
            if (first != null && !own.equals(first)) {
                throw SourceProblem.of(
                                "expected " + first.width() + "×" + first.height()
                                        + " pixels as the videos before, found " + own.width() + "×" + own.height(),
                                entry.file())
                        .attempt("width and height in the source, to which all are scaled")
                        .toException();
            }
            first = own;
        }
        if (first == null) {
            throw new IllegalStateException("a set of files has some");
        }
        return first;
    }

    /** Decodes one frame, since only the decoder knows how it is turned and cropped. */
    private static FrameFormat.Image size(SourceSpec.Video spec, Path file) {
        var words = new ArrayList<>(List.of("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+warning"));
        words.addAll(input(spec, file));
        words.addAll(List.of("-map", "0:v:0", "-frames:v", "1", "-c:v", "ppm", "-f", "image2pipe", "pipe:1"));
        String[] header = FramePipe.beginning(
                        Ffmpeg.installed(), words, HEADER, ending -> broken(file, ending.reason()))
                .split("\\s+", 4);
        if (header.length < 4
                || !header[0].equals("P6")
                || !header[1].matches("\\d{1,6}")
                || !header[2].matches("\\d{1,6}")) {
            throw broken(file, "ffmpeg gives no frame of it").toException();
        }
        return new FrameFormat.Image(Integer.parseInt(header[2]), Integer.parseInt(header[1]), spec.channels());
    }

    static Problem broken(Path file, String why) {
        return SourceProblem.of("the video can't be read", file).because(why);
    }

    private VideoDecoding decoding(Path file) {
        return new VideoDecoding(input(spec, file), filters(spec), frame, true);
    }

    /** The one file, and nothing from elsewhere that it may point to. */
    static List<String> input(SourceSpec.Video spec, Path file) {
        if (!Files.isRegularFile(file)) {
            throw SourceProblem.of("no such file", file).toException();
        }
        var words = new ArrayList<String>();
        if (spec.hardware() != null) {
            words.addAll(List.of("-hwaccel", spec.hardware()));
        }
        if (spec.decoder() != null) {
            words.addAll(List.of("-c:v", spec.decoder()));
        }
        words.addAll(List.of("-protocol_whitelist", "file", "-i", "file:" + file));
        return words;
    }

    static List<String> filters(SourceSpec.Video spec) {
        if (spec.fps() > 0) {
            return List.of("fps=" + spec.fps());
        }
        return spec.every() > 1 ? List.of("select=not(mod(n\\," + spec.every() + "))") : List.of();
    }

    private OptionalInt label(FileSet.Entry entry, long number, long nanos) {
        return truth == null ? OptionalInt.empty() : truth.label(entry.id(), number * spec.every(), nanos);
    }

    /** Counts by decoding once, since what a file's header says of it may not be so. */
    @Override
    public synchronized long size() {
        if (size < 0) {
            long[] counted = {0};
            for (FileSet.Entry entry : entries) {
                FramePipe.times(
                        ffmpeg,
                        decoding(entry.file()),
                        (number, nanos) -> {
                            if (truth == null || label(entry, number, nanos).isPresent()) {
                                counted[0]++;
                            }
                        },
                        ending -> broken(entry.file(), ending.reason()));
            }
            size = counted[0];
        }
        return size;
    }

    @Override
    public Iterator<Sample> iterator() {
        return new Frames();
    }

    /** The process that an iterator has at the moment; ends with it, also where nobody goes to the end. */
    private static final class Running implements Runnable {
        private @Nullable FramePipe pipe;

        @Override
        public synchronized void run() {
            if (pipe != null) {
                pipe.close();
                pipe = null;
            }
        }

        synchronized FramePipe hold(FramePipe opened) {
            pipe = opened;
            return opened;
        }
    }

    private final class Frames implements Reading {
        private final Running running = new Running();
        private final Cleaner.Cleanable ending = CLEANER.register(this, running);
        private final Iterator<FileSet.Entry> left = entries.iterator();
        private FileSet.@Nullable Entry entry;
        private @Nullable FramePipe pipe;
        private long number;
        private boolean fresh;
        private @Nullable Sample ready;

        @Override
        public boolean hasNext() {
            while (ready == null) {
                FramePipe from = pipe;
                FileSet.Entry at = entry;
                if (from == null || at == null) {
                    if (!left.hasNext()) {
                        return false;
                    }
                    entry = left.next();
                    pipe = running.hold(FramePipe.open(ffmpeg, decoding(entry.file()), () -> 0));
                    number = 0;
                    fresh = true;
                } else {
                    ready = next(from, at);
                }
            }
            return true;
        }

        private @Nullable Sample next(FramePipe from, FileSet.Entry at) {
            byte[] pixels = new byte[Math.toIntExact((long) frame.height() * frame.width() * frame.channels())];
            if (!from.read(MemorySegment.ofArray(pixels))) {
                FramePipe.Ending how = from.ending();
                running.run();
                pipe = null;
                if (how.failed()) {
                    throw broken(at.file(), how.reason())
                            .attempt("ffmpeg -i " + at.file().getFileName()
                                    + " repaired.mp4, which patches up what is damaged")
                            .toException();
                }
                return null;
            }
            long of = number++;
            OptionalInt label = label(at, of, from.presented());
            if (truth != null && label.isEmpty()) {
                // what follows is no continuation for a model with state
                fresh = true;
                return null;
            }
            Truth known = label.isPresent() ? new Truth.Label(label.getAsInt()) : at.truth();
            Tensor tensor = Tensor.of(
                    FrameFormat.INPUT,
                    DataType.UINT8,
                    new long[] {frame.height(), frame.width(), frame.channels()},
                    MemorySegment.ofArray(pixels));
            boolean first = fresh;
            fresh = false;
            return new Sample(id(at.id(), of, from.presented()), Map.of(FrameFormat.INPUT, tensor), known, first);
        }

        @Override
        public Sample next() {
            Sample sample = hasNext() ? ready : null;
            if (sample == null) {
                throw new NoSuchElementException();
            }
            ready = null;
            return sample;
        }

        @Override
        public void close() {
            ending.clean();
            pipe = null;
        }
    }

    private String id(String file, long number, long nanos) {
        return nanos == FfmpegLog.UNKNOWN
                ? file + "#" + number * spec.every()
                : String.format(Locale.ROOT, "%s@%.3fs", file, nanos / 1e9);
    }
}
