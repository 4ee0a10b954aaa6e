package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Elements of constants, moved before the run: weights that exporters cut and put together again. */
final class Folding {
    private final DataType type;
    private final long[] dims;
    private final byte[] made;

    /** A tensor that is put together; at first it is zeros. */
    Folding(DataType type, long... dims) {
        this.type = type;
        this.dims = dims;
        made = new byte[Math.toIntExact(Sizes.product(dims) * CType.of(type).bytes())];
    }

    /** Copies what loops over {@code extents} go through, with a step for each in both tensors. */
    Folding copy(Tensor from, long offset, long[] steps, long toOffset, long[] toSteps, long... extents) {
        copy(from.data().toArray(ValueLayout.JAVA_BYTE), offset, steps, toOffset, toSteps, extents, 0);
        return this;
    }

    private void copy(byte[] from, long at, long[] steps, long to, long[] toSteps, long[] extents, int axis) {
        int width = CType.of(type).bytes();
        if (axis == extents.length) {
            System.arraycopy(from, Math.toIntExact(at * width), made, Math.toIntExact(to * width), width);
            return;
        }
        for (long i = 0; i < extents[axis]; i++) {
            copy(from, at + i * steps[axis], steps, to + i * toSteps[axis], toSteps, extents, axis + 1);
        }
    }

    Tensor tensor() {
        return Tensor.of("", type, dims, MemorySegment.ofArray(made));
    }
}
