package dev.skerry.runner;

/** What a feed had for a release. */
enum Sensed {
    FRESH,
    REPEATED,
    STALE,
    STUCK,
    ENDED
}
