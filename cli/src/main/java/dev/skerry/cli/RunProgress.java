package dev.skerry.cli;

import dev.skerry.runner.RunListener;

/** Shows a run while it goes on. Lines of its standard-output action go to standard output untouched. */
record RunProgress(Context context, ProgressLine line) implements RunListener {
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
        context.terminal().out().println(text);
    }
}
