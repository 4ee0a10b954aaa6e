package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens declared sources. */
public final class Sources {
    private Sources() {}

    /**
     * Samples a second of a WAV file, or of the first one of a folder.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.source} where there is none that can be read
     */
    public static int soundRate(Path samples) {
        return WavSource.rate(samples);
    }

    /**
     * The samples of a source, with raw frames as {@link FrameFormat#INPUT}, or the model's inputs for recorded tensors.
     *
     * @param base folder that paths are relative to
     * @param model the model before or after fusion; recorded tensors are matched with its inputs
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.source}, naming file and line; iterating throws it as well
     */
    public static SampleSource open(SourceSpec spec, Path base, Model model) {
        return open(PipelineSpec.EMPTY.withSource(spec), base, model);
    }

    /** The declared source; class names come from the post steps' labels file where the source has no names of its own. */
    public static SampleSource open(PipelineSpec spec, Path base, Model model) {
        return open(spec, base, base, model);
    }

    /**
     * The same where the files that steps need ({@link PipelineSpec#files}) lie in another folder.
     *
     * @param files that folder
     */
    public static SampleSource open(PipelineSpec spec, Path base, Path files, Model model) {
        if (spec.source() == null) {
            throw Problem.usage("pipeline.source", "no source is declared")
                    .at("pipeline.source")
                    .attempt("source: {images: FOLDER}")
                    .toException();
        }
        String labels = spec.labels();
        return open(spec, spec.source(), base, files, model, labels == null ? null : files.resolve(labels));
    }

    private static SampleSource open(
            PipelineSpec pipeline, SourceSpec spec, Path base, Path files, Model model, @Nullable Path labels) {
        requireText(pipeline, spec);
        return switch (spec) {
            case SourceSpec.Images images -> ImageSource.open(images, base, names(images.names(), base, labels));
            case SourceSpec.Raw raw -> RawSource.open(raw, base, names(raw.names(), base, labels));
            case SourceSpec.Tensors tensors -> TensorSource.open(tensors, base, model);
            case SourceSpec.Wav wav -> WavSource.open(wav, base, names(wav.names(), base, labels));
            case SourceSpec.Csv csv -> CsvSource.open(csv, base, names(csv.names(), base, labels));
            case SourceSpec.Video video -> VideoSource.open(video, base, names(video.names(), base, labels));
            case SourceSpec.Text text -> {
                Step.Tokenize step = tokenize(pipeline);
                yield TextSource.open(
                        text,
                        base,
                        names(text.names(), base, labels),
                        Tokenizer.open(step, files),
                        TokenInputs.of(model, step));
            }
            case SourceSpec.Bytes bytes -> BytesSource.open(bytes, base, names(bytes.names(), base, labels));
            // what is replayed as if it were live is recorded all the same
            case LiveSpec.Replay(SourceSpec.Video video, boolean _, LiveSpec.Freshness _) ->
                VideoSource.open(video, base, names(video.names(), base, labels));
            case LiveSpec live ->
                throw Problem.usage("pipeline.source", "recorded samples are needed here, and the source is live")
                        .at("pipeline.source." + live.word())
                        .attempt("samples.evaluation in skerry.yaml: recorded samples in the same format")
                        .toException();
        };
    }

    private static @Nullable Path names(@Nullable String own, Path base, @Nullable Path labels) {
        return own == null ? labels : base.resolve(own);
    }

    /** What the frames of a source are; reads no more than headers. Images of several sizes give height and width 0. */
    public static FrameFormat frame(SourceSpec spec, Path base, Model model) {
        return switch (spec) {
            case SourceSpec.Images images -> ImageSource.frame(images, base);
            case SourceSpec.Raw raw -> new FrameFormat.Image(raw.height(), raw.width(), raw.channels());
            case SourceSpec.Tensors _ -> new FrameFormat.ModelInputs();
            case SourceSpec.Wav wav ->
                new FrameFormat.Signal(
                        DataType.FLOAT, List.of((long) WavSource.frameSamples(wav, base) + wav.context()));
            case SourceSpec.Csv csv ->
                new FrameFormat.Signal(
                        DataType.FLOAT, List.of((long) csv.window(), (long) CsvSource.columns(csv, base)));
            case SourceSpec.Video video -> VideoSource.frame(video, base);
            case SourceSpec.Text _ -> new FrameFormat.ModelInputs();
            case SourceSpec.Bytes bytes ->
                new FrameFormat.Signal(DataType.INT32, List.of((long) bytes.first() + bytes.last()));
            case LiveSpec.Ring ring -> ringFrame(base.resolve(ring.path()));
            case RtspSpec rtsp -> rtsp.frame();
            case NetworkSpec.Telemetry rows ->
                new FrameFormat.Signal(DataType.FLOAT, List.of((long) rows.window(), (long) rows.columns()));
            case LiveSpec.Local local -> LiveSources.frame(local, base);
        };
    }

    /** What the program that writes a ring says of it in the ring's header. */
    private static FrameFormat ringFrame(Path file) {
        try (RingFile ring = RingFile.read(file)) {
            List<SampleLayout.Input> inputs = ring.ring().layout().inputs();
            SampleLayout.Input input = inputs.getFirst();
            if (inputs.size() > 1 || !input.name().equals(FrameFormat.INPUT)) {
                return new FrameFormat.ModelInputs();
            }
            return input.type() == DataType.UINT8 && input.dims().size() == 3
                    ? new FrameFormat.Image(
                            Math.toIntExact(input.dims().get(0)),
                            Math.toIntExact(input.dims().get(1)),
                            Math.toIntExact(input.dims().get(2)))
                    : new FrameFormat.Signal(input.type(), input.dims());
        }
    }

    private static Step.Tokenize tokenize(PipelineSpec pipeline) {
        Step.Tokenize step = pipeline.tokenize();
        if (step == null) {
            throw Problem.usage("pipeline.source", "text goes into no model as it is")
                    .at("pipeline.source.text")
                    .attempt("pre: [{tokenize: {tokenizer: tokenizer.json, maxLength: 128}}]")
                    .toException();
        }
        return step;
    }

    /** A tokenizer is of use for text only, and before all else. */
    private static void requireText(PipelineSpec pipeline, SourceSpec spec) {
        Step.Tokenize step = pipeline.tokenize();
        if (step != null
                && (!(spec instanceof SourceSpec.Text)
                        || !pipeline.pre().getFirst().equals(step))) {
            throw Problem.usage("pipeline.source", "the step 'tokenize' is the first after a source of text")
                    .at("pipeline.pre")
                    .because("the source is '" + spec.word() + "'")
                    .toException();
        }
    }
}
