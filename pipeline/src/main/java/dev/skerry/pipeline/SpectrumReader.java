package dev.skerry.pipeline;

/** Reads the steps that make spectra of sound. */
final class SpectrumReader {
    private static final int MOST_POINTS = 1 << 16;

    private SpectrumReader() {}

    static Step.Pre read(String word, Fields fields) {
        Step.Stft stft = stft(fields);
        Step.Pre step = switch (word) {
            case "stft" -> stft;
            case "log-mel" -> mel(fields, stft);
            case "mfcc" -> mfcc(fields, mel(fields, stft));
            default -> throw new IllegalStateException(word);
        };
        fields.done();
        return step;
    }

    private static Step.Stft stft(Fields fields) {
        int window = fields.whole("window", 2);
        int fft = fields.whole("fft", powerOfTwo(window), 2);
        if (fft < window || fft > MOST_POINTS) {
            throw Fields.problem(
                            fields.at("fft"),
                            "expected " + window + " (the window) to " + MOST_POINTS + ", found " + fft)
                    .toException();
        }
        int power = fields.whole("power", 2, 1);
        if (power > 2) {
            throw Fields.problem(fields.at("power"), "expected 1 or 2, found " + power)
                    .toException();
        }
        return new Step.Stft(
                window,
                fields.whole("hop", Math.max(1, window / 2), 1),
                fft,
                fields.choice("taper", Step.Taper.HANN),
                fields.bool("periodic", true),
                power);
    }

    private static int powerOfTwo(int window) {
        return window > MOST_POINTS / 2 ? MOST_POINTS : Math.max(2, Integer.highestOneBit(2 * window - 1));
    }

    private static Step.LogMel mel(Fields fields, Step.Stft stft) {
        int rate = fields.whole("rate", 1);
        double low = fields.number("low", 0);
        double high = fields.number("high", rate / 2.0);
        if (low < 0 || high <= low || high > rate / 2.0) {
            throw Fields.problem(
                            fields.at("high"),
                            "expected edges from 0 to " + rate / 2.0 + " Hz, the lower one first, found " + low
                                    + " and " + high)
                    .toException();
        }
        int mels = fields.whole("mels", 40, 1);
        if (mels > stft.bins()) {
            throw Fields.problem(
                            fields.at("mels"),
                            "expected at most " + stft.bins() + ", one for each frequency, found " + mels)
                    .toException();
        }
        double floor = fields.number("floor", 1e-10);
        double offset = fields.number("offset", 0);
        var log = fields.choice("log", Step.Logarithm.LN);
        if (floor < 0 || offset < 0 || log != Step.Logarithm.NONE && floor + offset == 0) {
            throw Fields.problem(fields.at("floor"), "the logarithm of silence needs a floor or an offset above 0")
                    .attempt("floor: 1e-10")
                    .toException();
        }
        return new Step.LogMel(
                stft,
                rate,
                mels,
                low,
                high,
                fields.choice("scale", Step.MelScale.HTK),
                fields.bool("area", false),
                log,
                floor,
                offset);
    }

    private static Step.Mfcc mfcc(Fields fields, Step.LogMel mel) {
        int coefficients = fields.whole("coefficients", Math.min(13, mel.mels()), 1);
        if (coefficients > mel.mels()) {
            throw Fields.problem(
                            fields.at("coefficients"),
                            "expected at most " + mel.mels() + ", one for each band, found " + coefficients)
                    .toException();
        }
        return new Step.Mfcc(mel, coefficients, fields.choice("cosine", Step.Cosine.ORTHO));
    }
}
