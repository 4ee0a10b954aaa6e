package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/** Rows of text as they come, from a file that grows or from a stream. */
final class LineSource implements RetryingSource.Attempt {
    private static final int BLOCK = 1 << 16;
    private static final int PATIENCE_MILLIS = 100;
    /** How often a file is looked at for more. */
    private static final long LOOK_NANOS = 2_000_000;
    /** How often a file is looked at for having been replaced, in looks. */
    private static final int LOOKS = 50;

    private static final int MOST_LINE = 1 << 20;

    private final LiveSpec.Lines spec;
    private final Path path;
    /** What messages call it. */
    private final Path name;

    private final boolean stdin;
    private final SourceContext context;
    /** What is there before the first attempt may be old; what is there after a replacement is not. */
    private boolean first = true;

    LineSource(LiveSpec.Lines spec, Path base, SourceContext context) {
        this.spec = spec;
        this.stdin = spec.path().equals(LiveSpec.Lines.STDIN);
        this.path = stdin ? context.stdin() : base.resolve(spec.path());
        this.name = stdin ? Path.of("standard input") : path;
        this.context = context;
    }

    @Override
    public boolean deliver(SampleSink sink, RetryingSource.Closing closing) throws IOException, InterruptedException {
        boolean fromStart = !first || spec.from() == LiveSpec.From.START;
        first = false;
        if (!stdin && Files.isRegularFile(path)) {
            follow(new Rows(sink), closing, fromStart);
            return true;
        }
        if (!stdin && !Files.exists(path)) {
            throw Problem.environment("pipeline.live", "there is no such file or device yet")
                    .at(path.toString())
                    .attempt("the path in pipeline.source, relative to the project's folder")
                    .toException();
        }
        return stream(new Rows(sink), closing);
    }

    /** Reads a pipe or device; false where standard input has ended. */
    private boolean stream(Rows rows, RetryingSource.Closing closing) throws IOException {
        try (NativeFile file = NativeFile.open(path);
                Arena arena = Arena.ofConfined()) {
            if (spec.baud() > 0) {
                file.setSerial(spec.baud());
            }
            MemorySegment buffer = arena.allocate(BLOCK);
            while (!closing.closing()) {
                long count = file.read(buffer, PATIENCE_MILLIS);
                if (count == NativeFile.NOTHING && stdin) {
                    count = file.readNow(buffer);
                }
                if (count == NativeFile.END) {
                    rows.end();
                    if (stdin) {
                        return false;
                    }
                    throw Problem.environment("pipeline.live", "who wrote it has gone")
                            .at(path.toString())
                            .attempt("starting it again: what it says then is read")
                            .toException();
                }
                if (count > 0) {
                    rows.take(buffer.asSlice(0, count).asByteBuffer());
                }
            }
            return true;
        }
    }

    /** Reads a file to its end and then what is added, until it is replaced or made shorter. */
    private void follow(Rows rows, RetryingSource.Closing closing, boolean fromStart)
            throws IOException, InterruptedException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            Object key = key();
            var buffer = ByteBuffer.allocate(BLOCK);
            if (!fromStart) {
                skip(channel, rows, buffer);
            }
            for (int look = 1; !closing.closing(); look++) {
                buffer.clear();
                int count = channel.read(buffer);
                if (count > 0) {
                    rows.take(buffer.flip());
                    continue;
                }
                if (channel.size() < channel.position() || look % LOOKS == 0 && !Objects.equals(key, key())) {
                    rows.end();
                    throw Problem.environment("pipeline.live", "the file was replaced or made shorter")
                            .at(path.toString())
                            .toException();
                }
                closing.sleep(LOOK_NANOS);
            }
        }
    }

    private Object key() throws IOException {
        try {
            Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return key == null ? path : key;
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** To the end of the last whole line, with the header read on the way where there is one. */
    private static void skip(FileChannel channel, Rows rows, ByteBuffer buffer) throws IOException {
        long size = channel.size();
        if (!rows.reader.knowsColumns()) {
            buffer.clear();
            channel.read(buffer, 0);
            buffer.flip();
            int end = 0;
            while (end < buffer.limit() && buffer.get(end) != '\n') {
                end++;
            }
            if (end == buffer.limit()) {
                return; // the header itself is still to come
            }
            rows.take(buffer.slice(0, end + 1));
        }
        for (long end = size; end > 0; end -= buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), end));
            int count = channel.read(buffer, end - buffer.limit());
            for (int i = count - 1; i >= 0; i--) {
                if (buffer.get(i) == '\n') {
                    channel.position(end - buffer.limit() + i + 1);
                    return;
                }
            }
        }
    }

    /** Bytes to lines to rows to windows. */
    private final class Rows {
        private final RowReader reader = new RowReader(spec, name);
        private final SampleSink sink;
        private final LiveWindows windows;
        private final GapWatch gaps;
        private byte[] line = new byte[256];
        private int length;
        private boolean tooLong;
        private boolean complained;

        Rows(SampleSink sink) {
            this.sink = sink;
            this.windows = LiveWindows.of(spec, spec.columns(), spec.window(), spec.hop(), sink);
            this.gaps = new GapWatch(
                    spec.sequence() != null,
                    spec.time() != null,
                    spec.rate() > 0 ? Math.round(1e9 / spec.rate()) : 0,
                    Math.round(spec.freshness().maxAgeSeconds() * 1e9));
        }

        void take(ByteBuffer bytes) {
            long now = context.nanoTime().getAsLong();
            while (bytes.hasRemaining()) {
                byte next = bytes.get();
                if (next == '\n') {
                    row(now);
                } else if (length < MOST_LINE) {
                    if (length == line.length) {
                        line = java.util.Arrays.copyOf(line, 2 * length);
                    }
                    line[length++] = next;
                } else {
                    tooLong = true;
                }
            }
        }

        /** A last line without an end is no whole line, and may be half a number. */
        void end() {
            length = 0;
        }

        private void row(long now) {
            String text = new String(line, 0, length, StandardCharsets.UTF_8);
            length = 0;
            RowReader.Line kind = tooLong ? RowReader.Line.DAMAGED : reader.take(text);
            switch (kind) {
                case ROW -> {
                    if (gaps.gap(reader.sequence(), reader.timeNanos(), now)) {
                        windows.gap();
                    }
                    windows.row(reader.values(), now);
                    complained = false;
                }
                case DAMAGED -> {
                    windows.gap();
                    if (!complained) {
                        complained = true;
                        sink.remark(Problem.environment("pipeline.live", "a line is no row of numbers")
                                .at(name.toString())
                                .because(tooLong ? "it is longer than " + MOST_LINE + " bytes" : reader.complaint()));
                    }
                    tooLong = false;
                }
                case HEADER, BLANK -> {}
            }
        }
    }
}
