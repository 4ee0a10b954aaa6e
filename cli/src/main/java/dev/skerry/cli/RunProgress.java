package dev.skerry.cli;

import dev.skerry.problem.Problem;
import dev.skerry.runner.RunListener;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * Shows a run while it goes on.
 *
 * @param decisions where the lines of its standard-output action go, untouched
 */
record RunProgress(ProgressLine line, PrintStream decisions, Terminal terminal) implements RunListener {
    /** With {@code json}, standard output belongs to the one document that is printed at the end. */
    static RunProgress of(Context context, ProgressLine line, boolean json) {
        Terminal terminal = context.terminal();
        return new RunProgress(line, json ? terminal.err() : terminal.out(), terminal);
    }

    @Override
    public void phase(String name) {
        if (!name.equals("run")) { // the first progress says so, with numbers
            line.step("run: " + name, 0, 0);
        }
    }

    @Override
    public void progress(long cycle, long cycles, long missed, double lastMicros) {
        line.step("running" + (missed > 0 ? ", " + missed + " missed" : ""), cycle, cycles);
    }

    @Override
    public void transition(String model, long cycle, String from, String to, String reason, @Nullable String cause) {
        tell(model + ", cycle " + cycle + ": " + from + " → " + to + ", " + reason
                + (cause == null || cause.equals(reason) ? "" : " (" + cause + ")"));
    }

    @Override
    public void swapped(String model, String version, long cycle) {
        tell(model + " " + version + " decides since cycle " + cycle);
    }

    @Override
    public void reset(String model, long cycle) {
        tell(model + " has passed its self-test and decides since cycle " + cycle);
    }

    @Override
    public void declined(Problem problem) {
        tell(ProblemText.render(problem, terminal));
    }

    private void tell(String text) {
        line.clear();
        terminal.err().println(text);
    }

    @Override
    public void line(String text) {
        line.clear();
        decisions.println(text);
    }
}
