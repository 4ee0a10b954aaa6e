package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Where samples come from, as declared. Paths are relative to the project's folder. */
public sealed interface SourceSpec permits SourceSpec.Recorded, LiveSpec {
    /** The word that stands for the source in {@code skerry.yaml}. */
    String word();

    /** What stands behind the word: a file, a folder, a device, an address. */
    String path();

    /** As {@code skerry.yaml} has it, every value spelled out. */
    default JsonNode toJson() {
        return SpecWriter.source(this);
    }

    /** Samples that lie in files, and can be gone through any number of times. */
    sealed interface Recorded extends SourceSpec {}

    /**
     * A folder of JPEG and PNG images, or one image.
     *
     * @param labels a CSV of {@code file,label}; null for {@code labels.csv} in the folder if there is one, else one folder per class
     * @param names a file with the names of the classes in the order of their indices; null for the sorted names
     * @param channels 3 for RGB, 1 for gray
     * @param width of a fixed frame format, with height; 0 takes the images' own
     */
    record Images(
            String path, @Nullable String labels, @Nullable String names, int channels, int width, int height)
            implements Recorded {
        @Override
        public String word() {
            return "images";
        }
    }

    /** Raw frames of bytes, row by row, channels interleaved: a file of any number of frames, or a folder of {@code .raw} files. */
    record Raw(
            String path,
            int width,
            int height,
            int channels,
            @Nullable String labels,
            @Nullable String names) implements Recorded {
        @Override
        public String word() {
            return "raw";
        }
    }

    /**
     * Recorded tensors: an {@code .npz} with the model's inputs by name, or an {@code .npy} of its only input; first axis: samples.
     *
     * @param labels name of the array of labels in the {@code .npz}
     * @param sequence name of an array that numbers the recording of each sample: where it changes, state starts anew; null for one recording
     */
    record Tensors(String path, String labels, @Nullable String sequence) implements Recorded {
        @Override
        public String word() {
            return "tensors";
        }
    }

    /** Which channels of a WAV file are heard. */
    enum Channels {
        /** The mean of all. */
        MIX,
        LEFT,
        RIGHT
    }

    /**
     * Frames of a WAV file, or of a folder of them; samples as float32 in −1…1.
     *
     * @param rate in Hz that the file must have; 0 takes any
     * @param frame samples of one frame; 0 takes each file as one frame
     * @param hop samples from one frame to the next
     * @param context samples before the frame that go in front of it; zeros before the beginning
     * @param labels an {@code .npz} with {@code labels}, one per frame, or a CSV of {@code file,label}; null for none
     */
    record Wav(
            String path,
            int rate,
            int frame,
            int hop,
            int context,
            Channels channels,
            @Nullable String labels,
            @Nullable String names)
            implements Recorded {
        @Override
        public String word() {
            return "wav";
        }
    }

    /**
     * Windows over the rows of a CSV file with a header.
     *
     * @param columns that are taken, in this order; empty for all numeric ones but label and group
     * @param window rows of one sample
     * @param hop rows from one sample to the next
     * @param label column of the class; the most frequent in the window counts
     * @param group column that names the recording; no window spans two, and state starts anew with each
     */
    record Csv(
            String path,
            List<String> columns,
            int window,
            int hop,
            @Nullable String label,
            @Nullable String group,
            @Nullable String names)
            implements Recorded {
        public Csv {
            columns = List.copyOf(columns);
        }

        @Override
        public String word() {
            return "csv";
        }
    }

    /**
     * Frames of a video file, or of a folder of them, decoded by ffmpeg.
     *
     * @param channels 3 for RGB, 1 for gray
     * @param width that ffmpeg scales to, with height; 0 takes the videos' own
     * @param every takes each n-th frame
     * @param fps makes as many frames of a second; 0 takes those that there are
     * @param labels a CSV of {@code from,to,label}, {@code first,last,label} or {@code frame,label} (what no row speaks of is no
     *     sample), or of {@code file,label}; null for one folder per class, or none
     * @param decoder by ffmpeg's name, such as one of the hardware; null lets it choose
     * @param hardware ffmpeg's word for the device that decodes; null for none
     */
    record Video(
            String path,
            int channels,
            int width,
            int height,
            int every,
            double fps,
            @Nullable String labels,
            @Nullable String names,
            @Nullable String decoder,
            @Nullable String hardware)
            implements Recorded {
        @Override
        public String word() {
            return "video";
        }
    }

    /**
     * Texts that a tokenizer makes numbers of: lines of a file, rows of a CSV with a header, or JSON lines.
     *
     * @param column of the text, in a CSV or JSON lines
     * @param pair column of a second text; null for none
     * @param label column of the class; null for none
     */
    record Text(
            String path,
            String column,
            @Nullable String pair,
            @Nullable String label,
            @Nullable String names) implements Recorded {
        @Override
        public String word() {
            return "text";
        }
    }

    /**
     * The first and last bytes of files, int32 [first + last].
     *
     * @param pad stands where a file has no more bytes
     * @param strip whether white space at the beginning and the end is left out
     * @param block bytes at the beginning, and at the end, that are looked at
     */
    record Bytes(
            String path,
            int first,
            int last,
            int pad,
            boolean strip,
            int block,
            @Nullable String labels,
            @Nullable String names)
            implements Recorded {
        @Override
        public String word() {
            return "bytes";
        }
    }
}
