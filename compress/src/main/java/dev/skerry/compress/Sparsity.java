package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import java.util.Locale;
import java.util.zip.Deflater;

/**
 * How much of a model is zero, and what that is worth where the file is compressed on its way or on disk.
 *
 * @param weights elements of the float tensors with two dimensions or more
 * @param zeros of them
 * @param fileBytes the file as it is
 * @param deflatedBytes the file compressed with DEFLATE (RFC 1951, as in gzip and zip), strongest level
 */
record Sparsity(long weights, long zeros, long fileBytes, long deflatedBytes) {
    static Sparsity of(Model model) {
        long weights = 0;
        long zeros = 0;
        for (Tensor tensor : model.graph().initializers().values()) {
            if (tensor.type() == DataType.FLOAT && tensor.rank() > 1) {
                weights += tensor.elements();
                for (float value : tensor.toFloats()) {
                    zeros += value == 0 ? 1 : 0;
                }
            }
        }
        byte[] file = ModelFile.bytes(model);
        return new Sparsity(weights, zeros, file.length, deflated(file));
    }

    double zeroPercent() {
        return weights == 0 ? 0 : 100.0 * zeros / weights;
    }

    /** What the zeros buy, in a sentence. */
    String worth(Sparsity before) {
        return String.format(
                Locale.ROOT,
                "%.0f %% of the weights are zero (%.0f %% before); deflated, the file has %,d bytes instead of %,d (%.0f %%); as it"
                        + " is it has %,d, and dense kernels don't run it faster",
                zeroPercent(),
                before.zeroPercent(),
                deflatedBytes,
                before.deflatedBytes,
                100.0 * deflatedBytes / before.deflatedBytes,
                fileBytes);
    }

    private static long deflated(byte[] file) {
        try (var deflater = new Deflater(Deflater.BEST_COMPRESSION)) {
            deflater.setInput(file);
            deflater.finish();
            byte[] buffer = new byte[1 << 16];
            while (!deflater.finished()) {
                deflater.deflate(buffer);
            }
            return deflater.getBytesWritten();
        }
    }
}
