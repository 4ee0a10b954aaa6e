package dev.skerry.compress;

/**
 * Chooses the range of an activation from its histogram. A narrower range has finer steps, and cuts off what lies outside:
 * the methods weigh the two differently.
 *
 * @see <a href="https://arxiv.org/abs/2004.09602">Wu et al., Integer quantization for deep learning inference, section 3.3</a>
 */
final class RangeChoice {
    /** Share of values that may be cut off at either end. */
    private static final double TAIL = 1e-4;

    /** Ranges tried by entropy and mse: these fractions of the extremes. */
    private static final int CANDIDATES = 128;

    private static final int STEPS = 255;

    private RangeChoice() {}

    static Range choose(ActivationHistogram histogram, RangeMethod method) {
        Range all = new Range(histogram.min(), histogram.max());
        if (all.width() == 0 || histogram.isConstant()) {
            return all;
        }
        return switch (method) {
            case MINMAX -> all;
            case MOVING_AVERAGE -> new Range(histogram.averageMin(), histogram.averageMax());
            case PERCENTILE -> percentile(histogram, all);
            case ENTROPY -> best(all, range -> divergence(histogram, range));
            case MSE -> best(all, range -> squaredError(histogram, range));
        };
    }

    private static Range percentile(ActivationHistogram histogram, Range all) {
        long allowed = (long) (histogram.total() * TAIL);
        int low = 0;
        for (long cut = histogram.count(0); low < histogram.bins() - 1 && cut <= allowed; ) {
            cut += histogram.count(++low);
        }
        int high = histogram.bins() - 1;
        for (long cut = histogram.count(high); high > 0 && cut <= allowed; ) {
            cut += histogram.count(--high);
        }
        double width = histogram.binWidth();
        double from = histogram.centre(low) - width / 2;
        double to = histogram.centre(high) + width / 2;
        return new Range(Math.max(all.low(), Math.min(from, 0)), Math.min(all.high(), Math.max(to, 0)));
    }

    private interface Loss {
        double of(Range range);
    }

    /** The range of least loss among fractions of the whole one; the wider one where two are equal. */
    private static Range best(Range all, Loss loss) {
        double extreme = Math.max(-all.low(), all.high());
        Range best = all;
        double least = loss.of(all);
        for (int i = CANDIDATES - 1; i >= CANDIDATES / 8; i--) {
            double limit = extreme * i / CANDIDATES;
            Range candidate = new Range(Math.max(all.low(), -limit), Math.min(all.high(), limit));
            double loses = loss.of(candidate);
            if (loses < least) {
                least = loses;
                best = candidate;
            }
        }
        return best;
    }

    /** Uniform rounding inside, the distance to the end outside. */
    private static double squaredError(ActivationHistogram histogram, Range range) {
        double step = range.width() / STEPS;
        double inside = step * step / 12;
        double sum = 0;
        for (int bin = 0; bin < histogram.bins(); bin++) {
            long count = histogram.count(bin);
            if (count != 0) {
                double value = histogram.centre(bin);
                double outside = Math.max(0, Math.max(range.low() - value, value - range.high()));
                sum += count * (outside > 0 ? outside * outside : inside);
            }
        }
        return sum;
    }

    /**
     * Kullback-Leibler divergence of the quantized distribution from the real one: values outside are put into the outermost
     * bins of the real one, and each integer step spreads its count evenly over the bins that it covers and that are not empty.
     */
    private static double divergence(ActivationHistogram histogram, Range range) {
        double width = histogram.binWidth();
        int first =
                Math.clamp((int) Math.floor(range.low() / width) + ActivationHistogram.HALF, 0, histogram.bins() - 1);
        int last = Math.clamp(
                (int) Math.ceil(range.high() / width) - 1 + ActivationHistogram.HALF, first, histogram.bins() - 1);
        double[] real = new double[last - first + 1];
        for (int bin = 0; bin < histogram.bins(); bin++) {
            real[Math.clamp(bin, first, last) - first] += histogram.count(bin);
        }
        // zero is exact in every candidate, and a layer that ends in ReLU has most of its values there
        int zero = ActivationHistogram.HALF - first;
        if (zero >= 0 && zero < real.length) {
            real[zero] = 0;
        }
        double total = 0;
        for (double count : real) {
            total += count;
        }
        if (total == 0) {
            return Double.MAX_VALUE;
        }
        double[] quantized = new double[real.length];
        for (int step = 0; step <= STEPS; step++) {
            int from = (int) ((long) step * real.length / (STEPS + 1));
            int to = (int) ((long) (step + 1) * real.length / (STEPS + 1));
            double sum = 0;
            int filled = 0;
            for (int i = from; i < to; i++) {
                // the unclipped count decides, or the tail would make the outermost step look exact
                sum += i == zero ? 0 : histogram.count(i + first);
                filled += real[i] > 0 ? 1 : 0;
            }
            for (int i = from; i < to; i++) {
                quantized[i] = real[i] > 0 ? sum / filled : 0;
            }
        }
        double quantizedTotal = 0;
        for (double count : quantized) {
            quantizedTotal += count;
        }
        if (quantizedTotal == 0) {
            return Double.MAX_VALUE;
        }
        double divergence = 0;
        for (int i = 0; i < real.length; i++) {
            if (real[i] > 0) {
                double p = real[i] / total;
                double q = Math.max(quantized[i] / quantizedTotal, 1e-12);
                divergence += p * Math.log(p / q);
            }
        }
        return divergence;
    }
}
