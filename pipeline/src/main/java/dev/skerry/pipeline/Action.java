package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import java.util.Optional;

/** One thing that is done with decisions. Failing is counted and told, never thrown into the loop. Not thread-safe. */
interface Action extends AutoCloseable {
    /** Takes one decision; its line, ended by a newline, is given ready-made. */
    void act(long cycle, String sample, Decision decision, Level level, JsonText line);

    /** Decisions that did not get out, so far. */
    long lost();

    /** Why, the first time. */
    Optional<Problem> problem();

    /** Writes out what is buffered. */
    @Override
    void close();
}
