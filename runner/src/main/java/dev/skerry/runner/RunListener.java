package dev.skerry.runner;

/** Hears from a run while it goes on, on a thread of the parent. */
public interface RunListener {
    RunListener NONE = new RunListener() {};

    /** What the child is doing before the loop: {@code golden vectors}, {@code samples}, {@code warm-up}. */
    default void phase(String name) {}

    /** A few times a second during the loop; {@code cycles} is 0 where the run is endless. */
    default void progress(long cycle, long cycles, long missed, double lastMicros) {}

    /** A line that the run's standard-output action wrote. */
    default void line(String text) {}
}
