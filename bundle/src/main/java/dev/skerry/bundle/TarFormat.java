package dev.skerry.bundle;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * The one form of tar that bundles use: POSIX ustar, regular files only, owner 0, mode 0644, time 0, two zero blocks at the
 * end. So a tar is a function of its files, and there is nothing in it to hide a change or a trick in.
 */
final class TarFormat {
    static final int BLOCK_BYTES = 512;
    static final int END_BYTES = 2 * BLOCK_BYTES;
    /** Eleven octal digits; larger files fit in a folder. */
    static final long LARGEST_FILE_BYTES = (1L << 33) - 1;

    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_DIGITS = 11;

    private TarFormat() {}

    /** For a name that a layout may have. */
    static byte[] header(String name, long size) {
        var entry = new TarArchiveEntry(name);
        entry.setSize(size);
        entry.setModTime(0L);
        entry.setIds(0, 0);
        entry.setNames("", "");
        entry.setMode(TarArchiveEntry.DEFAULT_FILE_MODE);
        byte[] block = new byte[BLOCK_BYTES];
        entry.writeEntryHeader(block);
        return block;
    }

    static String name(byte[] header) {
        int end = 0;
        while (end < NAME_BYTES && header[end] != 0) {
            end++;
        }
        return new String(header, 0, end, StandardCharsets.ISO_8859_1);
    }

    /** The size field; empty where it is not octal digits. */
    static OptionalLong size(byte[] header) {
        long size = 0;
        for (int i = SIZE_AT; i < SIZE_AT + SIZE_DIGITS; i++) {
            int digit = header[i] - '0';
            if (digit < 0 || digit > 7) {
                return OptionalLong.empty();
            }
            size = size * 8 + digit;
        }
        return OptionalLong.of(size);
    }

    /** Zero bytes that fill the last block of a file. */
    static int padding(long size) {
        return (int) (-size & (BLOCK_BYTES - 1));
    }

    static void writeZeros(OutputStream out, int count) throws IOException {
        out.write(new byte[count]);
    }
}
