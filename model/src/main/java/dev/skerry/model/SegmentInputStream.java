package dev.skerry.model;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Memory as a stream, of which much is skipped. */
final class SegmentInputStream extends InputStream {
    private final MemorySegment content;
    private long position;

    SegmentInputStream(MemorySegment content) {
        this.content = content;
    }

    @Override
    public int read() {
        return position < content.byteSize() ? content.get(ValueLayout.JAVA_BYTE, position++) & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        long rest = content.byteSize() - position;
        if (rest == 0 && length > 0) {
            return -1;
        }
        int count = (int) Math.min(length, rest);
        MemorySegment.copy(content, ValueLayout.JAVA_BYTE, position, target, offset, count);
        position += count;
        return count;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.clamp(count, 0, content.byteSize() - position);
        position += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, content.byteSize() - position);
    }
}
