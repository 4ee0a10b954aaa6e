package dev.skerry.measure;

/**
 * What the order of samples and the times of arrivals follow from. MLCommons draws new ones for each round, so that nobody
 * can prepare for them.
 *
 * @param library for which samples are loaded together
 * @param sampleIndex for which of them a query takes
 * @param schedule for the times of arrival in the Server scenario
 */
public record LoadSeeds(long library, long sampleIndex, long schedule) {
    /** Those of {@code mlperf.conf} in LoadGen 6.0.17, for the round of v6.1. */
    public static final LoadSeeds OFFICIAL =
            new LoadSeeds(2085463073848966840L, 2747215439041700203L, Long.parseUnsignedLong("16159082839903944936"));
}
