package dev.skerry.firmware;

/**
 * What a layer asks of the plan of the memory.
 *
 * @param scratchBytes that it needs while it runs
 * @param overlap how its output may lie over an input
 */
record Placement(int scratchBytes, Overlap overlap) {
    /** Whole values side by side, and nothing else. */
    static final Placement PLAIN = new Placement(0, Overlap.NONE);

    static final Placement IN_PLACE = new Placement(0, new Overlap.InPlace());
}
