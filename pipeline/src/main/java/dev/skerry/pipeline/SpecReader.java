package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads declarations from JSON. Errors have the path of the field, such as {@code pipeline.pre[1].resize.width}. */
final class SpecReader {
    private static final Set<String> SOURCES = new LinkedHashSet<>(List.of(
            "images", "raw", "tensors", "wav", "csv", "video", "text", "bytes", "ring", "lines", "imu", "audio",
            "camera", "mqtt", "modbus", "opcua", "rtsp"));
    private static final Set<String> ACTIONS =
            new LinkedHashSet<>(List.of("stdout", "csv", "json-lines", "command", "mqtt", "http", "ring"));

    private SpecReader() {}

    static PipelineSpec pipeline(JsonNode json) {
        Fields fields = Fields.of(json, "pipeline");
        JsonNode source = fields.node("source");
        JsonNode fallback = fields.node("fallback");
        var spec = new PipelineSpec(
                source == null ? null : source(Fields.of(source, fields.at("source"))),
                fields.textOrNull("input"),
                constants(fields),
                fields.each("pre", StepReader::pre),
                fields.textOrNull("output"),
                fields.each("post", StepReader::post),
                fields.each("actions", SpecReader::action),
                fallback == null ? null : fallback(Fields.of(fallback, fields.at("fallback"), "label")));
        fields.done();
        PostOrder.check(spec.post(), fields.at("post"));
        return spec;
    }

    private static Map<String, List<Double>> constants(Fields fields) {
        JsonNode json = fields.node("constants");
        var constants = new LinkedHashMap<String, List<Double>>();
        if (json != null) {
            Fields values = Fields.of(json, fields.at("constants"));
            for (String name : json.propertyNames()) {
                constants.put(name, values.numbers(name));
            }
        }
        return constants;
    }

    private static SourceSpec source(Fields fields) {
        @Nullable String word = null;
        for (String candidate : SOURCES) {
            if (fields.node(candidate) != null) {
                if (word != null) {
                    throw Fields.problem(
                                    fields.path(), "expected one source, found '" + word + "' and '" + candidate + "'")
                            .toException();
                }
                word = candidate;
            }
        }
        if (word == null) {
            fields.done();
            throw Fields.problem(fields.path(), "no source")
                    .attempt("one of " + String.join(", ", SOURCES) + ", for instance 'images: images/test'")
                    .toException();
        }
        // options of other sources are unknown here, so that a misplaced one is told
        Fields options = Fields.of(fields.json(), fields.path());
        String path = options.text(word);
        SourceSpec source = switch (word) {
            case "images" -> images(options, path);
            case "raw" ->
                new SourceSpec.Raw(
                        path,
                        options.whole("width", 1),
                        options.whole("height", 1),
                        options.whole("channels", 3, 1),
                        options.textOrNull("labels"),
                        options.textOrNull("names"));
            case "tensors" ->
                new SourceSpec.Tensors(path, options.text("labels", "labels"), options.textOrNull("sequence"));
            case "wav" -> wav(options, path);
            case "csv" -> {
                int window = options.whole("window", 1, 1);
                yield new SourceSpec.Csv(
                        path,
                        options.texts("columns"),
                        window,
                        options.whole("hop", window, 1),
                        options.textOrNull("label"),
                        options.textOrNull("group"),
                        options.textOrNull("names"));
            }
            case "video" -> MediaReader.video(options, path);
            case "camera" -> MediaReader.camera(options, path);
            case "text" -> MediaReader.text(options, path);
            case "bytes" -> MediaReader.bytes(options, path);
            case "mqtt", "modbus", "opcua", "rtsp" -> NetworkReader.source(word, path, options);
            case "ring", "lines", "imu", "audio" -> LiveSpecReader.read(word, path, options);
            default -> throw new IllegalStateException(word);
        };
        options.done();
        return source;
    }

    private static SourceSpec.Images images(Fields options, String path) {
        var images = new SourceSpec.Images(
                path,
                options.textOrNull("labels"),
                options.textOrNull("names"),
                options.whole("channels", 3, 1),
                options.whole("width", 0, 1),
                options.whole("height", 0, 1));
        if (images.channels() != 1 && images.channels() != 3) {
            throw Fields.problem(options.at("channels"), "expected 1 or 3, found " + images.channels())
                    .toException();
        }
        if (images.width() == 0 != (images.height() == 0)) {
            throw Fields.problem(options.path(), "a fixed frame format needs width and height")
                    .toException();
        }
        return images;
    }

    private static SourceSpec.Wav wav(Fields options, String path) {
        int frame = options.whole("frame", 0, 1);
        return new SourceSpec.Wav(
                path,
                options.whole("rate", 0, 1),
                frame,
                options.whole("hop", frame, 1),
                options.whole("context", 0, 0),
                options.choice("channels", SourceSpec.Channels.MIX),
                options.textOrNull("labels"),
                options.textOrNull("names"));
    }

