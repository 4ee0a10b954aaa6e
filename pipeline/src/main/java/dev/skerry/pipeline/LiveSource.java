package dev.skerry.pipeline;

/**
 * A sensor as it measures. It delivers on threads of its own, finds its way back by itself when the device goes and comes
 * again, and tells the sink of trouble.
 */
public interface LiveSource extends AutoCloseable {
    /** Begins to deliver, once; returns at once. From here on nothing is thrown: what goes wrong goes to the sink. */
    void start(SampleSink sink);

    /** Ends delivery; when this returns, the sink is no longer called. */
    @Override
    void close();
}
