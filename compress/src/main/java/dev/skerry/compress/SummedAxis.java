package dev.skerry.compress;

import dev.skerry.model.Node;
import dev.skerry.model.Tensor;

/**
 * What one output of a layer sums over, as an axis of its weights in the order of the file: weights are [outer, sum, inner], and
 * each of the outer × inner rows makes an output of its own. For a table, what one look-up gives.
 */
record SummedAxis(int outer, int sum, int inner) {
    /** The axis of a weight as its first reader has it. */
    static SummedAxis of(StoredWeights.Use use) {
        Node node = use.first();
        long[] dims = use.weight().dims();
        int last = dims.length - 1;
        boolean isFirst = use.input() == 0;
        return switch (node.op()) {
            case "ConvTranspose" -> {
                int groups = (int) node.intAttribute("group", 1);
                yield between(dims, groups, (int) dims[0] / groups);
            }
            case "Gemm" -> {
                boolean turned = node.intAttribute(isFirst ? "transA" : "transB", 0) != 0;
                yield isFirst == turned ? first(dims) : rows(dims, last);
            }
            case "MatMul" ->
                isFirst
                        ? rows(dims, last)
                        : new SummedAxis(product(dims, 0, last - 1), (int) dims[last - 1], (int) dims[last]);
            case "LSTM", "GRU", "RNN" -> rows(dims, last);
            default -> rows(dims, 1);
        };
    }

    /** The weights with one row per output. */
    WeightMatrix matrix(Tensor weight) {
        float[] values = weight.toFloats();
        float[] byRow = new float[values.length];
        for (int row = 0; row < outer * inner; row++) {
            for (int column = 0; column < sum; column++) {
                byRow[row * sum + column] = values[(row / inner * sum + column) * inner + row % inner];
            }
        }
        return new WeightMatrix(weight.name(), outer * inner, sum, 1, byRow, weight.dims(), false);
    }

    private static SummedAxis first(long[] dims) {
        return between(dims, 1, (int) dims[0]);
    }

    private static SummedAxis between(long[] dims, int outer, int sum) {
        return new SummedAxis(outer, sum, product(dims, 1, dims.length));
    }

    /** All axes from {@code axis} on are summed over. */
    private static SummedAxis rows(long[] dims, int axis) {
        return new SummedAxis(product(dims, 0, axis), product(dims, axis, dims.length), 1);
    }

    private static int product(long[] dims, int from, int to) {
        int product = 1;
        for (int axis = from; axis < to; axis++) {
            product *= (int) dims[axis];
        }
        return product;
    }
}
