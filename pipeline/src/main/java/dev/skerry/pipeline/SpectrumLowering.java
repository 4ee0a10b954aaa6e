package dev.skerry.pipeline;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import java.util.Map;

/**
 * Lowers the spectra of sound: cutting into frames, taper and Fourier transform are one convolution, so that the features of a
 * new stretch of sound cost what that stretch costs; energy and mel bands are one matrix. Every runtime has these operators.
 */
final class SpectrumLowering {
    private final NodeWriter to;
    private final Frame frame;
    private final String path;

    SpectrumLowering(NodeWriter to, Frame frame, String path) {
        this.to = to;
        this.frame = frame;
        this.path = path;
    }

    /** [samples] to [frames, bins]. */
    void stft(Step.Stft step) {
        long frames = frames(step);
        int bins = step.bins();
        String parts = transform("stft", step, 0, bins, frames);
        String real = to.slice("pre/stft/real", parts, new long[] {0}, new long[] {bins}, new long[] {1});
        String imaginary =
                to.slice("pre/stft/imaginary", parts, new long[] {bins}, new long[] {2L * bins}, new long[] {1});
        String energy = to.add("Add", "pre/stft/energy", real, imaginary);
        frame.value = step.power() == 1 ? to.add("Sqrt", "pre/stft/magnitude", energy) : energy;
        finish(frames, bins);
    }

    /** [samples] to [frames, mels]. */
    void logMel(Step.LogMel step) {
        bands("log-mel", step);
    }

    /** [samples] to [frames, coefficients]. */
    void mfcc(Step.Mfcc step) {
        long frames = bands("mfcc", step.mel());
        int mels = step.mel().mels();
        int count = step.coefficients();
        frame.value = to.add(
                "MatMul",
                "pre/mfcc",
                frame.value,
                to.floats("pre/mfcc/cosines", new long[] {mels, count}, MelBands.cosines(mels, count, step.cosine())));
        frame.dims = new long[] {frames, count};
    }

    private long bands(String word, Step.LogMel step) {
        Step.Stft stft = step.stft();
        long frames = frames(stft);
        double[][] weights = MelBands.weights(step);
        int first = MelBands.first(weights);
        int end = MelBands.end(weights);
        if (first >= end) {
            throw FusionProblem.at(path, "no frequency of the transform lies in a band")
                    .because("its frequencies are " + (double) step.rate() / stft.fft() + " Hz apart")
                    .attempt("a larger fft")
                    .toException();
        }
        int bins = end - first;
        // squares of the real and of the imaginary parts; frequencies without a band are left out
        String parts = transform(word, stft, first, end, frames);
        boolean magnitude = stft.power() == 1;
        String energy = parts;
        if (magnitude) {
            String real = to.slice("pre/" + word + "/real", parts, new long[] {0}, new long[] {bins}, new long[] {1});
            String imaginary = to.slice(
                    "pre/" + word + "/imaginary", parts, new long[] {bins}, new long[] {2L * bins}, new long[] {1});
            energy = to.add(
                    "Sqrt", "pre/" + word + "/magnitude", to.add("Add", "pre/" + word + "/energy", real, imaginary));
        }
        int rows = magnitude ? bins : 2 * bins;
        double[] matrix = new double[rows * step.mels()];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(weights[first + row % bins], 0, matrix, row * step.mels(), step.mels());
        }
        frame.value = to.add(
                "MatMul",
                "pre/" + word + "/bands",
                energy,
                to.floats("pre/" + word + "/mels", new long[] {rows, step.mels()}, matrix));
        logarithm(word, step);
        finish(frames, step.mels());
        return frames;
    }

    private void logarithm(String word, Step.LogMel step) {
        if (step.offset() != 0) {
            frame.value = to.add(
                    "Add", "pre/" + word + "/raised", frame.value, to.scalar("pre/" + word + "/offset", step.offset()));
        }
        if (step.floor() > 0) {
            frame.value =
                    to.max("pre/" + word + "/floored", frame.value, to.scalar("pre/" + word + "/floor", step.floor()));
        }
        if (step.log() == Step.Logarithm.NONE) {
            return;
        }
        frame.value = to.add("Log", "pre/" + word + "/log", frame.value);
        if (step.log() != Step.Logarithm.LN) {
            double factor = (step.log() == Step.Logarithm.DB ? 10 : 1) / Math.log(10);
            frame.value =
                    to.add("Mul", "pre/" + word + "/scaled", frame.value, to.scalar("pre/" + word + "/unit", factor));
        }
    }

    private long frames(Step.Stft step) {
        frame.asFloat("stft");
        long samples = 1;
        for (long dim : frame.dims) {
            samples *= dim;
        }
        boolean signal = !frame.picture() && samples > 0 && frame.dims[frame.dims.length - 1] == samples
                || frame.dims.length == 2 && frame.dims[1] == 1 && samples > 0;
        if (!signal) {
            throw FusionProblem.at(path, "the step is for one signal of known length, found " + frame.shape())
                    .attempt("a 'wav' or 'audio' source with a frame")
                    .toException();
        }
        if (samples < step.window()) {
            throw FusionProblem.at(path, "a window of " + step.window() + " samples in a signal of " + samples)
                    .attempt("a longer frame or context in the source")
                    .toException();
        }
        return (samples - step.window()) / step.hop() + 1;
    }

    /** The squares of the parts at the frequencies from first to end, [frames, 2 · bins], real ones first. */
    private String transform(String word, Step.Stft step, int first, int end, long frames) {
        long samples =
                (frame.dims.length == 2 && frame.dims[1] == 1) ? frame.dims[0] : frame.dims[frame.dims.length - 1];
        int bins = end - first;
        double[] kernel = new double[2 * bins * step.window()];
        double[] taper = MelBands.taper(step);
        for (int bin = 0; bin < bins; bin++) {
            for (int i = 0; i < step.window(); i++) {
                // of the angle only its place on the circle counts, and that is exact in whole numbers
                double angle = 2 * Math.PI * ((long) (first + bin) * i % step.fft()) / step.fft();
                kernel[bin * step.window() + i] = taper[i] * Math.cos(angle);
                kernel[(bins + bin) * step.window() + i] = -taper[i] * Math.sin(angle);
            }
        }
        String signal = to.reshape("pre/" + word + "/signal", frame.value, 1, 1, samples);
        String parts = to.add(
                "Conv",
                "pre/" + word + "/transform",
                Map.of("strides", Attribute.ofInts(step.hop())),
                signal,
                to.floats("pre/" + word + "/waves", new long[] {2L * bins, 1, step.window()}, kernel));
        String flat = to.reshape("pre/" + word + "/parts", parts, 2L * bins, frames);
        String rows = to.transpose("pre/" + word + "/frames", flat, 1, 0);
        return to.add("Mul", "pre/" + word + "/squares", rows, rows);
    }

    private void finish(long frames, long width) {
        frame.type = DataType.FLOAT;
        frame.dims = new long[] {frames, width};
    }
}
