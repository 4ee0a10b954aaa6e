package dev.skerry.firmware;

/** Makes C of the nodes of one operator. */
@FunctionalInterface
interface Operator {
    /** Writes a function for the node, or says where its outputs already are. */
    void lower(Call call);
}
