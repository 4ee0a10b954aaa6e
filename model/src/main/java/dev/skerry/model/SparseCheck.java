package dev.skerry.model;

import dev.skerry.problem.Problem;

/** Whether a sparse tensor's parts fit together: {@code SparseTensorProto} in the ONNX IR specification. */
final class SparseCheck {
    private SparseCheck() {}

    static void check(SparseTensor tensor, String where) {
        long[] dims = tensor.dims().stream().mapToLong(Long::longValue).toArray();
        long elements = TensorReader.elements(dims, where);
        Tensor values = tensor.values();
        Tensor indices = tensor.indices();
        if (values.rank() != 1) {
            throw broken("values have the shape " + values.shape() + ", expected one dimension", where);
        }
        long count = values.elements();
        boolean linear = indices.rank() == 1 && indices.elements() == count;
        boolean byAxis = indices.rank() == 2 && indices.dims()[0] == count && indices.dims()[1] == dims.length;
        if (indices.type() != DataType.INT64 || !linear && !byAxis) {
            throw broken(
                    "indices are " + indices.type().label() + indices.shape() + ", expected int64[" + count
                            + "] or int64[" + count + "×" + dims.length + "]",
                    where);
        }
        for (long i = 0; i < indices.elements(); i++) {
            long index = indices.longAt(i);
            long size = linear ? elements : dims[(int) (i % dims.length)];
            if (index < 0 || index >= size) {
                throw broken("index " + index + " lies outside of 0 to " + (size - 1), where);
            }
        }
    }

    private static RuntimeException broken(String what, String where) {
        return Problem.usage("model.sparse", what).at(where).toException();
    }
}
