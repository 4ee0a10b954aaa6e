package dev.skerry.pipeline;

import dev.skerry.model.Tensor;

/**
 * The antialiasing resize of one axis as a matrix: the triangle or cubic kernel, widened by the factor of reduction, cut at the
 * border and normalized to 1; ONNX Resize with {@code antialias=1}, and Pillow.
 */
final class AntialiasFilter {
    private AntialiasFilter() {}

    /** {@code [to, from]}, or {@code [from, to]} where {@code transposed}. */
    static Tensor matrix(String name, Step.Resize step, int from, int to, boolean transposed) {
        float[] matrix = new float[Math.multiplyExact(from, to)];
        double ratio = (double) from / to;
        double widening = Math.max(1, ratio);
        double support = (step.interpolation() == Step.Interpolation.LINEAR ? 1 : 2) * widening;
        double[] weights = new double[from];
        for (int out = 0; out < to; out++) {
            double centre = (out + 0.5) * ratio - 0.5;
            int first = Math.max(0, (int) Math.ceil(centre - support));
            int last = Math.min(from - 1, (int) Math.floor(centre + support));
            double sum = 0;
            for (int in = first; in <= last; in++) {
                weights[in] = kernel(step, Math.abs(in - centre) / widening);
                sum += weights[in];
            }
            for (int in = first; in <= last; in++) {
                matrix[transposed ? in * to + out : out * from + in] = (float) (weights[in] / sum);
            }
        }
        return Tensor.ofFloats(name, transposed ? new long[] {from, to} : new long[] {to, from}, matrix);
    }

    private static double kernel(Step.Resize step, double distance) {
        if (step.interpolation() == Step.Interpolation.LINEAR) {
            return Math.max(0, 1 - distance);
        }
        double a = step.cubic();
        if (distance < 1) {
            return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
        }
        return distance < 2 ? a * (((distance - 5) * distance + 8) * distance - 4) : 0;
    }
}
