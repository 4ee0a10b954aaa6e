package dev.skerry.model;

import java.util.List;

/**
 * What a model costs, per node and in total. See {@link Cost} for what is counted.
 *
 * @param nodes in topological order, those of subgraphs after the node that holds them
 * @param macs multiply-accumulates of one inference
 * @param operations element operations of the nodes without multiply-accumulates
 * @param parameters elements of the weights, each weight once however many nodes share it
 * @param parameterBytes bytes of all weights, scales, zero points and shape constants too
 * @param activationBytes bytes of all values that an inference makes
 * @param peakActivationBytes bytes alive at once at the worst moment, inputs and outputs included, weights apart
 * @param complete whether every type was known; where it's false the figures are lower bounds
 * @param unknown what could not be counted, and why
 */
public record ModelCost(
        List<NodeCost> nodes,
        long macs,
        long operations,
        long parameters,
        long parameterBytes,
        long activationBytes,
        long peakActivationBytes,
        boolean complete,
        List<String> unknown) {
    public ModelCost {
        nodes = List.copyOf(nodes);
        unknown = List.copyOf(unknown);
    }

    /**
     * The cost of one node in one inference; of a node in the body of a loop, times the trips where their number is known.
     *
     * @param path the labels of the nodes around it, outermost first, and its own, joined by {@code /}
     * @param activationBytes bytes of its outputs
     */
    public record NodeCost(
            Node node,
            String path,
            long macs,
            long operations,
            long parameters,
            long parameterBytes,
            long activationBytes) {}
}
