package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Reads steps from JSON. A step is a map with its word as the only key, or the word alone. */
final class StepReader {
    private static final Set<String> PRE = words(
            "resize",
            "crop",
            "color",
            "layout",
            "cast",
            "scale",
            "normalize",
            "reshape",
            "transpose",
            "tokenize",
            "stft",
            "log-mel",
            "mfcc");
    private static final Set<String> POST =
            words("softmax", "sigmoid", "argmax", "top-k", "threshold", "nms", "anomaly");
    private static final Set<DataType> CASTS = new LinkedHashSet<>(List.of(
            DataType.FLOAT,
            DataType.FLOAT16,
            DataType.DOUBLE,
            DataType.UINT8,
            DataType.INT8,
            DataType.INT16,
            DataType.INT32,
            DataType.INT64));

    private StepReader() {}

    static Step.Pre pre(JsonNode json, String path) {
        return Fields.one(json, path, "step", PRE, StepReader::pre);
    }

    static Step.Post post(JsonNode json, String path) {
        return Fields.one(json, path, "step", POST, StepReader::post);
    }

    private static Step.Pre pre(String word, JsonNode json, String path) {
        return switch (word) {
            case "resize" -> resize(Fields.of(json, path));
            case "crop" -> crop(Fields.of(json, path));
            case "color" -> {
                Fields fields = Fields.of(json, path, "to");
                var step = new Step.Color(fields.choice("to", Step.ColorSpace.class));
                fields.done();
                yield step;
            }
            case "layout" -> {
                Fields fields = Fields.of(json, path, "to");
                String to = fields.text("to");
                fields.done();
                var known = words("nchw", "nhwc");
                if (!known.contains(to)) {
                    throw Fields.unknown("layout", to, fields.at("to"), known).toException();
                }
                yield new Step.Layout(to.equals("nchw"));
            }
            case "stft", "log-mel", "mfcc" -> SpectrumReader.read(word, Fields.of(json, path));
            case "cast" -> cast(Fields.of(json, path, "to"));
            case "scale" -> {
                Fields fields = Fields.of(json, path, "by");
                var step = new Step.Scale(fields.number("by", 1), fields.number("offset", 0));
                fields.done();
                yield step;
            }
            case "tokenize" -> {
                Fields fields = Fields.of(json, path);
                var step = MediaReader.tokenize(fields);
                fields.done();
                yield step;
            }
            case "normalize" -> normalize(Fields.of(json, path));
            case "reshape" -> {
                Fields fields = Fields.of(json, path, "dims");
                var dims = fields.wholes("dims", -1).stream()
                        .map(Integer::longValue)
                        .toList();
                fields.done();
                if (dims.stream().filter(dim -> dim == -1).count() > 1 || dims.contains(0L)) {
                    throw Fields.problem(
                                    fields.at("dims"), "expected positive sizes with -1 at most once, found " + dims)
                            .toException();
                }
                yield new Step.Reshape(dims);
            }
            case "transpose" -> {
                Fields fields = Fields.of(json, path, "axes");
                var axes = fields.wholes("axes", 0);
                fields.done();
                if (axes.isEmpty()
                        || axes.stream().distinct().count() != axes.size()
                        || !axes.contains(axes.size() - 1)
                        || axes.stream().anyMatch(axis -> axis >= axes.size())) {
                    throw Fields.problem(fields.at("axes"), "expected each axis from 0 once, found " + axes)
                            .toException();
                }
                yield new Step.Transpose(axes);
            }
            default -> throw new IllegalStateException(word);
        };
    }

