package dev.skerry.pipeline;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A source that delivers while it measures. Local ones are opened where the model runs; what needs a network is opened by
 * another process, and comes to the model as a {@link Ring}.
 */
public sealed interface LiveSpec extends SourceSpec permits LiveSpec.Ring, LiveSpec.Local, NetworkSpec {
    /** What a recording shares with a live source. */
    Map<String, List<String>> RECORDED_OPTIONS = Map.of(
            "csv", List.of("columns", "window", "hop"),
            "wav", List.of("rate", "frame", "hop", "context", "channels"),
            "video", List.of("channels", "width", "height"),
            "images", List.of("channels"),
            "raw", List.of("channels", "width", "height"));

    /** Seconds after which a sample is too old to decide on, where nothing else is declared. */
    double USUAL_MAX_AGE = 1;

    /** Which sample a decision is made on, and for how long. */
    Freshness freshness();

    /** Options that make recordings under another word look the same: windows of a CSV file for lines, and so on. */
    default JsonNode recordedAs(String word) {
        JsonNode own = toJson();
        ObjectNode same = JsonNodeFactory.instance.objectNode();
        RECORDED_OPTIONS.getOrDefault(word, List.of()).stream()
                .filter(own::has)
                .forEach(key -> same.set(key, own.get(key)));
        return same;
    }

    /** A device or file of this machine, opened by {@link LiveSources} without a network. */
    sealed interface Local extends LiveSpec {
        /** What of its values can't be right. */
        Watch watch();
    }

    /** What a cycle takes where several samples wait. */
    enum Take {
        /** The newest: for frames, of which each says all. Older ones are skipped. */
        LATEST,
        /** The one after the last one taken: for windows and events, none of which may be left out. */
        IN_ORDER
    }

    /**
     * Which sample a decision is made on.
     *
     * @param maxAgeSeconds of a sample since it was captured; an older one is stale
     */
    record Freshness(Take take, double maxAgeSeconds) {
        public static final Freshness LATEST = new Freshness(Take.LATEST, USUAL_MAX_AGE);
        public static final Freshness IN_ORDER = new Freshness(Take.IN_ORDER, USUAL_MAX_AGE);
    }

    /**
     * What tells a broken sensor from an unusual measurement.
     *
     * @param stuck rows after which a channel that says the same is taken to be stuck; 0 for never
     * @param noise two values say the same where they are at most this far apart
     * @param range the least and the greatest value that a channel can have, in its unit; empty for any
     */
    record Watch(int stuck, double noise, List<Double> range) {
        public static final Watch NONE = new Watch(0, 0, List.of());

        public Watch {
            range = List.copyOf(range);
        }
    }

    /** A {@link RingFile} that another process of this machine writes. */
    record Ring(String path, Freshness freshness) implements LiveSpec {
        @Override
        public String word() {
            return "ring";
        }
    }

    /** In what a motion sensor's values are given. */
    enum Units {
        /** m/s², rad/s, and what the kernel says of other channels (gauss, millidegrees Celsius). */
        SI,
        /** Standard gravities, degrees a second. */
        G_DEG
    }

    /**
     * Windows over the records of a motion sensor, read through Linux Industrial I/O.
     *
     * @param path the device's name ({@code bmi160}), its number ({@code iio:device0}) or its folder in sysfs
     * @param axes channels in the order of the sample's columns, without {@code in_}: {@code accel_x}
     * @param device the character device; null for the one of the same name in {@code /dev}
     * @param rate in Hz that it is set to; 0 takes the one that it has
     * @param buffer records that the kernel holds until they are read
     * @param trigger that starts each record, by its name; null for the one that is set
     */
    record Imu(
            String path,
            List<String> axes,
            @Nullable String device,
            int window,
            int hop,
            double rate,
            int buffer,
            @Nullable String trigger,
            Units units,
            Freshness freshness,
            Watch watch)
            implements Local {
        public Imu {
            axes = List.copyOf(axes);
        }

        @Override
        public String word() {
            return "imu";
        }
    }

