package dev.skerry.compress;

/**
 * Weights in 4 bits, in blocks with a scale each; activations stay float. Pays where reading weights takes the time: large matrix
 * products of few rows. For convolutions it saves storage only.
 *
 * @param block weights that share a scale: a power of two, 16 or more
 * @param accuracyLevel of {@code MatMulNBits}: 4 lets it round activations to INT8 as it goes, 0 leaves them float
 */
record Int4(Scope scope, int block, boolean symmetric, BlockFit fit, BlockForm form, int accuracyLevel)
        implements Technique {
    @Override
    public String label() {
        return "int4-" + blocks().label();
    }

    @Override
    public Rewritten apply(Studied studied) {
        return blocks().apply(studied);
    }

    private BlockRewrite.Choice blocks() {
        return new BlockRewrite.Choice(scope, new BlockFormat(4, block, symmetric), fit, form, accuracyLevel);
    }
}
