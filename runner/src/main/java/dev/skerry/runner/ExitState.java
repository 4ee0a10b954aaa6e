package dev.skerry.runner;

/** How a run ended. */
public enum ExitState {
    /** All cycles were run. */
    COMPLETED,
    /** It was asked to stop, and stopped between two cycles. */
    INTERRUPTED,
    /** An inference didn't come back for so long that the run ended without it. */
    HUNG
}
