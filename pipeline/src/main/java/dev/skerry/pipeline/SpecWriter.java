package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes declarations as JSON, in the canonical form: every value spelled out, absent ones left out. */
final class SpecWriter {
    private SpecWriter() {}

    static JsonNode pipeline(PipelineSpec spec) {
        ObjectNode json = map();
        if (spec.source() != null) {
            json.set("source", source(spec.source()));
        }
        text(json, "input", spec.input());
        if (!spec.constants().isEmpty()) {
            ObjectNode constants = json.putObject("constants");
            spec.constants().forEach((name, values) -> numbers(constants, name, values));
        }
        steps(json, "pre", spec.pre());
        text(json, "output", spec.output());
        steps(json, "post", spec.post());
        ArrayNode actions = json.putArray("actions");
        spec.actions().forEach(action -> actions.addObject().set(action.word(), action(action)));
        if (spec.fallback() != null) {
            json.set("fallback", fallback(spec.fallback()));
        }
        return json;
    }

    private static ObjectNode fallback(Fallback fallback) {
        ObjectNode json = map();
        text(json, "label", fallback.label());
        text(json, "model", fallback.model());
        if (fallback.lastGoodNanos() > 0) {
            json.putObject("last-good").put("max-age", fallback.lastGoodNanos() + "ns");
        }
        Fallback.Safe safe = fallback.safe();
        if (safe != null) {
            json.putObject("safe").put("label", safe.label()).put("latch", safe.latch());
        }
        Fallback.WeaklyHard weaklyHard = fallback.weaklyHard();
        if (weaklyHard != null) {
            json.putObject("weakly-hard")
                    .put("misses", weaklyHard.misses())
                    .put("of", weaklyHard.of())
                    .put("then", Step.spelled(weaklyHard.then()));
        }
        if (!fallback.equals(new Fallback(String.valueOf(fallback.label())))) {
            json.put("recover", fallback.recover())
                    .put("restart", fallback.restartNanos() == 0 ? "never" : fallback.restartNanos() + "ns");
        }
        return json;
    }

    static JsonNode frame(FrameFormat frame) {
        ObjectNode json = map();
        return switch (frame) {
            case FrameFormat.Image(int height, int width, int channels) ->
                json.put("kind", "image")
                        .put("height", height)
                        .put("width", width)
                        .put("channels", channels);
            case FrameFormat.Signal signal -> {
                json.put("kind", "signal").put("type", signal.type().label());
                ArrayNode dims = json.putArray("dims");
                signal.dims().forEach(dims::add);
                yield json;
            }
            case FrameFormat.ModelInputs _ -> json.put("kind", "model-inputs");
        };
    }