    private static ActionSpec action(JsonNode json, String path) {
        return Fields.one(json, path, "action", ACTIONS, (word, value, at) -> {
            Fields fields = Fields.of(
                    value,
                    at,
                    switch (word) {
                        case "command" -> "line";
                        case "mqtt" -> "broker";
                        case "http" -> "url";
                        default -> "path";
                    });
            ActionSpec action = switch (word) {
                case "stdout" -> new ActionSpec.Stdout();
                case "csv" -> new ActionSpec.Csv(fields.text("path"));
                case "json-lines" -> new ActionSpec.JsonLines(fields.text("path"));
                case "command" -> new ActionSpec.Command(fields.texts("line"));
                case "ring" -> new ActionSpec.Ring(fields.text("path"));
                case "mqtt", "http" -> NetworkReader.action(word, fields);
                default -> throw new IllegalStateException(word);
            };
            fields.done();
            if (action instanceof ActionSpec.Command command && command.line().isEmpty()) {
                throw Fields.problem(at, "expected the words of a command line, found none")
                        .toException();
            }
            return action;
        });
    }

    private static Fallback fallback(Fields fields) {
        JsonNode lastGood = fields.node("last-good");
        JsonNode safe = fields.node("safe");
        JsonNode weaklyHard = fields.node("weakly-hard");
        String model = fields.textOrNull("model");
        Fallback.Safe state = safe == null ? null : safe(Fields.of(safe, fields.at("safe"), "label"));
        var fallback = new Fallback(
                fields.textOrNull("label"),
                model,
                lastGood == null ? 0 : maxAge(Fields.of(lastGood, fields.at("last-good"), "max-age")),
                state,
                weaklyHard == null ? null : weaklyHard(Fields.of(weaklyHard, fields.at("weakly-hard")), state != null),
                fields.whole("recover", model == null ? 1 : Fallback.RECOVER, 1),
                fields.nanos("restart", Fallback.RESTART_NANOS));
        fields.done();
        if (fallback.label() == null && state == null) {
            throw Fields.problem(fields.path(), "nothing is declared for when all else fails")
                    .attempt("'label', the answer to a single release")
                    .attempt("'safe', the answer of a state that lasts")
                    .toException();
        }
        if (fallback.label() != null && state != null && weaklyHard == null) {
            throw Fields.problem(fields.path(), "the safe state is never reached")
                    .because("every release that nothing better answers gets the label")
                    .attempt("'weakly-hard', whose violation leads there")
                    .attempt("no 'label'")
                    .toException();
        }
        return fallback;
    }

    private static long maxAge(Fields fields) {
        long age = fields.nanos("max-age");
        fields.done();
        return age;
    }

    private static Fallback.Safe safe(Fields fields) {
        var safe = new Fallback.Safe(fields.text("label"), fields.bool("latch", true));
        fields.done();
        return safe;
    }

    private static Fallback.WeaklyHard weaklyHard(Fields fields, boolean hasSafe) {
        int misses = fields.whole("misses", 0);
        int of = fields.whole("of", 1);
        Fallback.Then then = fields.choice("then", hasSafe ? Fallback.Then.SAFE : Fallback.Then.REPORT);
        fields.done();
        if (of <= misses || of > 1_000_000 || misses > 10_000) {
            throw Fields.problem(fields.path(), misses + " misses of " + of + " can't be kept watch over")
                    .because("expected fewer misses than releases, at most 10000 of 1000000")
                    .toException();
        }
        if (then == Fallback.Then.SAFE && !hasSafe) {
            throw Fields.problem(fields.at("then"), "there is no safe state to go to")
                    .attempt("'safe', beside 'weakly-hard'")
                    .toException();
        }
        return new Fallback.WeaklyHard(misses, of, then);
    }

    static FrameFormat frame(JsonNode json) {
        Fields fields = Fields.of(json, "frame");
        FrameFormat frame = switch (fields.text("kind")) {
            case "image" ->
                new FrameFormat.Image(fields.whole("height", 0), fields.whole("width", 0), fields.whole("channels", 1));
            case "signal" -> {
                String label = fields.text("type");
                DataType type = java.util.Arrays.stream(DataType.values())
                        .filter(candidate -> candidate.label().equals(label))
                        .findFirst()
                        .orElseThrow(() -> Fields.problem(fields.at("type"), "unknown type '" + label + "'")
                                .toException());
                yield new FrameFormat.Signal(
                        type,
                        fields.wholes("dims", 1).stream()
                                .map(Integer::longValue)
                                .toList());
            }
            case "model-inputs" -> new FrameFormat.ModelInputs();
            default ->
                throw Fields.unknown(
                                "kind",
                                fields.text("kind"),
                                fields.at("kind"),
                                new LinkedHashSet<>(List.of("image", "signal", "model-inputs")))
                        .toException();
        };
        fields.done();
        return frame;
    }
}
