package dev.skerry.bundle;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** A layout in a tar of exactly the form that {@link TarFormat} describes. */
final class TarLayout implements Layout {
    private static final int MOST_ENTRIES = OciDocument.MOST_FILES + 3 * OciDocument.MOST_SIGNATURES + 8;

    private final Path file;
    private final SortedMap<String, Long> sizes;
    private final SortedMap<String, Long> offsets;

    private TarLayout(Path file, SortedMap<String, Long> sizes, SortedMap<String, Long> offsets) {
        this.file = file;
        this.sizes = Collections.unmodifiableSortedMap(sizes);
        this.offsets = Collections.unmodifiableSortedMap(offsets);
    }

    static TarLayout read(Path file) throws IOException {
        var sizes = new TreeMap<String, Long>();
        var offsets = new TreeMap<String, Long>();
        try (var channel = FileChannel.open(file)) {
            long length = channel.size();
            long at = 0;
            byte[] header = blocks(channel, at, TarFormat.BLOCK_BYTES, file);
            while (!isZero(header)) {
                String name = TarFormat.name(header);
                requireOurForm(header, name, at, length, file);
                long size = TarFormat.size(header).orElseThrow();
                long content = at + TarFormat.BLOCK_BYTES;
                int padding = TarFormat.padding(size);
                if (size > length - content - padding) {
                    throw damaged("the tar ends within " + FileName.quoted(name), file);
                }
                if (!isZero(blocks(channel, content + size, padding, file))) {
                    throw damaged("bytes between files are not zero", file);
                }
                if (sizes.put(name, size) != null || sizes.size() > MOST_ENTRIES) {
                    throw Layout.stranger(name, "it occurs twice, or there are too many files", file);
                }
                offsets.put(name, content);
                at = content + size + padding;
                header = blocks(channel, at, TarFormat.BLOCK_BYTES, file);
            }
            if (length - at != TarFormat.END_BYTES || !isZero(blocks(channel, at, TarFormat.END_BYTES, file))) {
                throw damaged("the tar does not end where it should", file);
            }
        }
        return new TarLayout(file, sizes, offsets);
    }

    @Override
    public Path where() {
        return file;
    }

    @Override
    public SortedMap<String, Long> sizes() {
        return sizes;
    }

    @Override
    public InputStream open(String name) throws IOException {
        @SuppressWarnings("NullAway") // named by sizes
        long offset = offsets.get(name);
        @SuppressWarnings("NullAway")
        long size = sizes.get(name);
        var channel = FileChannel.open(file);
        return new Section(Channels.newInputStream(channel.position(offset)), size);
    }

    private static void requireOurForm(byte[] header, String name, long at, long length, Path file) {
        if (at == 0 && !OciDocument.isEntry(name)) {
            throw CanonicalJson.malformed("not a bundle", file.toString())
                    .because("it is no tar that begins with an OCI layout")
                    .attempt("unpacking it first, if it is compressed or within another archive")
                    .toException();
        }
        if (!OciDocument.isEntry(name)) {
            throw Layout.stranger(name, "a bundle has no such file", file);
        }
        long size = TarFormat.size(header).orElse(-1);
        if (size < 0 || size > length || !Arrays.equals(header, TarFormat.header(name, size))) {
            throw CanonicalJson.malformed("unexpected tar header of " + FileName.quoted(name), file.toString())
                    .because("a bundle's tar holds regular files only, each with the one header that Skerry writes;"
                            + " this one is damaged, or another program made it")
                    .attempt("copying the bundle again")
                    .attempt("unpacking it with tar -xf, and giving the folder")
                    .toException();
        }
    }

    private static byte[] blocks(FileChannel channel, long at, int count, Path file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw damaged("the tar is cut off", file);
            }
        }
        return buffer.array();
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static RuntimeException damaged(String what, Path file) {
        return LayoutSnapshot.damaged(what, file.toString()).toException();
    }

    /** So many bytes of a stream, and not one fewer. */
    private static final class Section extends InputStream {
        private final InputStream in;
        private long left;

        Section(InputStream in, long size) {
            this.in = in;
            this.left = size;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0 && length > 0) {
                return -1;
            }
            int read = in.read(bytes, offset, (int) Math.min(length, left));
            if (read < 0) {
                throw new EOFException("the file became shorter while it was read");
            }
            left -= read;
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
