package dev.skerry.project;

import dev.skerry.model.Model;
import dev.skerry.model.ModelCheck;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.FrameFormat;
import dev.skerry.pipeline.Fusion;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SourceSpec;
import dev.skerry.pipeline.Sources;
import dev.skerry.pipeline.SpreadSamples;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A project on the bench: its model read and checked, its frames known, its samples ready to be gone through. */
public final class Workbench implements AutoCloseable {
    private final ProjectConfig config;
    private final RuntimeProvider runtime;
    private final Model model;
    private final boolean settled;
    private final PipelineSpec pipeline;
    private final FrameFormat frame;
    private final List<Session> sessions = new ArrayList<>();

    private Workbench(
            ProjectConfig config,
            RuntimeProvider runtime,
            Model model,
            boolean settled,
            PipelineSpec pipeline,
            FrameFormat frame) {
        this.config = config;
        this.runtime = runtime;
        this.model = model;
        this.settled = settled;
        this.pipeline = pipeline;
        this.frame = frame;
    }

    /**
     * Reads the model and looks at the headers of the source.
     *
     * @throws dev.skerry.problem.ProblemException where the model, the source or a step is not what it should be
     */
    public static Workbench open(ProjectConfig config, RuntimeProvider runtime) {
        Model file = ModelFile.read(config.model());
        ModelCheck.check(file);
        Model model = Fusion.settle(file, config.pipeline(), config.dims());
        SourceSpec source = config.pipeline().source() != null
                ? config.pipeline().source()
                : source(config, config.evaluation() != null ? config.evaluation() : config.calibration());
        PipelineSpec pipeline = config.pipeline().withSource(source);
        FrameFormat frame = Sources.frame(source, config.folder().root(), model);
        return new Workbench(config, runtime, model, !model.equals(file), pipeline, frame);
    }

    public ProjectConfig config() {
        return config;
    }

    public RuntimeProvider runtime() {
        return runtime;
    }

    /** The trained model as it was read, without branches that are never taken. */
    public Model model() {
        return model;
    }

    /** Whether constants of the pipeline rule out branches of the trained model. */
    public boolean isSettled() {
        return settled;
    }

    /** The pipeline with its source filled in. */
    public PipelineSpec pipeline() {
        return pipeline;
    }

    public FrameFormat frame() {
        return frame;
    }

    /** The raw frames of the pipeline's source. */
    public SampleSource frames() {
        return Sources.open(recorded(), config.folder().root(), model);
    }

    /** The pipeline with recorded samples in the place of a live source. */
    private PipelineSpec recorded() {
        if (!(pipeline.source() instanceof LiveSpec live)) {
            return pipeline;
        }
        JsonNode samples = config.evaluation() != null ? config.evaluation() : config.calibration();
        if (samples == null && live instanceof LiveSpec.Replay replay) {
            return pipeline.withSource(replay.video());
        }
        SourceSpec source = source(config, samples);
        FrameFormat own = Sources.frame(source, config.folder().root(), model);
        if (!own.equals(frame)) {
            throw Problem.usage("project.samples", "the recorded samples are not what the live source gives")
                    .at("samples in skerry.yaml")
                    .because("pipeline.source." + live.word() + " gives " + frame.toJson() + ", the samples are "
                            + own.toJson())
                    .attempt("the same columns, window and rate in both")
                    .toException();
        }
        return pipeline.withSource(source);
    }

    /** Labelled model inputs to judge accuracy on. */
    public SampleSource evaluation() {
        return prepared(config.evaluation());
    }

    /** Model inputs to take ranges from; null where the project names none of its own. */
    public @Nullable SampleSource calibration() {
        return config.calibration() == null
                ? null
                : SpreadSamples.of(
                        prepared(config.calibration()), config.compression().samples());
    }

    /** Pre steps, {@code core} in the place of the model, and post steps as one graph. */
    public Model fuse(Model core) {
        return Fusion.fuse(core, pipeline, frame, config.dims());
    }

    /** A session on {@code core}, which is written into the project's work folder under {@code name} first. */
    public Session open(String name, Model core, SessionOptions options) {
        Path file = work().resolve(name + ".onnx");
        ModelFile.write(core, file);
        Session session = runtime.open(file, options);
        sessions.add(session);
        return session;
    }

    /** A session to be closed with this. */
    Session keep(Session session) {
        sessions.add(session);
        return session;
    }

    /** The folder for what is made on the way; created where it isn't there. */
    public Path work() {
        try {
            return Files.createDirectories(config.folder().work());
        } catch (IOException e) {
            throw Problem.environment("project.work", "the project's work folder can't be made")
                    .at(config.folder().work().toString())
                    .because(String.valueOf(e.getMessage()))
                    .attempt("a project in a folder that you may write to")
                    .toException();
        }
    }

    @Override
    public void close() {
        sessions.forEach(Session::close);
        sessions.clear();
    }

    private SampleSource prepared(@Nullable JsonNode samples) {
        SourceSpec source = samples == null ? recorded().source() : source(config, samples);
        if (source == null) {
            throw new IllegalStateException("an opened project has a source");
        }
        SampleSource raw =
                Sources.open(pipeline.withSource(source), config.folder().root(), model);
        if (frame instanceof FrameFormat.ModelInputs && pipeline.isPrepared()) {
            Map<String, Tensor> constants = Fusion.constants(model, pipeline, config.dims());
            return constants.isEmpty() ? raw : PreparedSamples.with(constants, raw);
        }
        FrameFormat own = Sources.frame(source, config.folder().root(), model);
        Model steps = Fusion.pre(model, pipeline, own, config.dims());
        return PreparedSamples.by(open("pre", steps, SessionOptions.DEFAULT), raw);
    }

    /** A source given as a path takes over what the pipeline's source says beside its path. */
    private static SourceSpec source(ProjectConfig config, @Nullable JsonNode samples) {
        if (samples == null) {
            throw Problem.usage("project.samples", "the project has no samples")
                    .at("skerry.yaml")
                    .attempt("pipeline.source, or samples.evaluation")
                    .toException();
        }
        JsonNode declared = samples;
        if (samples.isString()) {
            String path = samples.stringValue();
            String word = SampleKind.of(config.folder().root().resolve(path)).word();
            var source = JsonNodeFactory.instance.objectNode();
            JsonNode template = config.pipeline().toJson().path("source");
            if (template.has(word)) {
                template.properties().forEach(entry -> source.set(entry.getKey(), entry.getValue()));
                source.remove("labels");
            } else if (config.pipeline().source() instanceof LiveSpec live) {
                live.recordedAs(word).properties().forEach(entry -> source.set(entry.getKey(), entry.getValue()));
            }
            declared = source.put(word, path);
        }
        SourceSpec parsed = PipelineSpec.parse(
                        JsonNodeFactory.instance.objectNode().set("source", declared))
                .source();
        if (parsed == null) {
            throw new IllegalStateException("a source was given");
        }
        return parsed;
    }
}
