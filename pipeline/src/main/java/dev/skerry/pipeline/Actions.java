package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The declared actions, opened. {@link #act} doesn't allocate and doesn't throw; a record that can't be written is counted
 * ({@link #lost}), and the first cause of each action is kept ({@link #problems}). Used by one thread.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Actions implements AutoCloseable {
    private Actions() {}

    /**
     * Opens files and starts commands.
     *
     * @param base folder that paths are relative to
     * @param stdout where {@code stdout} writes; not closed
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.action} where a file or command can't be opened
     */
    public static Actions open(List<ActionSpec> specs, Path base, OutputStream stdout) {
        throw new UnsupportedOperationException();
    }

    /** Does all actions for one decision. */
    public void act(long cycle, String sample, Decision decision, boolean fallback) {}

    /** Records that did not get out, over all actions; complete after {@link #close}. */
    public long lost() {
        return 0;
    }

    /** The first failure of each action that had one. */
    public List<Problem> problems() {
        return List.of();
    }

    /** Writes out what is buffered, ends commands. Doesn't throw; see {@link #problems}. */
    @Override
    public void close() {}
}
