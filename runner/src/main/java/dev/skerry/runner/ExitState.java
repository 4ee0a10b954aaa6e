package dev.skerry.runner;

/** How a run ended. */
public enum ExitState {
    /** All cycles were run. */
    COMPLETED,
    /** It was asked to stop, and stopped between two cycles. */
    INTERRUPTED
}
