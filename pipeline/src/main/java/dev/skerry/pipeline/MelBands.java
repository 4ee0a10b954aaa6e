package dev.skerry.pipeline;

import java.util.Arrays;

/** The numbers of spectra: tapers, mel bands, cosines. */
final class MelBands {
    private MelBands() {}

    static double[] taper(Step.Stft step) {
        double[] taper = new double[step.window()];
        double period = step.periodic() ? step.window() : Math.max(1, step.window() - 1);
        for (int i = 0; i < taper.length; i++) {
            double cosine = Math.cos(2 * Math.PI * i / period);
            taper[i] = switch (step.taper()) {
                case HANN -> 0.5 - 0.5 * cosine;
                case HAMMING -> 0.54 - 0.46 * cosine;
                case NONE -> 1;
            };
        }
        return taper;
    }

    /** The weight of each frequency of the transform in each band. */
    static double[][] weights(Step.LogMel step) {
        Step.Stft stft = step.stft();
        boolean overMels = step.scale() == Step.MelScale.TENSORFLOW;
        double low = mel(step.low(), step.scale());
        double high = mel(step.high(), step.scale());
        double[] edges = new double[step.mels() + 2];
        for (int i = 0; i < edges.length; i++) {
            double mel = low + (high - low) * i / (step.mels() + 1);
            edges[i] = overMels ? mel : hertz(mel, step.scale());
        }
        double[][] weights = new double[stft.bins()][step.mels()];
        for (int bin = overMels ? 1 : 0; bin < weights.length; bin++) {
            double frequency = (double) bin * step.rate() / stft.fft();
            double at = overMels ? mel(frequency, step.scale()) : frequency;
            for (int band = 0; band < step.mels(); band++) {
                double up = (at - edges[band]) / (edges[band + 1] - edges[band]);
                double down = (edges[band + 2] - at) / (edges[band + 2] - edges[band + 1]);
                double weight = Math.max(0, Math.min(up, down));
                weights[bin][band] = step.area() ? weight * 2 / width(edges, band, step.scale()) : weight;
            }
        }
        return weights;
    }

    private static double width(double[] edges, int band, Step.MelScale scale) {
        return scale == Step.MelScale.TENSORFLOW
                ? hertz(edges[band + 2], scale) - hertz(edges[band], scale)
                : edges[band + 2] - edges[band];
    }

    /** The first frequency that any band hears. */
    static int first(double[][] weights) {
        int first = 0;
        while (first < weights.length && silent(weights[first])) {
            first++;
        }
        return first;
    }

    /** After the last frequency that any band hears. */
    static int end(double[][] weights) {
        int end = weights.length;
        while (end > 0 && silent(weights[end - 1])) {
            end--;
        }
        return end;
    }

    private static boolean silent(double[] weights) {
        return Arrays.stream(weights).allMatch(weight -> weight == 0);
    }

    private static double mel(double hertz, Step.MelScale scale) {
        return switch (scale) {
            case HTK, TENSORFLOW -> 2595 * Math.log10(1 + hertz / 700);
            case SLANEY -> hertz < 1000 ? 3 * hertz / 200 : 15 + 27 * Math.log(hertz / 1000) / Math.log(6.4);
        };
    }

    private static double hertz(double mel, Step.MelScale scale) {
        return switch (scale) {
            case HTK, TENSORFLOW -> 700 * (Math.pow(10, mel / 2595) - 1);
            case SLANEY -> mel < 15 ? 200 * mel / 3 : 1000 * Math.exp(Math.log(6.4) * (mel - 15) / 27);
        };
    }

    /** DCT-II of so many values to its first coefficients, [mels, count]. */
    static double[] cosines(int mels, int count, Step.Cosine cosine) {
        double[] matrix = new double[mels * count];
        for (int mel = 0; mel < mels; mel++) {
            for (int k = 0; k < count; k++) {
                boolean halved = k == 0 && cosine == Step.Cosine.ORTHO;
                matrix[mel * count + k] =
                        Math.sqrt((halved ? 1.0 : 2.0) / mels) * Math.cos(Math.PI * k * (2 * mel + 1) / (2.0 * mels));
            }
        }
        return matrix;
    }
}
