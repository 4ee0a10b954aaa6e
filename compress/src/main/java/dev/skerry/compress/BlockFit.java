package dev.skerry.compress;

import java.util.Optional;

/** How the codes, scales and zero points of a block are found. All make files of the same size. */
enum BlockFit {
    /** Round to nearest, on a grid that spans the block. */
    RTN,
    /** Round to nearest, on the grid with the least squared error: it may cut off a few weights. */
    CLIP,
    /** Half-quadratic: the grid of a robust norm, without data. */
    HQQ,
    /** Second order: what one weight's rounding does to the output, the others make up for. Needs samples. */
    GPTQ;

    /** Its part of a variant's name. */
    String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    boolean needsSamples() {
        return this == GPTQ;
    }

    /**
     * Fits a matrix.
     *
     * @param weights row-major, as {@link WeightMatrix} has them
     * @param gram of the layer's inputs; without one, {@link #GPTQ} is {@link #CLIP}
     */
    BlockWeight fit(WeightMatrix weights, BlockFormat format, Optional<Gram> gram) {
        return switch (this) {
            case RTN -> NearestBlocks.spanning(weights, format);
            case CLIP -> NearestBlocks.clipped(weights, format, Optional.empty());
            case HQQ -> HalfQuadratic.fit(weights, format);
            case GPTQ ->
                gram.isPresent()
                        ? SecondOrderBlocks.fit(weights, format, gram.get())
                        : NearestBlocks.clipped(weights, format, Optional.empty());
        };
    }
}
