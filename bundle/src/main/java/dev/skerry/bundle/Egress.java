package dev.skerry.bundle;

import java.util.Locale;

/** What may leave the device, from harmless to private. */
public enum Egress {
    /** Counts and times that say nothing about what was seen. */
    METRICS,
    /** What was decided: labels, scores, detections. */
    DECISIONS,
    /** Raw inputs. */
    SAMPLES;

    String json() {
        return name().toLowerCase(Locale.ROOT);
    }
}
