package dev.skerry.cli;

import dev.skerry.measure.Progress;
import java.util.function.LongSupplier;

/**
 * One line on a terminal that is drawn over as work goes on, with the time that is left. Where nobody looks (a log, a pipe)
 * only the beginning of each step is written.
 */
final class ProgressLine implements Progress {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final int BAR = 24;

    private final Terminal terminal;
    private final LongSupplier nanoTime;
    private String step = "";
    private long startedNanos;
    private long drawnNanos;
    private boolean open;

    ProgressLine(Terminal terminal, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.nanoTime = nanoTime;
    }

    @Override
    public void step(String what, long done, long total) {
        long now = nanoTime.getAsLong();
        boolean begins = !what.equals(step);
        if (begins) {
            step = what;
            startedNanos = now;
            if (!terminal.animated()) {
                terminal.err().println("… " + what);
            }
        }
        if (terminal.animated() && (begins || done >= total || now - drawnNanos >= REDRAW_NANOS)) {
            drawnNanos = now;
            open = true;
            terminal.err().print("\r\u001b[2K" + line(what, done, total, now - startedNanos));
            terminal.err().flush();
        }
    }

    /** Takes the line away before something else is written. */
    void clear() {
        if (open) {
            terminal.err().print("\r\u001b[2K");
            terminal.err().flush();
            open = false;
        }
        step = "";
    }

    static String line(String what, long done, long total, long elapsedNanos) {
        if (total <= 0) {
            return what + " …";
        }
        int filled = (int) Math.min(BAR, BAR * done / total);
        String bar = "━".repeat(filled) + "─".repeat(BAR - filled);
        String left = done > 0 && done < total && elapsedNanos > 1_000_000_000L
                ? "  ~" + Math.ceilDiv(elapsedNanos * (total - done) / done, 1_000_000_000L) + " s left"
                : "";
        return what + "  " + bar + "  " + done + "/" + total + left;
    }
}
