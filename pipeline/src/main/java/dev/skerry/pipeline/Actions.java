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
     * Opens files, which begin anew, and starts commands.
     *
     * @param base folder that paths are relative to
     * @param stdout where {@code stdout} writes; flushed with each decision, not closed
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.action} where a file or command can't be opened
     */
    public static Actions open(List<ActionSpec> specs, Path base, OutputStream stdout) {
        return open(specs, base, stdout, false);
    }

    /** As {@link #open}, but files keep the decisions that are in them: those of a run before, which may have been killed. */
    public static Actions goOn(List<ActionSpec> specs, Path base, OutputStream stdout) {
        return open(specs, base, stdout, true);
    }

    private static Actions open(List<ActionSpec> specs, Path base, OutputStream stdout, boolean keep) {
        var actions = new ArrayList<Action>();
        try {
            for (ActionSpec spec : specs) {
                actions.add(
                        switch (spec) {
                            case ActionSpec.Stdout _ -> new LineAction("stdout", LineAction.Form.JSON, stdout, false);
                            case ActionSpec.Csv(String path) ->
                                LineAction.file(path, LineAction.Form.CSV, base.resolve(path), keep);
                            case ActionSpec.JsonLines(String path) ->
                                LineAction.file(path, LineAction.Form.JSON, base.resolve(path), keep);
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

    /** Name and version of a model as they go into each line. */
    public static JsonText model(String name, String version) {
        return new JsonText().key("model").string(name).raw(',').key("version").string(version);
    }

    /**
     * Does all actions for one decision.
     *
     * @param cycle number of the cycle in the run
     * @param sample what the frame is called
     * @param level who answered
     * @param model name and version of the model that is in charge, ready to be put into a line
     */
    public void act(long cycle, String sample, Decision decision, Level level, JsonText model) {
        if (each.length == 0) {
            return;
        }
        line.clear();
        line.raw('{').key("cycle").number(cycle).raw(',').key("sample").string(sample);
        line.raw(',').key("fallback").bool(level != Level.NOMINAL);
        line.raw(',')
                .key("level")
                .string(level.label())
                .raw(',')
                .append(model)
                .raw(',')
                .key("decision");
        decision.write(line);
        line.raw('}').raw('\n');
        for (Action action : each) {
            action.act(cycle, sample, decision, level, line);
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
