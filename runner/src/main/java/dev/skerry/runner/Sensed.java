package dev.skerry.runner;

/** What a feed had for a release. */
enum Sensed {
    /** A sample that no earlier release was given. */
    FRESH,
    /** No newer sample than the one before, which is still young enough; it says what it said then. */
    REPEATED,
    /** No sample that is young enough: the source has stopped, hangs, or was never there. */
    STALE,
    /** A sample of a sensor that doesn't measure any more: it says the same again and again, or what it can't have measured. */
    STUCK,
    /** Nothing will ever come again. */
    ENDED
}
