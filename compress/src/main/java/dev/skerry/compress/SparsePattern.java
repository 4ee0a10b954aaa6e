package dev.skerry.compress;

/** Which weights may become zero together. */
sealed interface SparsePattern {
    /** Its part of a variant's name. */
    String label();

    /**
     * Any weights of a layer.
     *
     * @param percent how many of a hundred become zero
     */
    record Unstructured(int percent) implements SparsePattern {
        public Unstructured {
            if (percent < 1 || percent > 99) {
                throw new IllegalArgumentException(percent + " % of the weights, 1 to 99 expected");
            }
        }

        @Override
        public String label() {
            return Integer.toString(percent);
        }
    }

    /**
     * At most {@code kept} of every {@code of} neighbouring inputs of an output channel; of a convolution neighbouring channels
     * at one kernel position. 2:4 is the form that some accelerators multiply twice as fast.
     *
     * @see <a href="https://arxiv.org/abs/2104.08378">Mishra et al., Accelerating sparse deep neural networks, section 3</a>
     */
    record OfEach(int kept, int of) implements SparsePattern {
        public OfEach {
            if (kept < 1 || kept >= of) {
                throw new IllegalArgumentException(kept + ":" + of + ", fewer kept than there are expected");
            }
        }

        @Override
        public String label() {
            return kept + "of" + of;
        }
    }
}
