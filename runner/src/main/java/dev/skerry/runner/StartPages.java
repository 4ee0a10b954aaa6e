package dev.skerry.runner;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pages of libraries and archives that starting has read and no cycle will: a runtime's registry of operators, the reader of
 * class files. The kernel holds them as part of this process for as long as it has memory, and a lock would pin them. They are let
 * go before the rehearsal, which brings back what a cycle needs.
 */
final class StartPages {
    private static final Path MAPPINGS = Path.of("/proc/self/smaps");
    /** What is smaller isn't worth the call. */
    private static final long LEAST_KILOBYTES = 256;

    /** Addresses of a mapping. */
    record Range(long from, long to) {}

    private StartPages() {}

    /** While no other thread loads a library. Does nothing where the kernel doesn't tell its mappings. */
    static void letGo() {
        if (Posix.present()) {
            try {
                for (Range range : clean(Files.readString(MAPPINGS, StandardCharsets.ISO_8859_1))) {
                    Posix.letGo(range.from, range.to - range.from);
                }
            } catch (IOException _) {
                // more is resident than has to be
            }
        }
    }

    /**
     * Mappings that hold nothing but what their file holds, and can't be written: what is let go of them comes back from the file.
     * Relocated data of a library is read-only too, but not what its file holds.
     *
     * @param smaps what {@code proc_pid_smaps(5)} describes
     */
    static List<Range> clean(String smaps) {
        var found = new ArrayList<Range>();
        @Nullable Range mapping = null;
        long resident = 0;
        for (int at = 0; at < smaps.length(); ) {
            int end = smaps.indexOf('\n', at);
            if (end < 0) {
                end = smaps.length();
            }
            char first = smaps.charAt(at);
            if (first >= '0' && first <= '9' || first >= 'a' && first <= 'f') {
                mapping = candidate(smaps, at, end);
            } else if (mapping != null && smaps.startsWith("Rss:", at)) {
                resident = kilobytes(smaps, at, end);
            } else if (mapping != null && smaps.startsWith("Anonymous:", at)) {
                if (resident >= LEAST_KILOBYTES && kilobytes(smaps, at, end) == 0) {
                    found.add(mapping);
                }
            }
            at = end + 1;
        }
        return found;
    }

    /** {@code from-to rwxp offset device inode path}: private, of a file, and not to be written; else null. */
    private static @Nullable Range candidate(String smaps, int at, int end) {
        int dash = smaps.indexOf('-', at);
        int rights = smaps.indexOf(' ', dash) + 1;
        if (smaps.charAt(rights) != 'r'
                || smaps.charAt(rights + 1) != '-'
                || smaps.charAt(rights + 3) != 'p'
                || !smaps.substring(rights, end).contains("/")) {
            return null;
        }
        return new Range(
                Long.parseUnsignedLong(smaps, at, dash, 16), Long.parseUnsignedLong(smaps, dash + 1, rights - 1, 16));
    }

    /** {@code Name:   12 kB}. */
    private static long kilobytes(String smaps, int at, int end) {
        long value = 0;
        for (int i = at; i < end; i++) {
            char digit = smaps.charAt(i);
            value = digit >= '0' && digit <= '9' ? value * 10 + digit - '0' : value;
        }
        return value;
    }
}
