package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import org.ejml.data.DMatrixRMaj;

/**
 * What one output of a layer is made of, as rows of a matrix: the last axis of what a Gemm or MatMul reads; for a convolution
 * the patch under the kernel (im2col), in the order of its weights: channel, then kernel position.
 */
final class Patches {
    private final Node node;
    private final WeightMatrix weights;

    private Patches(Node node, WeightMatrix weights) {
        this.node = node;
        this.weights = weights;
    }

    static Patches of(Node node, WeightMatrix weights) {
        return new Patches(node, weights);
    }

    /** The value that is read. */
    String input() {
        return node.input(0);
    }

    /** At most {@code most} rows, evenly spread over positions. */
    DMatrixRMaj rows(Tensor input, int group, long most) {
        float[] values = input.toFloats();
        return node.is("Conv") ? convolution(values, input.dims(), group, most) : matrix(values, most);
    }

    private DMatrixRMaj matrix(float[] values, long most) {
        int columns = weights.columns();
        boolean turned = node.is("Gemm") && node.intAttribute("transA", 0) != 0;
        int all = values.length / columns;
        int taken = (int) Math.min(all, most);
        var rows = new DMatrixRMaj(taken, columns);
        for (int i = 0; i < taken; i++) {
            int row = (int) ((long) i * all / taken);
            for (int column = 0; column < columns; column++) {
                rows.set(i, column, turned ? values[column * all + row] : values[row * columns + column]);
            }
        }
        return rows;
    }

    private DMatrixRMaj convolution(float[] values, long[] dims, int group, long most) {
        int spatial = dims.length - 2;
        int channelsPerGroup = (int) weights.dims()[1];
        int[] in = new int[spatial];
        int[] kernel = new int[spatial];
        int[] stride = new int[spatial];
        int[] dilation = new int[spatial];
        int[] begin = new int[spatial];
        int[] out = new int[spatial];
        int positions = (int) dims[0];
        int area = 1;
        int kernelArea = 1;
        for (int axis = 0; axis < spatial; axis++) {
            in[axis] = (int) dims[axis + 2];
            kernel[axis] = (int) weights.dims()[axis + 2];
            stride[axis] = attribute("strides", axis, 1);
            dilation[axis] = attribute("dilations", axis, 1);
            int reach = (kernel[axis] - 1) * dilation[axis] + 1;
            int end;
            switch (node.stringAttribute("auto_pad", "NOTSET")) {
                case "SAME_UPPER", "SAME_LOWER" -> {
                    int needed =
                            Math.max(0, (Math.ceilDiv(in[axis], stride[axis]) - 1) * stride[axis] + reach - in[axis]);
                    boolean upper = node.stringAttribute("auto_pad", "").equals("SAME_UPPER");
                    begin[axis] = upper ? needed / 2 : needed - needed / 2;
                    end = needed - begin[axis];
                }
                case "VALID" -> end = 0;
                default -> {
                    begin[axis] = attribute("pads", axis, 0);
                    end = attribute("pads", axis + spatial, 0);
                }
            }
            out[axis] = Math.max(0, (in[axis] + begin[axis] + end - reach) / stride[axis] + 1);
            positions *= out[axis];
            area *= in[axis];
            kernelArea *= kernel[axis];
        }
        int taken = (int) Math.min(positions, most);
        var rows = new DMatrixRMaj(taken, weights.columns());
        int channels = (int) dims[1];
        int outArea = positions / Math.max(1, (int) dims[0]);
        int[] at = new int[spatial];
        for (int i = 0; i < taken; i++) {
            int position = (int) ((long) i * positions / taken);
            int batch = position / outArea;
            int rest = position % outArea;
            for (int axis = spatial - 1; axis >= 0; axis--) {
                at[axis] = rest % out[axis] * stride[axis] - begin[axis];
                rest /= out[axis];
            }
            for (int k = 0; k < kernelArea; k++) {
                int offset = offset(k, at, kernel, dilation, in);
                if (offset >= 0) {
                    for (int channel = 0; channel < channelsPerGroup; channel++) {
                        int from = (batch * channels + group * channelsPerGroup + channel) * area + offset;
                        rows.set(i, channel * kernelArea + k, values[from]);
                    }
                }
            }
        }
        return rows;
    }

    /** Where a kernel position reads; −1 where that is padding. */
    private static int offset(int k, int[] at, int[] kernel, int[] dilation, int[] in) {
        int offset = 0;
        int area = 1;
        for (int axis = at.length - 1; axis >= 0; axis--) {
            int place = at[axis] + k % kernel[axis] * dilation[axis];
            k /= kernel[axis];
            if (place < 0 || place >= in[axis]) {
                return -1;
            }
            offset += place * area;
            area *= in[axis];
        }
        return offset;
    }

    private int attribute(String name, int index, int otherwise) {
        return node.attributes().get(name) instanceof Attribute.Ints ints
                        && index < ints.values().size()
                ? (int) ints.toArray()[index]
                : otherwise;
    }
}
