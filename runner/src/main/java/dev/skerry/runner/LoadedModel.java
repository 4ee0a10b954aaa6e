package dev.skerry.runner;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.GoldenVectors;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SourceSpec;
import dev.skerry.pipeline.Sources;
import dev.skerry.pipeline.Surroundings;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.Session;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/** The model of an unpacked bundle, opened by the runtime that the bundle chose, with its pipeline. */
final class LoadedModel implements AutoCloseable {
    private final RunPlan plan;
    private final BundleManifest manifest;
    private final PipelineSpec pipeline;
    private final Model fused;
    private final Session session;
    private final DecisionReader reader;
    private final Arena arena = Arena.ofShared();
    private final List<Binding> bindings = new ArrayList<>();

    private LoadedModel(RunPlan plan, BundleManifest manifest, PipelineSpec pipeline, Model fused, Session session) {
        this.plan = plan;
        this.manifest = manifest;
        this.pipeline = pipeline;
        this.fused = fused;
        this.session = session;
        this.reader = DecisionReader.of(fused, pipeline, plan.bundle());
    }

    /**
     * Opens what lies in the plan's bundle folder.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code run.bundle} where it is no unpacked bundle, {@code run.runtime}
     *     where its runtime isn't installed, or what the runtime says of the model
     */
    static LoadedModel open(RunPlan plan) {
        Path file = plan.bundle().resolve(BundleManifest.FILE);
        BundleManifest manifest;
        try {
            manifest = BundleManifest.parse(Files.readAllBytes(file), file.toString());
        } catch (IOException e) {
            throw Problem.usage("run.bundle", "no unpacked bundle in this folder")
                    .at(plan.bundle().toString())
                    .because(BundleManifest.FILE + " can't be read: " + e.getMessage())
                    .toException();
        }
        PipelineSpec pipeline = pipeline(plan, manifest);
        Path model = plan.bundle().resolve(manifest.model());
        Session session = BundleModel.open(plan.bundle(), manifest);
        return new LoadedModel(
                plan,
                manifest,
                pipeline,
                ModelFile.read(model),
                manifest.state().isEmpty() ? session : StatefulSession.of(session, manifest.state(), manifest.dims()));
    }

    private static PipelineSpec pipeline(RunPlan plan, BundleManifest manifest) {
        var json = (ObjectNode) manifest.pipeline().deepCopy();
        if (plan.source() != null) {
            json.set("source", plan.source());
        }
        if (plan.actions() != null) {
            json.set("actions", plan.actions());
        }
        return PipelineSpec.parse(json);
    }

    RunReport.Golden checkGolden() {
        return BundleModel.checkGolden(session, plan.bundle(), manifest);
    }

    private GoldenVectors golden() {
        return GoldenVectors.read(plan.bundle().resolve(manifest.golden().file()));
    }

    /** The inputs of the golden vectors, in memory that lives as long as this. */
    HeldSamples goldenSamples() {
        List<Sample> samples = golden().cases().stream()
                .map(one -> new Sample("golden", one.inputs(), OptionalInt.empty(), false))
                .toList();
        return HeldSamples.load(
                new SampleSource() {
                    @Override
                    public long size() {
                        return samples.size();
                    }

                    @Override
                    public Iterator<Sample> iterator() {
                        return samples.iterator();
                    }
                },
                arena,
                plan.preloadBytes());
    }

    /**
     * What a run of it is fed with.
     *
     * @param surroundings for live sources
     * @throws dev.skerry.problem.ProblemException as the source says
     */
    Supply supply(Surroundings surroundings) {
        return switch (source()) {
            case SourceSpec.Recorded _ -> RecordedSupply.of(this);
            case LiveSpec live -> LiveSupply.open(live, plan.base(), this, surroundings);
        };
    }

    /** Decodes samples into memory that lives as long as this. */
    HeldSamples samples() {
        return HeldSamples.load(
                Sources.open(pipeline.withSource(source()), plan.base(), plan.bundle(), fused),
                arena,
                plan.preloadBytes());
    }

    private SourceSpec source() {
        SourceSpec source = pipeline.source();
        if (source == null) {
            throw Problem.usage("run.source", "neither the bundle nor the plan names a source of samples")
                    .attempt("a source in the pipeline")
                    .toException();
        }
        return source;
    }

    /** One binding for each shape of samples; closed with this. */
    List<Binding> bind(List<Map<String, long[]>> shapes) {
        shapes.forEach(shape -> bindings.add(session.bind(shape)));
        return bindings;
    }

    /** What a sample brings, without state. */
    List<ValueInfo> inputs() {
        return session.inputs();
    }

    BundleManifest manifest() {
        return manifest;
    }

    PipelineSpec pipeline() {
        return pipeline;
    }

    DecisionReader reader() {
        return reader;
    }

    @Override
    public void close() {
        bindings.forEach(Binding::close);
        session.close();
        arena.close();
    }
}
