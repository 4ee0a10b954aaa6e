package dev.skerry.agent;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of one model. */
final class ModelCounts {
    final LongAdder answered = new LongAdder();
    final LongAdder failedNanos = new LongAdder();
    final AtomicInteger inFlight = new AtomicInteger();
    /** Waiting for an instance. */
    final Histogram queue = new Histogram();
    /** Bringing inputs to where the model reads them. */
    final Histogram input = new Histogram();
    /** The inference alone. */
    final Histogram infer = new Histogram();
    /** Taking outputs from where the model writes them. */
    final Histogram output = new Histogram();
    /** From the arrival of a request to its answer, for those that were answered. */
    final Histogram whole = new Histogram();

    final AtomicLong lastMillis = new AtomicLong();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();

    void failed(String code, long nanos) {
        failures.computeIfAbsent(code, any -> new LongAdder()).increment();
        failedNanos.add(nanos);
    }

    /** By the code of the problem. */
    Map<String, LongAdder> failures() {
        return failures;
    }

    long failed() {
        return failures.values().stream().mapToLong(LongAdder::sum).sum();
    }
}
