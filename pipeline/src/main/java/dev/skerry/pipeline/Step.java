package dev.skerry.pipeline;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One step of a pipeline, as declared. Steps before the model ({@link Pre}) work on one frame; steps after it ({@link Post}) turn
 * the model's output into a decision. What a step computes is defined by the ONNX nodes that {@link Fusion} lowers it to.
 */
public sealed interface Step {
    /** The word that stands for the step in {@code skerry.yaml}. */
    String word();

    /** A step between the raw frame and the model. */
    sealed interface Pre extends Step {}

    /** A step between the model and the decision. */
    sealed interface Post extends Step {}

    /** How values between pixels are found. */
    enum Interpolation {
        NEAREST,
        LINEAR,
        CUBIC
    }

    /** Where output pixels lie in the input: the modes of ONNX {@code Resize} of the same names. */
    enum Coordinates {
        HALF_PIXEL,
        ASYMMETRIC,
        ALIGN_CORNERS,
        PYTORCH_HALF_PIXEL
    }

    /** What is done with a frame whose sides have another ratio than the target. */
    enum Fit {
        /** The ratio is changed. */
        STRETCH,
        /** The frame is scaled to fit inside, centred, and the border filled. */
        LETTERBOX
    }

    /**
     * Scales the frame; the result is float32 and not rounded (a {@code cast: uint8} after it rounds, as OpenCV and Pillow do).
     * {@code scale} is 0 where width and height are given. Nearest takes the pixel below for {@code asymmetric} (as OpenCV), else
     * the nearest, ties upward (as Pillow).
     *
     * @param antialias widens the filter when scaling down (as Pillow)
     * @param cubic the cubic coefficient: −0.75 in OpenCV and PyTorch, −0.5 in Pillow
     * @param pad value of the border of a letterbox, in units of the tensor
     */
    record Resize(
            int width,
            int height,
            double scale,
            Interpolation interpolation,
            Coordinates coordinates,
            boolean antialias,
            double cubic,
            Fit fit,
            double pad)
            implements Pre {
        @Override
        public String word() {
            return "resize";
        }
    }

    /** Cuts {@code width} × {@code height} pixels out; from the centre where {@code x} and {@code y} are −1. */
    record Crop(int x, int y, int width, int height) implements Pre {
        @Override
        public String word() {
            return "crop";
        }

        public boolean centred() {
            return x < 0;
        }
    }

    /** Orders of colour channels; a frame starts as RGB (or gray, with one channel). */
    enum ColorSpace {
        RGB,
        BGR,
        /** ITU-R BT.601 luma: 0.299 R + 0.587 G + 0.114 B, as OpenCV and Pillow. */
        GRAY
    }

    /** Changes the colour channels to {@code to}. */
    record Color(ColorSpace to) implements Pre {
        @Override
        public String word() {
            return "color";
        }
    }

    /** Order of the axes that the model wants; with or without the batch axis. */
    record Layout(boolean channelsFirst) implements Pre {
        @Override
        public String word() {
            return "layout";
        }
    }

    /** Changes the element type; to an integer it rounds half to even and saturates. */
    record Cast(dev.skerry.model.DataType to) implements Pre {
        @Override
        public String word() {
            return "cast";
        }
    }

    /** {@code x · by + offset}. */
    record Scale(double by, double offset) implements Pre {
        @Override
        public String word() {
            return "scale";
        }
    }

    /** {@code (x − mean) ÷ std} per channel, in the units of the tensor as it is then; one value stands for all channels. */
    record Normalize(List<Double> mean, List<Double> std) implements Pre {
        public Normalize {
            mean = List.copyOf(mean);
            std = List.copyOf(std);
        }

        @Override
        public String word() {
            return "normalize";
        }
    }

    /** Gives the tensor other dimensions; −1 once for what is left over. */
    record Reshape(List<Long> dims) implements Pre {
        public Reshape {
            dims = List.copyOf(dims);
        }

        @Override
        public String word() {
            return "reshape";
        }
    }

    /** Reorders the axes of a tensor that isn't an image. */
    record Transpose(List<Integer> axes) implements Pre {
        public Transpose {
            axes = List.copyOf(axes);
        }

        @Override
        public String word() {
            return "transpose";
        }
    }

    /**
     * Turns text into the numbers of its tokens, all of one length. It is no arithmetic on tensors, so it is done before the graph:
     * the first step of a source of text.
     *
     * @param tokenizer a {@code tokenizer.json} as Hugging Face's tokenizers write it
     * @param maxLength tokens of each text: shorter ones are filled up
     * @param truncate whether longer texts are cut; else they are refused
     * @param special whether the tokens that mark beginning and end are added
     * @param pad the token that fills up; null for the tokenizer's own
     * @param ids the model's input for the numbers; null for {@code input_ids}
     * @param mask the model's input that tells tokens (1) from filling (0); null for {@code attention_mask} where there is one
     * @param types the model's input that tells two texts apart; null for {@code token_type_ids} where there is one
     */
    record Tokenize(
            String tokenizer,
            int maxLength,
            boolean truncate,
            boolean special,
            @Nullable String pad,
            @Nullable String ids,
            @Nullable String mask,
            @Nullable String types)
            implements Pre {
        @Override
        public String word() {
            return "tokenize";
        }
    }

    /** What each stretch of a signal is multiplied with before its spectrum is taken. */
    enum Taper {
        /** 0.5 − 0.5 cos. */
        HANN,
        /** 0.54 − 0.46 cos. */
        HAMMING,
        NONE
    }

