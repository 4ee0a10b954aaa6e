package dev.skerry.firmware;

import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import org.jspecify.annotations.Nullable;

/** From bytes to the real numbers that they stand for. */
final class Dequantization {
    private Dequantization() {}

    /** A layer that makes the real numbers of INT8 on one grid. */
    static Layer of(String name, Operand bytes, Tensor scale, int zero, Buffer real) {
        var body = new Body();
        body.reads("x", bytes);
        body.writes("y", real);
        String step = CSource.literal(scale, 0);
        body.loop("i", real.elements(), () -> body.line("y[i] = (float)(x[i] - (%d)) * %s;".formatted(zero, step)));
        return new Layer.Loops(name, "DequantizeLinear", body.parameters(), body.text(), 0, false);
    }

    /** A constant made real before the run, by one grid, one for each place of an axis, or one for each block along it. */
    static Tensor folded(Node node, Tensor steps, Tensor scale, @Nullable Tensor zero) {
        long[] dims = steps.dims();
        boolean isOne = scale.elements() == 1;
        int axis = isOne ? 0 : Sizes.axis(node.intAttribute("axis", 1), dims.length);
        long block = node.intAttribute("block_size", 0);
        long inner = isOne ? 1 : Sizes.product(dims, axis + 1, dims.length);
        long size = isOne ? 1 : dims[axis];
        float[] real = new float[Math.toIntExact(steps.elements())];
        for (int i = 0; i < real.length; i++) {
            long place = i / inner % size;
            long grid = isOne
                    ? 0
                    : block == 0
                            ? place
                            : (i / (inner * size) * Math.ceilDiv(size, block) + place / block) * inner + i % inner;
            double offset = zero == null ? 0 : zero.valueAt(zero.elements() == 1 ? 0 : grid);
            real[i] = (float) ((steps.valueAt(i) - offset) * (float) scale.valueAt(grid));
        }
        return Tensor.ofFloats(node.output(0), dims, real);
    }
}
