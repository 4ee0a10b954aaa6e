package dev.skerry.compress;

/**
 * Weights in 8 bits, in blocks with a scale each; activations stay float. The same as {@link Int4}, of twice the size and a
 * sixteenth of the error.
 */
record Int8Blocks(Scope scope, int block, boolean symmetric, BlockFit fit, BlockForm form, int accuracyLevel)
        implements Technique {
    @Override
    public String label() {
        return "int8-weights-" + blocks().label();
    }

    @Override
    public Rewritten apply(Studied studied) {
        return blocks().apply(studied);
    }

    private BlockRewrite.Choice blocks() {
        return new BlockRewrite.Choice(scope, new BlockFormat(8, block, symmetric), fit, form, accuracyLevel);
    }
}