    /**
     * Windows over sound as float32 in −1…1: what ALSA captures, or a WAV file at the pace at which it was recorded, once.
     *
     * @param path an ALSA device ({@code default}, {@code hw:0}), or a file that ends in {@code .wav}
     * @param rate in Hz; another one is refused
     * @param format of the device's samples
     * @param deviceChannels that are captured
     * @param frame samples of one window that are new at the beginning
     * @param hop samples from one window to the next
     * @param context samples before the frame that go in front of it; zeros at the beginning
     * @param channels which of the device's are heard
     * @param resample whether ALSA may resample where the device has another rate
     */
    record Audio(
            String path,
            int rate,
            PcmFormat format,
            int deviceChannels,
            int frame,
            int hop,
            int context,
            SourceSpec.Channels channels,
            boolean resample,
            Freshness freshness,
            Watch watch)
            implements Local {
        @Override
        public String word() {
            return "audio";
        }

        boolean isFile() {
            return path.toLowerCase(java.util.Locale.ROOT).endsWith(".wav");
        }
    }

    /** Where reading a file begins that is there already. */
    enum From {
        /** Only what is added from now on. */
        END,
        START
    }

    /** What a number in a column of times counts. */
    enum TimeUnit {
        S(1_000_000_000L),
        MS(1_000_000L),
        US(1_000L),
        NS(1L);

        private final long nanos;

        TimeUnit(long nanos) {
            this.nanos = nanos;
        }

        long nanos() {
            return nanos;
        }
    }

    /**
     * Windows over rows of text, CSV or JSON, that come in line by line: from a file that grows, a named pipe, standard input
     * ({@code -}), a serial line or any other character device.
     *
     * @param columns that are taken, in this order: names of the header, or of fields of a JSON object, or pointers
     *     ({@code /imu/0})
     * @param header names of the cells where no first line says them; empty where one does
     * @param window rows of one sample
     * @param hop rows from one sample to the next
     * @param time a column with the time of measurement, by which gaps are seen; null for none
     * @param timeUnit what it counts; a text is read as ISO 8601
     * @param sequence a column that counts the rows one by one, by which gaps are seen; null for none
     * @param rate rows a second as the sensor is meant to send them; 0 for unknown
     * @param baud of a serial line, which is then set to 8 bits, raw; 0 leaves it as it is
     */
    record Lines(
            String path,
            List<String> columns,
            List<String> header,
            int window,
            int hop,
            @Nullable String time,
            TimeUnit timeUnit,
            @Nullable String sequence,
            double rate,
            int baud,
            From from,
            Freshness freshness,
            Watch watch)
            implements Local {
        /** The path that stands for standard input. */
        public static final String STDIN = "-";

        public Lines {
            columns = List.copyOf(columns);
            header = List.copyOf(header);
        }

        @Override
        public String word() {
            return "lines";
        }
    }

    /** Frames of a video file at the pace at which they were taken, as if it were a camera. */
    record Replay(SourceSpec.Video video, boolean loop, Freshness freshness) implements Local {
        @Override
        public String word() {
            return video.word();
        }

        @Override
        public String path() {
            return video.path();
        }

        @Override
        public Watch watch() {
            return Watch.NONE;
        }
    }

    /**
     * A camera of this machine (Video4Linux), through ffmpeg.
     *
     * @param path its device, such as {@code /dev/video0}
     * @param channels 3 for RGB, 1 for gray
     * @param width that the camera is asked for, with height; another size is scaled
     * @param fps frames of a second that the camera is asked for; 0 leaves it as it is
     * @param stuck equal frames one after another after which it is taken to be stuck; 0 for never
     * @param format ffmpeg's word for what the camera sends, such as {@code mjpeg} or {@code yuyv422}; null lets it choose
     * @param decoder as for videos
     * @param hardware as for videos
     */
    record Camera(
            String path,
            int channels,
            int width,
            int height,
            double fps,
            int stuck,
            @Nullable String format,
            @Nullable String decoder,
            @Nullable String hardware,
            Freshness freshness)
            implements Local {
        @Override
        public String word() {
            return "camera";
        }

        @Override
        public Watch watch() {
            return new Watch(stuck, 0, List.of());
        }
    }
}