    static ObjectNode source(SourceSpec source) {
        ObjectNode json = map().put(source.word(), source.path());
        switch (source) {
            case SourceSpec.Images images -> {
                text(json, "labels", images.labels());
                text(json, "names", images.names());
                json.put("channels", images.channels());
                if (images.width() > 0) {
                    json.put("width", images.width()).put("height", images.height());
                }
            }
            case SourceSpec.Raw raw -> {
                json.put("width", raw.width()).put("height", raw.height()).put("channels", raw.channels());
                text(json, "labels", raw.labels());
                text(json, "names", raw.names());
            }
            case SourceSpec.Tensors tensors -> {
                json.put("labels", tensors.labels());
                text(json, "sequence", tensors.sequence());
            }
            case SourceSpec.Wav wav -> {
                positive(json, "rate", wav.rate());
                positive(json, "frame", wav.frame());
                positive(json, "hop", wav.hop());
                json.put("context", wav.context()).put("channels", Step.spelled(wav.channels()));
                text(json, "labels", wav.labels());
                text(json, "names", wav.names());
            }
            case SourceSpec.Csv csv -> {
                texts(json, "columns", csv.columns());
                json.put("window", csv.window()).put("hop", csv.hop());
                text(json, "label", csv.label());
                text(json, "group", csv.group());
                text(json, "names", csv.names());
            }
            case SourceSpec.Video video -> MediaWriter.video(json, video);
            case SourceSpec.Text text -> MediaWriter.text(json, text);
            case SourceSpec.Bytes bytes -> MediaWriter.bytes(json, bytes);
            case LiveSpec.Replay replay -> {
                MediaWriter.video(json, replay.video());
                json.put("live", true).put("loop", replay.loop());
                freshness(json, replay.freshness());
            }
            case LiveSpec.Camera camera -> {
                MediaWriter.camera(json, camera);
                freshness(json, camera.freshness());
            }
            case LiveSpec.Ring ring -> freshness(json, ring.freshness());
            case NetworkSpec network -> NetworkWriter.source(json, network);
            case LiveSpec.Audio audio -> {
                json.put("rate", audio.rate())
                        .put("format", Step.spelled(audio.format()))
                        .put("deviceChannels", audio.deviceChannels())
                        .put("frame", audio.frame())
                        .put("hop", audio.hop())
                        .put("context", audio.context())
                        .put("channels", Step.spelled(audio.channels()))
                        .put("resample", audio.resample());
                freshness(json, audio.freshness());
                watch(json, audio.watch());
            }
            case LiveSpec.Imu imu -> {
                texts(json, "axes", imu.axes());
                text(json, "device", imu.device());
                json.put("window", imu.window()).put("hop", imu.hop());
                positive(json, "rate", imu.rate());
                json.put("buffer", imu.buffer());
                text(json, "trigger", imu.trigger());
                json.put("units", Step.spelled(imu.units()));
                freshness(json, imu.freshness());
                watch(json, imu.watch());
            }
            case LiveSpec.Lines lines -> {
                texts(json, "columns", lines.columns());
                texts(json, "header", lines.header());
                json.put("window", lines.window()).put("hop", lines.hop());
                if (lines.time() != null) {
                    json.put("time", lines.time()).put("timeUnit", Step.spelled(lines.timeUnit()));
                }
                text(json, "sequence", lines.sequence());
                positive(json, "rate", lines.rate());
                positive(json, "baud", lines.baud());
                json.put("from", Step.spelled(lines.from()));
                freshness(json, lines.freshness());
                watch(json, lines.watch());
            }
        }
        return json;
    }

    static void watch(ObjectNode json, LiveSpec.Watch watch) {
        json.put("stuck", watch.stuck()).put("noise", watch.noise());
        if (!watch.range().isEmpty()) {
            numbers(json, "range", watch.range());
        }
    }

    static void freshness(ObjectNode json, LiveSpec.Freshness freshness) {
        json.put("take", Step.spelled(freshness.take())).put("maxAge", freshness.maxAgeSeconds());
    }

    private static ObjectNode action(ActionSpec action) {
        ObjectNode json = map();
        switch (action) {
            case ActionSpec.Stdout _ -> {}
            case ActionSpec.Csv csv -> json.put("path", csv.path());
            case ActionSpec.JsonLines lines -> json.put("path", lines.path());
            case ActionSpec.Command command -> texts(json, "line", command.line());
            case ActionSpec.Ring ring -> json.put("path", ring.path());
            case ActionSpec.Network network -> NetworkWriter.action(json, network);
        }
        return json;
    }

    private static void steps(ObjectNode json, String key, List<? extends Step> steps) {
        ArrayNode list = json.putArray(key);
        for (Step step : steps) {
            ObjectNode fields = list.addObject().putObject(step.word());
            switch (step) {
                case Step.Pre pre -> pre(fields, pre);
                case Step.Post post -> post(fields, post);
            }
        }
    }

