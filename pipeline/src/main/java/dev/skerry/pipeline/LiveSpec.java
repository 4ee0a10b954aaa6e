package dev.skerry.pipeline;

/**
 * A source that delivers while it measures. Local ones are opened where the model runs; what needs a network is opened by
 * another process, and comes to the model as a {@link Ring}.
 */
public sealed interface LiveSpec extends SourceSpec {
    /** Seconds after which a sample is too old to decide on, where nothing else is declared. */
    double USUAL_MAX_AGE = 1;

    /** Which sample a decision is made on, and for how long. */
    Freshness freshness();

    /** What a cycle takes where several samples wait. */
    enum Take {
        /** The newest: for frames, of which each says all. Older ones are skipped. */
        LATEST,
        /** The one after the last one taken: for windows and events, none of which may be left out. */
        IN_ORDER
    }

    /**
     * Which sample a decision is made on.
     *
     * @param maxAgeSeconds of a sample since it was captured; an older one is stale
     */
    record Freshness(Take take, double maxAgeSeconds) {
        public static final Freshness LATEST = new Freshness(Take.LATEST, USUAL_MAX_AGE);
    }

    /** A {@link RingFile} that another process of this machine writes. */
    record Ring(String path, Freshness freshness) implements LiveSpec {
        @Override
        public String word() {
            return "ring";
        }
    }
}
