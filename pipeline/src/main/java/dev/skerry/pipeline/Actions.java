package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The declared actions, opened. {@link #act} doesn't throw, and allocates nothing once buffers have grown; a record that can't be
 * written is counted ({@link #lost}), and the first cause of each action is kept ({@link #problems}). Used by one thread.
 */
public final class Actions implements AutoCloseable {
    private final List<Action> actions;
    private final Action[] each;
    private final JsonText line = new JsonText();

    private Actions(List<Action> actions) {
        this.actions = actions;
        this.each = actions.toArray(Action[]::new);
    }

    /**
     * Opens files and starts commands.
     *
     * @param base folder that paths are relative to
     * @param stdout where {@code stdout} writes; flushed with each decision, not closed
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.action} where a file or command can't be opened
     */
    public static Actions open(List<ActionSpec> specs, Path base, OutputStream stdout) {
        var actions = new ArrayList<Action>();
        try {
            for (ActionSpec spec : specs) {
                actions.add(
                        switch (spec) {
                            case ActionSpec.Stdout _ ->
                                new LineAction("stdout", LineAction.Form.JSON, stdout, true, false);
                            case ActionSpec.Csv(String path) ->
                                new LineAction(
                                        path, LineAction.Form.CSV, LineAction.create(base.resolve(path)), false, true);
                            case ActionSpec.JsonLines(String path) ->
                                new LineAction(
                                        path, LineAction.Form.JSON, LineAction.create(base.resolve(path)), false, true);
                            case ActionSpec.Command command -> CommandAction.start(command.line(), base);
                            case ActionSpec.Ring(String path) -> RingAction.open(base.resolve(path));
                            case ActionSpec.Network network ->
                                throw Problem.usage(
                                                "pipeline.action",
                                                "the action '" + network.word()
                                                        + "' leaves by the network, and this process has none")
                                        .attempt("skerry run or skerry agent, which do it beside the run")
                                        .toException();
                        });
            }
        } catch (dev.skerry.problem.ProblemException e) {
            actions.forEach(Action::close);
            throw e;
        }
        return new Actions(actions);
    }

    /**
     * Does all actions for one decision.
     *
     * @param cycle number of the cycle in the run
     * @param sample what the frame is called
     * @param fallback whether the fallback stands in for a late decision
     */
    public void act(long cycle, String sample, Decision decision, boolean fallback) {
        if (each.length == 0) {
            return;
        }
        line.clear();
        line.raw('{').key("cycle").number(cycle).raw(',').key("sample").string(sample);
        line.raw(',').key("fallback").bool(fallback).raw(',').key("decision");
        decision.write(line);
        line.raw('}').raw('\n');
        for (Action action : each) {
            action.act(cycle, sample, decision, fallback, line);
        }
    }

    /** Records that did not get out, over all actions; complete after {@link #close}. */
    public long lost() {
        return actions.stream().mapToLong(Action::lost).sum();
    }

    /** The first failure of each action that had one. */
    public List<Problem> problems() {
        return actions.stream().flatMap(action -> action.problem().stream()).toList();
    }

    /** Writes out what is buffered, ends commands. Doesn't throw; see {@link #problems}. */
    @Override
    public void close() {
        actions.forEach(Action::close);
    }
}
