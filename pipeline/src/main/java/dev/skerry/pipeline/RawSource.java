package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Raw frames of one size, one or many in a file. */
final class RawSource implements SampleSource {
    private final SourceSpec.Raw spec;
    private final List<FileSet.Entry> entries;
    private final List<Long> frames;

    private RawSource(SourceSpec.Raw spec, List<FileSet.Entry> entries, List<Long> frames) {
        this.spec = spec;
        this.entries = entries;
        this.frames = frames;
    }

    static SampleSource open(SourceSpec.Raw spec, Path base, @Nullable Path names) {
        String labels = spec.labels();
        List<FileSet.Entry> entries = FileSet.of(
                base.resolve(spec.path()), Set.of(".raw", ".rgb"), labels == null ? null : base.resolve(labels), names);
        long bytes = bytes(spec);
        var frames = new ArrayList<Long>();
        for (FileSet.Entry entry : entries) {
            long size = size(entry.file());
            if (size == 0 || size % bytes != 0) {
                throw SourceProblem.of(
                                "expected frames of " + bytes + " bytes (" + spec.width() + "×" + spec.height() + "×"
                                        + spec.channels() + "), found a file of " + size,
                                entry.file())
                        .toException();
            }
            frames.add(size / bytes);
        }
        return new RawSource(spec, entries, frames);
    }

    private static long bytes(SourceSpec.Raw spec) {
        try {
            return Math.toIntExact(
                    Math.multiplyExact(Math.multiplyExact((long) spec.width(), spec.height()), spec.channels()));
        } catch (ArithmeticException e) {
            throw Fields.problem("pipeline.source", "frames of more than 2 GiB").toException();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw SourceProblem.unreadable(file, e).toException();
        }
    }

    @Override
    public long size() {
        return frames.stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public Iterator<Sample> iterator() {
        return java.util.stream.IntStream.range(0, entries.size())
                .boxed()
                .flatMap(i -> LongStream.range(0, frames.get(i)).mapToObj(frame -> sample(i, frame)))
                .iterator();
    }

    private Sample sample(int i, long frame) {
        FileSet.Entry entry = entries.get(i);
        String id = frames.get(i) == 1 ? entry.id() : entry.id() + "#" + frame;
        Tensor tensor = Tensor.of(
                FrameFormat.INPUT,
                DataType.UINT8,
                new long[] {spec.height(), spec.width(), spec.channels()},
                MemorySegment.ofArray(bytes(entry.file(), frame * bytes(spec), (int) bytes(spec))));
        return new Sample(id, Map.of(FrameFormat.INPUT, tensor), entry.truth(), false);
    }

    /** {@code count} bytes of a file from {@code offset} on. */
    static byte[] bytes(Path file, long offset, int count) {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        try (FileChannel channel = FileChannel.open(file)) {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, offset + buffer.position()) < 0) {
                    throw new EOFException("it became shorter while it was read");
                }
            }
        } catch (IOException e) {
            throw SourceProblem.unreadable(file, e).toException();
        }
        return buffer.array();
    }
}