    /**
     * The short-time Fourier transform of a signal [samples] to magnitudes [frames, fft ÷ 2 + 1]: frame k starts at sample
     * k · hop; nothing is padded, so a window of the future is never needed.
     *
     * @param window samples of a frame; zeros follow it up to {@code fft}
     * @param hop samples from one frame to the next
     * @param fft points of the transform, at least {@code window}
     * @param periodic whether the taper is one period (as for spectra in TensorFlow, PyTorch and librosa), or symmetric
     * @param power of the magnitude: 1, or 2 for energy
     */
    record Stft(int window, int hop, int fft, Taper taper, boolean periodic, int power) implements Pre {
        @Override
        public String word() {
            return "stft";
        }

        int bins() {
            return fft / 2 + 1;
        }
    }

    /** How frequencies become mels, and what the triangles between them are. */
    enum MelScale {
        /** 2595 log₁₀(1 + f ÷ 700), triangles over Hz (librosa with {@code htk=True}, torchaudio's default). */
        HTK,
        /** Linear below 1000 Hz, logarithmic above, triangles over Hz (librosa's default). */
        SLANEY,
        /** HTK's scale with triangles over mels, and nothing of the constant part ({@code tf.signal.linear_to_mel_weight_matrix}). */
        TENSORFLOW
    }

    /** Which logarithm. */
    enum Logarithm {
        LN,
        LOG10,
        /** 10 log₁₀. */
        DB,
        NONE
    }

    /**
     * Energies in bands of equal width to the ear, [frames, mels].
     *
     * @param stft what the bands are of
     * @param rate of the signal in Hz
     * @param low edge of the lowest band in Hz
     * @param high edge of the highest band in Hz
     * @param area whether bands are divided by their width in Hz and doubled (librosa's {@code norm='slaney'})
     * @param floor what is smaller becomes it before the logarithm; 0 for none
     * @param offset that is added before the logarithm
     */
    record LogMel(
            Stft stft,
            int rate,
            int mels,
            double low,
            double high,
            MelScale scale,
            boolean area,
            Logarithm log,
            double floor,
            double offset)
            implements Pre {
        @Override
        public String word() {
            return "log-mel";
        }
    }

    /** How the cosine transform is scaled. */
    enum Cosine {
        /** DCT-II, orthonormal (librosa, torchaudio). */
        ORTHO,
        /** The same with the first coefficient √2 times as large ({@code tf.signal.mfccs_from_log_mel_spectrograms}). */
        TENSORFLOW
    }

    /** Mel-frequency cepstral coefficients: the first ones of the cosine transform of {@link LogMel}, [frames, coefficients]. */
    record Mfcc(LogMel mel, int coefficients, Cosine cosine) implements Pre {
        @Override
        public String word() {
            return "mfcc";
        }
    }

    /** Exponentials that sum to 1 along {@code axis} (of the output without its batch axis). */
    record Softmax(int axis) implements Post {
        @Override
        public String word() {
            return "softmax";
        }
    }

    record Sigmoid() implements Post {
        @Override
        public String word() {
            return "sigmoid";
        }
    }

    /** The class with the greatest value; the first of equals. */
    record ArgMax(@Nullable String labels) implements Post {
        @Override
        public String word() {
            return "argmax";
        }
    }

    /** The {@code k} classes with the greatest values, the best first. {@code labels} is a file, one name a line. */
    record TopK(int k, @Nullable String labels) implements Post {
        @Override
        public String word() {
            return "top-k";
        }
    }

    /**
     * Keeps what reaches {@code at}. A single value becomes class 1 where it does and class 0 where not; after {@code argmax} or
     * {@code top-k}, and for several values, a class that doesn't reach it becomes −1, shown as {@code otherwise}.
     */
    record Threshold(double at, List<String> names, String otherwise) implements Post {
        public Threshold {
            names = List.copyOf(names);
        }

        @Override
        public String word() {
            return "threshold";
        }
    }

    /** How the four numbers of a box are meant. */
    enum BoxFormat {
        /** x0 y0 x1 y1. */
        CORNERS,
        /** y0 x0 y1 x1, as TensorFlow. */
        CORNERS_YX,
        /** centre x, centre y, width, height. */
        CENTERS
    }

    /**
     * Non-maximum suppression: greedy, per class, by descending score. Boxes come out as fractions of the raw frame, crops and
     * borders of the pre steps undone.
     *
     * @param scores the model's output [1,N,C] or [N,C]; null for the one whose last dimension isn't 4
     * @param boxes the model's output [1,N,4] or [N,4]; null for the one whose last dimension is 4
     * @param pixels whether boxes are in pixels of the model's input rather than fractions
     * @param background a class that is left out; −1 for none
     * @param max how many detections at most
     * @param candidates how many of the best boxes take part
     */
    record Nms(
            @Nullable String scores,
            @Nullable String boxes,
            BoxFormat format,
            boolean pixels,
            double score,
            double iou,
            int background,
            int max,
            int candidates,
            @Nullable String labels)
            implements Post {
        @Override
        public String word() {
            return "nms";
        }
    }

    /** Norms of the difference between the model's input and its output. */
    enum ErrorMeasure {
        MSE,
        MAE,
        RMSE
    }

    /** Reconstruction error: how far the output of an autoencoder is from its input. */
    record Anomaly(ErrorMeasure measure) implements Post {
        @Override
        public String word() {
            return "anomaly";
        }
    }

    /** {@code HALF_PIXEL} as {@code half-pixel}: how values of the enums above are written. */
    static String spelled(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