    private static Step.Resize resize(Fields fields) {
        double scale = fields.number("scale", 0);
        boolean scaled = fields.node("scale") != null;
        int width = scaled ? fields.whole("width", 0, 0) : fields.whole("width", 1);
        int height = scaled ? fields.whole("height", 0, 0) : fields.whole("height", 1);
        if (scaled && (width + height > 0 || !(scale > 0) || scale > 1000)) {
            throw Fields.problem(
                            fields.at("scale"), "expected a positive factor without width and height, found " + scale)
                    .toException();
        }
        var interpolation = fields.choice("interpolation", Step.Interpolation.LINEAR);
        var step = new Step.Resize(
                width,
                height,
                scale,
                interpolation,
                fields.choice("coordinates", Step.Coordinates.HALF_PIXEL),
                fields.bool("antialias", false),
                fields.number("cubic", -0.75),
                fields.choice("fit", Step.Fit.STRETCH),
                fields.number("pad", 0));
        fields.done();
        if (step.antialias() && interpolation == Step.Interpolation.NEAREST) {
            throw Fields.problem(fields.at("antialias"), "nearest has no filter to widen")
                    .attempt("interpolation: linear")
                    .toException();
        }
        if (step.antialias() && step.coordinates() != Step.Coordinates.HALF_PIXEL) {
            throw Fields.problem(fields.at("antialias"), "antialias is defined for coordinates: half-pixel")
                    .toException();
        }
        if (scaled && step.fit() == Step.Fit.LETTERBOX) {
            throw Fields.problem(fields.at("fit"), "a letterbox needs width and height")
                    .toException();
        }
        return step;
    }

    private static Step.Crop crop(Fields fields) {
        int width = fields.whole("width", 1);
        int height = fields.whole("height", 1);
        boolean centred = fields.node("x") == null && fields.node("y") == null;
        var step =
                new Step.Crop(centred ? -1 : fields.whole("x", 0), centred ? -1 : fields.whole("y", 0), width, height);
        fields.done();
        return step;
    }

    private static Step.Cast cast(Fields fields) {
        String to = fields.text("to");
        fields.done();
        var known = new LinkedHashSet<String>();
        for (DataType type : CASTS) {
            if (type.label().equals(to)) {
                return new Step.Cast(type);
            }
            known.add(type.label());
        }
        throw Fields.unknown("type", to, fields.at("to"), known).toException();
    }

    private static Step.Normalize normalize(Fields fields) {
        var step = new Step.Normalize(fields.numbers("mean"), fields.numbers("std"));
        fields.done();
        if (step.std().contains(0.0)) {
            throw Fields.problem(fields.at("std"), "a standard deviation of 0 divides by zero")
                    .toException();
        }
        int means = step.mean().size();
        int stds = step.std().size();
        if (means != stds && means != 1 && stds != 1) {
            throw Fields.problem(fields.path(), means + " means and " + stds + " standard deviations")
                    .toException();
        }
        return step;
    }

    private static Step.Post post(String word, JsonNode json, String path) {
        Fields fields = Fields.of(
                json,
                path,
                switch (word) {
                    case "top-k" -> "k";
                    case "threshold" -> "at";
                    case "softmax" -> "axis";
                    case "argmax" -> "labels";
                    case "anomaly" -> "measure";
                    default -> "";
                });
        Step.Post step = switch (word) {
            case "softmax" -> new Step.Softmax(fields.whole("axis", -1, -1));
            case "sigmoid" -> new Step.Sigmoid();
            case "argmax" -> new Step.ArgMax(fields.textOrNull("labels"));
            case "top-k" -> new Step.TopK(fields.whole("k", 1, 1), fields.textOrNull("labels"));
            case "threshold" ->
                new Step.Threshold(fields.number("at", 0.5), fields.texts("names"), fields.text("otherwise", "none"));
            case "nms" -> nms(fields);
            case "anomaly" -> new Step.Anomaly(fields.choice("measure", Step.ErrorMeasure.MSE));
            default -> throw new IllegalStateException(word);
        };
        fields.done();
        return step;
    }

    private static Step.Nms nms(Fields fields) {
        var step = new Step.Nms(
                fields.textOrNull("scores"),
                fields.textOrNull("boxes"),
                fields.choice("format", Step.BoxFormat.CORNERS),
                fields.bool("pixels", false),
                fields.number("score", 0.5),
                fields.number("iou", 0.5),
                fields.whole("background", -1, -1),
                fields.whole("max", 100, 1),
                fields.whole("candidates", 256, 1),
                fields.textOrNull("labels"));
        if (step.max() > step.candidates()) {
            throw Fields.problem(
                            fields.at("max"), "max " + step.max() + " is more than candidates " + step.candidates())
                    .toException();
        }
        if (step.candidates() > 4096) {
            throw Fields.problem(fields.at("candidates"), "expected 4096 or less, found " + step.candidates())
                    .because("each candidate is compared with each other")
                    .toException();
        }
        return step;
    }

    private static Set<String> words(String... words) {
        return new LinkedHashSet<>(List.of(words));
    }
}
