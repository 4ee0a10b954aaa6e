package dev.skerry.measure;

/**
 * Told how far a long piece of work has come. Called from the working thread, perhaps thousands of times a second: whoever
 * shows it decides how often.
 */
@FunctionalInterface
public interface Progress {
    /** Nobody is watching. */
    Progress NONE = (what, done, total) -> {};

    /**
     * Something was done.
     *
     * @param what the step in the words of its user: {@code calibrating}
     * @param done parts finished, from 0
     * @param total parts in all; 0 where that is not known
     */
    void step(String what, long done, long total);
}
