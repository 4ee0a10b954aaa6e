package dev.skerry.cli;

import dev.skerry.runner.RunListener;
import java.io.PrintStream;

/**
 * Shows a run while it goes on.
 *
 * @param decisions where the lines of its standard-output action go, untouched
 */
record RunProgress(ProgressLine line, PrintStream decisions) implements RunListener {
    /** With {@code json}, standard output belongs to the one document that is printed at the end. */
    static RunProgress of(Context context, ProgressLine line, boolean json) {
        Terminal terminal = context.terminal();
        return new RunProgress(line, json ? terminal.err() : terminal.out());
    }

    @Override
    public void phase(String name) {
        line.step("run: " + name, 0, 0);
    }

    @Override
    public void progress(long cycle, long cycles, long missed, double lastMicros) {
        line.step("running" + (missed > 0 ? ", " + missed + " missed" : ""), cycle, cycles);
    }

    @Override
    public void line(String text) {
        line.clear();
        decisions.println(text);
    }
}
