package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.Optional;

/**
 * The weights of a layer as a matrix with one row per output channel, whatever their layout in the file: Conv [M, C/group, k…],
 * Gemm [K, M] or [M, K], MatMul [K, M]. What a layer makes of a column of its input (for a convolution: of a patch) is the
 * product with that column.
 *
 * @param rows output channels
 * @param columns inputs of one output channel
 * @param groups into how many blocks of rows the layer is divided, each reading inputs of its own
 * @param values row-major, {@code rows × columns}
 */
@SuppressWarnings("ArrayRecordComponent") // weights are compared nowhere, and millions of them aren't boxed
record WeightMatrix(String name, int rows, int columns, int groups, float[] values, long[] dims, boolean transposed) {
    /** The weights of a node that has constant ones with this form; they are its second input. */
    static Optional<WeightMatrix> of(Node node, Optional<Tensor> weight) {
        if (!node.isStandard() || weight.isEmpty() || weight.get().type() != DataType.FLOAT) {
            return Optional.empty();
        }
        Tensor tensor = weight.get();
        long[] dims = tensor.dims();
        return switch (node.op()) {
            case "Conv" ->
                dims.length < 3
                        ? Optional.empty()
                        : Optional.of(new WeightMatrix(
                                tensor.name(),
                                (int) dims[0],
                                (int) (tensor.elements() / dims[0]),
                                (int) node.intAttribute("group", 1),
                                tensor.toFloats(),
                                dims,
                                false));
            case "Gemm", "MatMul" ->
                dims.length != 2
                        ? Optional.empty()
                        : Optional.of(
                                ofMatrix(tensor, node.op().equals("Gemm") && node.intAttribute("transB", 0) != 0));
            default -> Optional.empty();
        };
    }

    private static WeightMatrix ofMatrix(Tensor tensor, boolean rowPerChannel) {
        long[] dims = tensor.dims();
        int rows = (int) dims[rowPerChannel ? 0 : 1];
        int columns = (int) dims[rowPerChannel ? 1 : 0];
        float[] values = tensor.toFloats();
        return new WeightMatrix(
                tensor.name(),
                rows,
                columns,
                1,
                rowPerChannel ? values : turned(values, /* rows= */ columns, /* columns= */ rows),
                dims,
                !rowPerChannel);
    }

    /** The tensor in the layout that it came in, with other values. */
    Tensor toTensor(float[] changed) {
        return Tensor.ofFloats(name, dims, transposed ? turned(changed, rows, columns) : changed);
    }

    /** Values of the file's layout from values by row; for integers of one byte each. */
    byte[] toLayout(byte[] byRow) {
        if (!transposed) {
            return byRow;
        }
        byte[] turned = new byte[byRow.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                turned[column * rows + row] = byRow[row * columns + column];
            }
        }
        return turned;
    }

    /** The same layout with all values multiplied. */
    WeightMatrix times(float factor) {
        float[] multiplied = values.clone();
        for (int i = 0; i < multiplied.length; i++) {
            multiplied[i] *= factor;
        }
        return new WeightMatrix(name, rows, columns, groups, multiplied, dims, transposed);
    }

    int rowsPerGroup() {
        return rows / groups;
    }

    private static float[] turned(float[] values, int rows, int columns) {
        float[] turned = new float[values.length];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                turned[column * rows + row] = values[row * columns + column];
            }
        }
        return turned;
    }
}
