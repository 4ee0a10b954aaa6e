package dev.skerry.runner;

import dev.skerry.problem.Problem;
import org.jspecify.annotations.Nullable;

/** Hears from a run while it goes on, on a thread of the parent. */
public interface RunListener {
    RunListener NONE = new RunListener() {};

    /** What the child is doing before the loop: {@code golden vectors}, {@code samples}, {@code warm-up}. */
    default void phase(String name) {}

    /** A few times a second during the loop; {@code cycles} is 0 where the run is endless. */
    default void progress(long cycle, long cycles, long missed, double lastMicros) {}

    /**
     * The answers of a model have come to another level, some tenths of a second ago.
     *
     * @param cause what explains a step down; null for a step up
     */
    default void transition(String model, long cycle, String from, String to, String reason, @Nullable String cause) {}

    /** Another version of a model is in charge since a cycle. */
    default void swapped(String model, String version, long cycle) {}

    /** A model has left the safe state. */
    default void reset(String model, long cycle) {}

    /** What was asked of the run isn't done, and it goes on as it was. */
    default void declined(Problem problem) {}

    /** A line that the run's standard-output action wrote. */
    default void line(String text) {}
}
