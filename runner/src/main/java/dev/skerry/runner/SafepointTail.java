package dev.skerry.runner;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The safepoints of the last while, read from the growing log as far as it is written. */
final class SafepointTail {
    private static final int HELD = 2_000;
    private static final int MOST_BYTES = 1 << 20;

    private final @Nullable Path file;
    private final List<Stoppage> pauses = new ArrayList<>();
    private final List<Stoppage> collections = new ArrayList<>();
    private long read;

    /** @param file the log of this JVM; null where there is none */
    SafepointTail(@Nullable Path file) {
        this.file = file;
    }

    /** With what has come since the last time. */
    SafepointLog read() {
        if (file == null) {
            return SafepointLog.UNKNOWN;
        }
        try (var log = new RandomAccessFile(file.toFile(), "r")) {
            long end = log.length();
            // of what is too much to read, the newest
            read = Math.max(read, end - MOST_BYTES);
            byte[] bytes = new byte[(int) (end - read)];
            log.seek(read);
            log.readFully(bytes);
            String text = new String(bytes, StandardCharsets.ISO_8859_1);
            int whole = text.lastIndexOf('\n') + 1;
            read += whole;
            SafepointLog more =
                    SafepointLog.parse(text.substring(0, whole).lines().toList());
            add(pauses, more.pauses());
            add(collections, more.collections());
            return new SafepointLog(true, pauses, collections);
        } catch (IOException _) {
            return SafepointLog.UNKNOWN;
        }
    }

    private static void add(List<Stoppage> to, List<Stoppage> more) {
        to.addAll(more);
        if (to.size() > HELD) {
            to.subList(0, to.size() - HELD).clear();
        }
    }
}