    private static void pre(ObjectNode json, Step.Pre step) {
        switch (step) {
            case Step.Resize resize -> {
                if (resize.scale() > 0) {
                    json.put("scale", resize.scale());
                } else {
                    json.put("width", resize.width()).put("height", resize.height());
                }
                json.put("interpolation", Step.spelled(resize.interpolation()))
                        .put("coordinates", Step.spelled(resize.coordinates()))
                        .put("antialias", resize.antialias())
                        .put("cubic", resize.cubic())
                        .put("fit", Step.spelled(resize.fit()))
                        .put("pad", resize.pad());
            }
            case Step.Crop crop -> {
                if (!crop.centred()) {
                    json.put("x", crop.x()).put("y", crop.y());
                }
                json.put("width", crop.width()).put("height", crop.height());
            }
            case Step.Stft stft -> stft(json, stft);
            case Step.LogMel mel -> mel(json, mel);
            case Step.Mfcc mfcc -> {
                mel(json, mfcc.mel());
                json.put("coefficients", mfcc.coefficients()).put("cosine", Step.spelled(mfcc.cosine()));
            }
            case Step.Color color -> json.put("to", Step.spelled(color.to()));
            case Step.Layout layout -> json.put("to", layout.channelsFirst() ? "nchw" : "nhwc");
            case Step.Cast cast -> json.put("to", cast.to().label());
            case Step.Scale scale -> json.put("by", scale.by()).put("offset", scale.offset());
            case Step.Normalize normalize -> {
                numbers(json, "mean", normalize.mean());
                numbers(json, "std", normalize.std());
            }
            case Step.Reshape reshape -> {
                ArrayNode dims = json.putArray("dims");
                reshape.dims().forEach(dims::add);
            }
            case Step.Tokenize tokenize -> MediaWriter.tokenize(json, tokenize);
            case Step.Transpose transpose -> {
                ArrayNode axes = json.putArray("axes");
                transpose.axes().forEach(axes::add);
            }
        }
    }

    private static void stft(ObjectNode json, Step.Stft step) {
        json.put("window", step.window())
                .put("hop", step.hop())
                .put("fft", step.fft())
                .put("taper", Step.spelled(step.taper()))
                .put("periodic", step.periodic())
                .put("power", step.power());
    }

    private static void mel(ObjectNode json, Step.LogMel step) {
        stft(json, step.stft());
        json.put("rate", step.rate())
                .put("mels", step.mels())
                .put("low", step.low())
                .put("high", step.high())
                .put("scale", Step.spelled(step.scale()))
                .put("area", step.area())
                .put("log", Step.spelled(step.log()))
                .put("floor", step.floor())
                .put("offset", step.offset());
    }

    private static void post(ObjectNode json, Step.Post step) {
        switch (step) {
            case Step.Softmax softmax -> json.put("axis", softmax.axis());
            case Step.Sigmoid _ -> {}
            case Step.ArgMax argMax -> text(json, "labels", argMax.labels());
            case Step.TopK topK -> {
                json.put("k", topK.k());
                text(json, "labels", topK.labels());
            }
            case Step.Threshold threshold -> {
                json.put("at", threshold.at());
                texts(json, "names", threshold.names());
                json.put("otherwise", threshold.otherwise());
            }
            case Step.Nms nms -> {
                text(json, "scores", nms.scores());
                text(json, "boxes", nms.boxes());
                json.put("format", Step.spelled(nms.format()))
                        .put("pixels", nms.pixels())
                        .put("score", nms.score())
                        .put("iou", nms.iou())
                        .put("background", nms.background())
                        .put("max", nms.max())
                        .put("candidates", nms.candidates());
                text(json, "labels", nms.labels());
            }
            case Step.Anomaly anomaly -> json.put("measure", Step.spelled(anomaly.measure()));
        }
    }

    private static ObjectNode map() {
        return JsonNodeFactory.instance.objectNode();
    }

    static void text(ObjectNode json, String key, @Nullable String value) {
        if (value != null) {
            json.put(key, value);
        }
    }

    private static void positive(ObjectNode json, String key, int value) {
        if (value > 0) {
            json.put(key, value);
        }
    }

    private static void positive(ObjectNode json, String key, double value) {
        if (value > 0) {
            json.put(key, value);
        }
    }

    static void texts(ObjectNode json, String key, List<String> values) {
        if (!values.isEmpty()) {
            ArrayNode list = json.putArray(key);
            values.forEach(list::add);
        }
    }

    private static void numbers(ObjectNode json, String key, List<Double> values) {
        ArrayNode list = json.putArray(key);
        values.forEach(list::add);
    }
}
