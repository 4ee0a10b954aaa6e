package dev.skerry.agent;

/** A source behind a network that delivers rows, on threads of its own, until it is closed. */
interface NetworkSource extends AutoCloseable {
    /** Begins, once; returns at once and throws nothing. */
    void start();

    /** Messages that came more than once and were left out. */
    long duplicates();

    /** Ends delivery; then nothing reaches the sink any more. */
    @Override
    void close();
}
