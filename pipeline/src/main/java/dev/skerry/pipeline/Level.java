package dev.skerry.pipeline;

/** Who answered a release, the best first. Each one stands in for those above it. */
public enum Level {
    /** The model, on time. */
    NOMINAL("nominal"),
    /** The fallback model, on time. */
    FALLBACK_MODEL("fallback-model"),
    /** The last decision of a model, while it is younger than its age limit. */
    LAST_GOOD("last-good"),
    /** The declared label, for this release only. */
    STAND_IN("stand-in"),
    /** The declared safe answer, for as long as the safe state holds. */
    SAFE("safe");

    private final String label;

    Level(String label) {
        this.label = label;
    }

    /** As it stands in records and reports. */
    public String label() {
        return label;
    }

    /** Whether a model decided, upon the sample of this release. */
    public boolean isDecision() {
        return this == NOMINAL || this == FALLBACK_MODEL;
    }

    public boolean isWorseThan(Level other) {
        return compareTo(other) > 0;
    }
}
