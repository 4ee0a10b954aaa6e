package dev.skerry.agent;

import java.time.Duration;

/**
 * What one client may take, so that the others keep theirs.
 *
 * @param bodyBytes of one request
 * @param heldBytes of all requests that are being read or answered, with their answers
 * @param tensorElements of one tensor
 * @param jsonDepth levels of nesting
 * @param headerBytes of one request
 * @param connections that are open at once
 * @param requestsPerSecond of one client, with bursts as long as a second; 0 for any number
 * @param queued requests that wait for an instance of one model
 * @param readTime for the whole of a request, and the longest silence of a connection
 * @param sharedRegions of memory that clients may register
 */
public record Limits(
        long bodyBytes,
        long heldBytes,
        long tensorElements,
        int jsonDepth,
        int headerBytes,
        int connections,
        double requestsPerSecond,
        int queued,
        Duration readTime,
        int sharedRegions) {
    /** 64 MiB a request, half of the heap for all of them. */
    public static final Limits DEFAULT = new Limits(
            64L << 20,
            Math.max(16L << 20, Runtime.getRuntime().maxMemory() / 2),
            1L << 28,
            64,
            16 << 10,
            1024,
            0,
            64,
            Duration.ofSeconds(30),
            64);

    public Limits withBodyBytes(long bytes) {
        return new Limits(
                bytes,
                heldBytes,
                tensorElements,
                jsonDepth,
                headerBytes,
                connections,
                requestsPerSecond,
                queued,
                readTime,
                sharedRegions);
    }
}
