package dev.skerry.measure;

import java.util.Arrays;
import java.util.Optional;

/**
 * How queries come, as MLPerf Inference has it. The figures are those of its rules and of LoadGen's {@code mlperf.conf} (6.0).
 *
 * @see <a href="https://github.com/mlcommons/inference_policies/blob/master/inference_rules.adoc">MLPerf Inference rules</a>
 */
public enum Scenario {
    /** The next query when the one before is answered: a phone, a camera that waits. */
    SINGLE_STREAM("SingleStream", "single-stream", 0.90, 1, 100),
    /** The same with eight samples in a query: several cameras. */
    MULTI_STREAM("MultiStream", "multi-stream", 0.99, 8, 662),
    /** Queries at random times, as users send them, each with a bound on its latency. */
    SERVER("Server", "server", 0.99, 1, 100),
    /** One query with everything: throughput alone. */
    OFFLINE("Offline", "offline", 0.90, 1, 24_576);

    private final String label;
    private final String word;
    private final double percentile;
    private final int samplesPerQuery;
    private final long minQueries;

    Scenario(String label, String word, double percentile, int samplesPerQuery, long minQueries) {
        this.label = label;
        this.word = word;
        this.percentile = percentile;
        this.samplesPerQuery = samplesPerQuery;
        this.minQueries = minQueries;
    }

    /** As LoadGen writes it: {@code SingleStream}. */
    public String label() {
        return label;
    }

    /** As people type it: {@code single-stream}. */
    public String word() {
        return word;
    }

    /** Of the latency that counts, as a fraction. */
    public double percentile() {
        return percentile;
    }

    /** Offline there is one query, whose size follows from the duration. */
    public int samplesPerQuery() {
        return samplesPerQuery;
    }

    /** The least number of queries of an official run; Offline, of samples. */
    public long minQueries() {
        return minQueries;
    }

    /** The one whose {@link #word} or {@link #label} this is. */
    public static Optional<Scenario> of(String name) {
        return Arrays.stream(values())
                .filter(scenario -> scenario.word.equals(name) || scenario.label.equals(name))
                .findFirst();
    }
}
