package dev.skerry.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Tensors with their axes in another order. */
final class Transposition {
    private Transposition() {}

    /**
     * The tensor whose axis {@code i} is axis {@code permutation[i]} of the given one, as ONNX's Transpose has it. Elements are
     * of whole bytes.
     */
    static Tensor of(Tensor tensor, int... permutation) {
        long[] from = tensor.dims();
        int rank = from.length;
        long[] to = TfliteLayout.permuted(from, permutation);
        int bytes = tensor.type().bits() / 8;
        int count = Math.toIntExact(tensor.elements());
        byte[] source = tensor.data().toArray(ValueLayout.JAVA_BYTE);
        byte[] target = new byte[source.length];
        int[] strides = new int[rank];
        int stride = 1;
        int[] natural = new int[rank];
        for (int axis = rank - 1; axis >= 0; axis--) {
            natural[axis] = stride;
            stride *= (int) from[axis];
        }
        for (int axis = 0; axis < rank; axis++) {
            strides[axis] = natural[permutation[axis]];
        }
        int[] at = new int[rank];
        int position = 0;
        for (int i = 0; i < count; i++) {
            System.arraycopy(source, position * bytes, target, i * bytes, bytes);
            for (int axis = rank - 1; axis >= 0; axis--) {
                position += strides[axis];
                if (++at[axis] < to[axis]) {
                    break;
                }
                position -= strides[axis] * at[axis];
                at[axis] = 0;
            }
        }
        return Tensor.of(tensor.name(), tensor.type(), to, MemorySegment.ofArray(target));
    }
}
