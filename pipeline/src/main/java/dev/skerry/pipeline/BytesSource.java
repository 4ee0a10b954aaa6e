package dev.skerry.pipeline;

import dev.skerry.model.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files as numbers: their first and their last bytes, int32 [first + last]. A file that is shorter is filled up, after the first
 * bytes and before the last ones.
 */
final class BytesSource {
    /** Any file. */
    private static final Set<String> ENDINGS = Set.of("");

    private BytesSource() {}

    static SampleSource open(SourceSpec.Bytes spec, Path base, @Nullable Path names) {
        return new FileSource(
                FileSet.of(
                        base.resolve(spec.path()),
                        ENDINGS,
                        spec.labels() == null ? null : base.resolve(spec.labels()),
                        names),
                entry -> read(entry.file(), spec));
    }

    static Tensor read(Path file, SourceSpec.Bytes spec) {
        int[] values = new int[spec.first() + spec.last()];
        java.util.Arrays.fill(values, spec.pad());
        try {
            if (!Files.isRegularFile(file)) {
                throw SourceProblem.of("no such file", file).toException();
            }
            byte[] head = part(file, spec.block(), false);
            int from = 0;
            while (spec.strip() && from < head.length && blank(head[from])) {
                from++;
            }
            for (int i = 0; i < spec.first() && from + i < head.length; i++) {
                values[i] = head[from + i] & 0xff;
            }
            byte[] tail = part(file, spec.block(), true);
            int to = tail.length;
            while (spec.strip() && to > 0 && blank(tail[to - 1])) {
                to--;
            }
            for (int i = 1; i <= spec.last() && i <= to; i++) {
                values[values.length - i] = tail[to - i] & 0xff;
            }
        } catch (IOException e) {
            throw SourceProblem.unreadable(file, e).toException();
        }
        return Tensor.ofInts(FrameFormat.INPUT, new long[] {values.length}, values);
    }

    private static byte[] part(Path file, int most, boolean last) throws IOException {
        try (var content = new RandomAccessFile(file.toFile(), "r")) {
            byte[] bytes = new byte[(int) Math.min(most, content.length())];
            content.seek(last ? content.length() - bytes.length : 0);
            content.readFully(bytes);
            return bytes;
        }
    }

    /** White space of ASCII. */
    private static boolean blank(byte value) {
        return value == ' ' || value >= '\t' && value <= '\r';
    }
}
