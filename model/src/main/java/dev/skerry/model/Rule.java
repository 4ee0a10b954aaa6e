package dev.skerry.model;

/** How an operator's output types follow from its inputs and attributes. */
@FunctionalInterface
interface Rule {
    /**
     * Sets what can be known of the outputs and leaves the rest.
     *
     * @throws Mismatch where the inputs contradict the operator
     */
    void infer(Operation op);
}
