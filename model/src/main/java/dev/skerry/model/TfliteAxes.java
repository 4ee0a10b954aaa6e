package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How a tensor of the file holds an ONNX value: axis {@code i} of the tensor is axis {@code order.get(i)} of the value; -1 is an
 * axis of size 1 that the value doesn't have.
 */
record TfliteAxes(List<Integer> order) {
    static final int ADDED = -1;

    TfliteAxes {
        order = List.copyOf(order);
    }

    /** As the value itself lies. */
    static TfliteAxes same(int rank) {
        return new TfliteAxes(IntStream.range(0, rank).boxed().toList());
    }

    /** Batch, height, width, channels, of what ONNX has as batch, channels, height, width; a signal is an image of height 1. */
    static TfliteAxes images(int rank) {
        return rank == 3 ? new TfliteAxes(List.of(0, ADDED, 2, 1)) : new TfliteAxes(List.of(0, 2, 3, 1));
    }

    /** The value's order but for {@code axis}, which comes last. */
    static TfliteAxes withLast(int rank, int axis) {
        List<Integer> order = new ArrayList<>();
        IntStream.range(0, rank).filter(other -> other != axis).forEach(order::add);
        order.add(axis);
        return new TfliteAxes(order);
    }

    int rank() {
        return order.size();
    }

    /** Where the value's axis lies in the tensor. */
    int of(int axis) {
        return order.indexOf(axis);
    }

    int last() {
        return order.getLast();
    }

    /** What stands per axis of the value, in the tensor's order. */
    long[] ordered(long[] perAxis, long added) {
        return order.stream()
                .mapToLong(axis -> axis == ADDED ? added : perAxis[axis])
                .toArray();
    }

    long[] dims(long[] ofValue) {
        return ordered(ofValue, 1);
    }

    /** The same tensor as that of another value, of which axis {@code i} of this one is axis {@code permutation[i]}. */
    TfliteAxes through(int[] permutation) {
        return new TfliteAxes(order.stream()
                .map(axis -> axis == ADDED ? ADDED : permutation[axis])
                .toList());
    }

    /** Whether tensors of either kind hold the elements of a value of these dimensions in one order. */
    boolean sameOrder(TfliteAxes other, long[] ofValue) {
        return moving(ofValue).equals(other.moving(ofValue));
    }

    private List<Integer> moving(long[] ofValue) {
        return order.stream()
                .filter(axis -> axis != ADDED && ofValue[axis] != 1)
                .toList();
    }

    boolean isSame() {
        return equals(same(rank()));
    }
}
