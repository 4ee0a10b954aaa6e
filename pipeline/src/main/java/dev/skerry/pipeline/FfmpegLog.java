package dev.skerry.pipeline;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * What ffmpeg says on standard error: the presentation time of each frame, which is taken without garbage, and complaints, of
 * which the last are kept.
 */
final class FfmpegLog {
    private static final byte[] FRAMES = bytes("[Parsed_showinfo_");
    private static final byte[] FRAME = bytes(" n:");
    private static final byte[] TIME = bytes(" pts:");
    private static final byte[] TIME_BASE = bytes("config in time_base: ");
    private static final List<byte[]> COMPLAINTS =
            List.of(bytes("[warning] "), bytes("[error] "), bytes("[fatal] "), bytes("[panic] "));
    private static final int KEPT = 6;
    private static final int AHEAD = 1024;
    private static final int LINE = 4096;

    /** A frame without a presentation time. */
    static final long UNKNOWN = Long.MIN_VALUE;

    private final byte[] line = new byte[LINE];
    private int length;
    private final ArrayDeque<String> complaints = new ArrayDeque<>();

    private final long[] times = new long[AHEAD];
    private long told;
    private long taken;
    private boolean lost;
    private boolean ended;
    private long numerator = 1;
    private long denominator = 1;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads to the end; for a thread of its own. */
    void read(InputStream from) {
        byte[] buffer = new byte[LINE];
        try (from) {
            for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
                take(buffer, count);
            }
        } catch (IOException _) {
            // it has ended
        }
        synchronized (this) {
            line();
            ended = true;
            notifyAll();
        }
    }

    void take(byte[] buffer, int count) {
        for (int i = 0; i < count; i++) {
            if (buffer[i] == '\n' || buffer[i] == '\r') {
                synchronized (this) {
                    line();
                }
            } else if (length < LINE) {
                line[length++] = buffer[i];
            }
        }
    }

    private void line() {
        if (starts(FRAMES)) {
            int frame = find(FRAME, 0);
            int time = frame < 0 ? -1 : find(TIME, frame);
            int base = find(TIME_BASE, 0);
            if (time >= 0) {
                tell(presented(time + TIME.length));
            } else if (base >= 0) {
                base(base + TIME_BASE.length);
            }
        } else {
            for (byte[] complaint : COMPLAINTS) {
                int at = find(complaint, 0);
                if (at >= 0) {
                    complain(new String(
                            line, at + complaint.length, length - at - complaint.length, StandardCharsets.UTF_8));
                    break;
                }
            }
        }
        length = 0;
    }

    private void complain(String text) {
        String said = text.strip();
        if (!said.isEmpty() && !complaints.contains(said)) {
            complaints.add(said);
            if (complaints.size() > KEPT) {
                complaints.removeFirst();
            }
        }
    }

    private void base(int at) {
        long above = number(at);
        int slash = at;
        while (slash < length && line[slash] != '/') {
            slash++;
        }
        long below = number(slash + 1);
        if (above > 0 && below > 0 && above <= Integer.MAX_VALUE && below <= Integer.MAX_VALUE) {
            numerator = above;
            denominator = below;
        }
    }

    /** Nanoseconds. */
    private long presented(int at) {
        int first = at;
        while (first < length && line[first] == ' ') {
            first++;
        }
        boolean digits = first < length && (line[first] == '-' || line[first] >= '0' && line[first] <= '9');
        if (!digits) {
            return UNKNOWN;
        }
        // a time base is a fraction of two ints
        long scaled = number(first) * numerator;
        return Math.floorDiv(scaled, denominator) * 1_000_000_000
                + Math.floorMod(scaled, denominator) * 1_000_000_000 / denominator;
    }

    private long number(int at) {
        int i = at;
        boolean negative = i < length && line[i] == '-';
        long value = 0;
        for (i = negative ? i + 1 : i; i < length && line[i] >= '0' && line[i] <= '9' && value < 1L << 59; i++) {
            value = value * 10 + line[i] - '0';
        }
        return negative ? -value : value;
    }

    private void tell(long time) {
        if (told - taken == AHEAD) {
            // whoever reads frames is that far behind only where lines and frames no longer belong together
            lost = true;
        } else {
            times[(int) (told++ % AHEAD)] = time;
        }
        notifyAll();
    }

    /** Waits for a line about the next frame; false where there is none any more. */
    synchronized boolean awaitNext() {
        try {
            while (told == taken && !ended && !lost) {
                wait();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            lost = true;
        }
        return !lost && told > taken;
    }

    /**
     * The presentation time of the next frame in nanoseconds from the input's beginning, or by the camera's clock;
     * {@link #UNKNOWN} where it has none. Waits for it.
     */
    synchronized long next() {
        return awaitNext() ? times[(int) (taken++ % AHEAD)] : UNKNOWN;
    }

    /** The last complaints, the oldest first. */
    synchronized List<String> complaints() {
        return new ArrayList<>(complaints);
    }

    private boolean starts(byte[] word) {
        return length >= word.length && at(word, 0);
    }

    private int find(byte[] word, int from) {
        for (int i = from; i + word.length <= length; i++) {
            if (at(word, i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean at(byte[] word, int from) {
        for (int i = 0; i < word.length; i++) {
            if (line[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }
}
