package dev.skerry.pipeline;

/** Pictures in plain Java, written from the definitions and not from the nodes: double[height][width][channels]. */
final class PixelReference {
    private PixelReference() {}

    static double[][][] resize(double[][][] in, int height, int width, Step.Resize step) {
        int channels = in[0][0].length;
        double[][][] out = new double[height][width][channels];
        for (int y = 0; y < height; y++) {
            double[] rows = weights(in.length, height, y, step);
            for (int x = 0; x < width; x++) {
                double[] columns = weights(in[0].length, width, x, step);
                for (int c = 0; c < channels; c++) {
                    double sum = 0;
                    for (int r = 0; r < rows.length; r++) {
                        for (int k = 0; rows[r] != 0 && k < columns.length; k++) {
                            sum += rows[r] * columns[k] * in[r][k][c];
                        }
                    }
                    out[y][x][c] = sum;
                }
            }
        }
        return out;
    }

    /** How much each input pixel of an axis counts for output pixel {@code i}. */
    private static double[] weights(int from, int to, int i, Step.Resize step) {
        double at = switch (step.coordinates()) {
            case HALF_PIXEL -> (i + 0.5) * from / to - 0.5;
            case PYTORCH_HALF_PIXEL -> to > 1 ? (i + 0.5) * from / to - 0.5 : 0;
            case ASYMMETRIC -> (double) i * from / to;
            case ALIGN_CORNERS -> to > 1 ? (double) i * (from - 1) / (to - 1) : 0;
        };
        double[] weights = new double[from];
        if (step.interpolation() == Step.Interpolation.NEAREST) {
            double nearest = step.coordinates() == Step.Coordinates.ASYMMETRIC ? at : at + 0.5;
            weights[(int) Math.clamp(Math.floor(nearest + 1e-9), 0, from - 1)] = 1;
            return weights;
        }
        double stretch = step.antialias() ? Math.max(1, (double) from / to) : 1;
        int reach = (int) Math.ceil(2 * stretch) + 1;
        double sum = 0;
        for (int p = (int) Math.floor(at) - reach; p <= Math.floor(at) + reach; p++) {
            double distance = Math.abs(p - at) / stretch;
            double weight = step.interpolation() == Step.Interpolation.LINEAR
                    ? Math.max(0, 1 - distance)
                    : keys(distance, step.cubic());
            if (step.antialias()) {
                // the filter ends at the border
                if (p >= 0 && p < from) {
                    weights[p] += weight;
                    sum += weight;
                }
            } else {
                // the border is repeated
                weights[Math.clamp(p, 0, from - 1)] += weight;
                sum += weight;
            }
        }
        for (int p = 0; p < from; p++) {
            weights[p] /= sum;
        }
        return weights;
    }

    private static double keys(double d, double a) {
        if (d <= 1) {
            return (a + 2) * d * d * d - (a + 3) * d * d + 1;
        }
        return d < 2 ? a * d * d * d - 5 * a * d * d + 8 * a * d - 4 * a : 0;
    }
}
