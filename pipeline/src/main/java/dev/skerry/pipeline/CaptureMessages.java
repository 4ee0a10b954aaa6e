package dev.skerry.pipeline;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What {@code arecord} says beside the sound; it goes on with another rate than it was asked for, and only says so. */
final class CaptureMessages {
    private static final Pattern RATE = Pattern.compile("rate is not accurate .*got = (\\d{1,9})");

    private final AtomicInteger overruns = new AtomicInteger();
    private volatile int otherRate;
    private volatile @Nullable String last;

    /**
     * Reads until the program ends.
     *
     * @param stop ends it
     */
    void listen(BufferedReader messages, Runnable stop) {
        try (messages) {
            String line;
            while ((line = messages.readLine()) != null) {
                Matcher rate = RATE.matcher(line);
                if (rate.find()) {
                    otherRate = Integer.parseInt(rate.group(1));
                    stop.run();
                } else if (line.contains("overrun")) {
                    overruns.incrementAndGet();
                } else if (!line.isBlank() && !line.startsWith("Recording ")) {
                    last = line.strip();
                }
            }
        } catch (IOException | UncheckedIOException _) {
            // it has ended
        }
    }

    /** Times at which sound was lost, since nobody took it. */
    int overruns() {
        return overruns.get();
    }

    /** The rate that the device has instead, in Hz; 0 where it has the right one. */
    int otherRate() {
        return otherRate;
    }

    /** The last thing that it complained of. */
    @Nullable
    String last() {
        return last;
    }
}
