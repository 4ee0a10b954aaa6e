package dev.skerry.pipeline;

import java.util.List;

/** Reads live sources. */
final class LiveSpecReader {
    private static final int AUDIO_STUCK_SECONDS = 10;
    private static final int IMU_STUCK_SECONDS = 2;
    private static final int USUAL_IMU_STUCK = 200;

    private LiveSpecReader() {}

    static LiveSpec read(String word, String path, Fields options) {
        return switch (word) {
            case "ring" -> new LiveSpec.Ring(path, freshness(options, LiveSpec.Take.LATEST));
            case "lines" -> lines(path, options);
            case "imu" -> imu(path, options);
            case "audio" -> audio(path, options);
            default -> throw new IllegalStateException(word);
        };
    }

    private static LiveSpec.Lines lines(String path, Fields options) {
        List<String> columns = options.texts("columns");
        if (columns.isEmpty()) {
            throw Fields.problem(options.path(), "'columns' is missing")
                    .because(
                            "what a live source sends isn't known before it sends it, and the model's input depends on it")
                    .attempt("columns: [NAME, …]")
                    .toException();
        }
        int window = options.whole("window", 1, 1);
        int baud = options.whole("baud", 0, 1);
        if (baud > 0 && !NativeFile.isBaud(baud)) {
            throw Fields.problem(options.at("baud"), "no serial line runs at " + baud + " baud")
                    .attempt("115200")
                    .toException();
        }
        return new LiveSpec.Lines(
                path,
                columns,
                options.texts("header"),
                window,
                options.whole("hop", window, 1),
                options.textOrNull("time"),
                options.choice("timeUnit", LiveSpec.TimeUnit.S),
                options.textOrNull("sequence"),
                positive(options, "rate", 0),
                baud,
                options.choice("from", LiveSpec.From.END),
                freshness(options, LiveSpec.Take.IN_ORDER),
                watch(options, 0));
    }

    private static LiveSpec.Imu imu(String path, Fields options) {
        List<String> axes = options.texts("axes");
        int window = options.whole("window", 1, 1);
        int hop = options.whole("hop", window, 1);
        double rate = positive(options, "rate", 0);
        return new LiveSpec.Imu(
                path,
                axes.isEmpty() ? List.of("accel_x", "accel_y", "accel_z") : axes,
                options.textOrNull("device"),
                window,
                hop,
                rate,
                options.whole("buffer", Math.max(256, 2 * hop), 2),
                options.textOrNull("trigger"),
                options.choice("units", LiveSpec.Units.SI),
                freshness(options, LiveSpec.Take.IN_ORDER),
                // noise never gives the same number for seconds; a sensor that is stuck gives nothing else
                watch(
                        options,
                        rate > 0 ? (int) Math.max(20, Math.min(1e6, IMU_STUCK_SECONDS * rate)) : USUAL_IMU_STUCK));
    }

    private static LiveSpec.Audio audio(String path, Fields options) {
        int frame = options.whole("frame", 1);
        int rate = options.whole("rate", 1);
        return new LiveSpec.Audio(
                path,
                rate,
                options.choice("format", PcmFormat.S16),
                options.whole("deviceChannels", 1, 1),
                frame,
                options.whole("hop", frame, 1),
                options.whole("context", 0, 0),
                options.choice("channels", SourceSpec.Channels.MIX),
                options.bool("resample", false),
                freshness(options, LiveSpec.Take.IN_ORDER),
                // a converter is never silent to the last bit; one that is muted or unplugged is
                watch(options, path.endsWith(".wav") ? 0 : (int) Math.min(1e9, (double) AUDIO_STUCK_SECONDS * rate)));
    }

    static LiveSpec.Freshness freshness(Fields options, LiveSpec.Take usual) {
        return new LiveSpec.Freshness(
                options.choice("take", usual), positive(options, "maxAge", LiveSpec.USUAL_MAX_AGE));
    }

    private static LiveSpec.Watch watch(Fields options, int usualStuck) {
        double noise = options.number("noise", 0);
        List<Double> range = options.node("range") == null ? List.of() : options.numbers("range");
        if (noise < 0) {
            throw Fields.problem(options.at("noise"), "expected 0 or more, found " + noise)
                    .toException();
        }
        if (!range.isEmpty() && (range.size() != 2 || range.getFirst() >= range.getLast())) {
            throw Fields.problem(options.at("range"), "expected the least and the greatest value, found " + range)
                    .toException();
        }
        return new LiveSpec.Watch(options.whole("stuck", usualStuck, 0), noise, range);
    }

    /** A number above 0, where it is given. */
    private static double positive(Fields options, String key, double otherwise) {
        double value = options.number(key, otherwise);
        if (value <= 0 && options.node(key) != null) {
            throw Fields.problem(options.at(key), "expected a number above 0, found " + value)
                    .toException();
        }
        return value;
    }
}
