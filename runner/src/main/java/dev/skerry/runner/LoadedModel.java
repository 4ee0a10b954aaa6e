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
import dev.skerry.pipeline.SourceContext;
import dev.skerry.pipeline.SourceSpec;
import dev.skerry.pipeline.Sources;
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
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import tools.jackson.databind.node.ObjectNode;

/** The model of an unpacked bundle, opened by the runtime that the bundle chose, with its pipeline. */
final class LoadedModel implements AutoCloseable {
    private final RunPlan plan;
    private final Path bundle;
    private final BundleManifest manifest;
    private final BundleManifest.Golden golden;
    private final String file;
    private final PipelineSpec pipeline;
    private final Model fused;
    private final Session session;
    private final List<String> state;
    private final DecisionReader reader;
    private final Arena arena = Arena.ofShared();
    private final List<Binding> bindings = new ArrayList<>();
    private boolean retired;

    private LoadedModel(
            RunPlan plan,
            Path bundle,
            BundleManifest manifest,
            String file,
            BundleManifest.Golden golden,
            Model fused,
            Session session,
            List<String> state) {
        this.plan = plan;
        this.bundle = bundle;
        this.manifest = manifest;
        this.file = file;
        this.golden = golden;
        this.pipeline = pipeline(plan, manifest);
        this.fused = fused;
        this.session = session;
        this.state = state;
        this.reader = DecisionReader.of(fused, pipeline, bundle);
    }

    /**
     * Opens what lies in the plan's bundle folder.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code run.bundle} where it is no unpacked bundle, {@code run.runtime}
     *     where its runtime isn't installed, or what the runtime says of the model
     */
    static LoadedModel open(RunPlan plan) {
        return open(plan, plan.bundle());
    }

    /** The model of another bundle in the place of the plan's; with the source and the actions of the run. */
    static LoadedModel open(RunPlan plan, Path bundle) {
        BundleManifest manifest = manifest(bundle);
        return of(
                plan,
                bundle,
                manifest,
                manifest.model(),
                manifest.golden(),
                BundleModel.open(bundle, manifest),
                manifest.state());
    }

    /** What an unpacked bundle says of itself. */
    static BundleManifest manifest(Path bundle) {
        Path document = bundle.resolve(BundleManifest.FILE);
        try {
            return BundleManifest.parse(Files.readAllBytes(document), document.toString());
        } catch (IOException e) {
            throw Problem.usage("run.bundle", "no unpacked bundle in this folder")
                    .at(bundle.toString())
                    .because(BundleManifest.FILE + " can't be read: " + e.getMessage())
                    .toException();
        }
    }

    Path bundle() {
        return bundle;
    }

    /** The bundle's fallback model; none where it has none. */
    Optional<LoadedModel> fallback() {
        BundleManifest.FallbackModel second = manifest.fallback();
        return second == null
                ? Optional.empty()
                : Optional.of(of(
                        plan,
                        bundle,
                        manifest,
                        second.file(),
                        second.golden(),
                        BundleModel.open(bundle, manifest, second),
                        second.state()));
    }

    private static LoadedModel of(
            RunPlan plan,
            Path bundle,
            BundleManifest manifest,
            String file,
            BundleManifest.Golden golden,
            Session session,
            SortedMap<String, String> state) {
        boolean opened = false;
        try {
            var loaded = new LoadedModel(
                    plan,
                    bundle,
                    manifest,
                    file,
                    golden,
                    ModelFile.read(bundle.resolve(file)),
                    state.isEmpty() ? session : StatefulSession.of(session, state, manifest.dims()),
                    List.copyOf(state.values()));
            opened = true;
            return loaded;
        } finally {
            if (!opened) {
                session.close();
            }
        }
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
        return new GoldenCheck(session, golden.tolerance(), file).check(golden());
    }

    private GoldenVectors golden() {
        return GoldenVectors.read(bundle.resolve(golden.file()));
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
     * @param context for live sources
     * @throws dev.skerry.problem.ProblemException as the source says
     */
    Supply supply(SourceContext context) {
        return switch (source()) {
            case SourceSpec.Recorded _ -> RecordedSupply.of(this);
            case LiveSpec live -> LiveSupply.open(live, plan.base(), this, context);
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

    /** Inputs that the state goes to, in the order of its outputs. */
    List<String> state() {
        return state;
    }

    /** Ends the session; samples that were decoded for it stay until it is closed. */
    void retire() {
        if (!retired) {
            retired = true;
            bindings.forEach(Binding::close);
            session.close();
        }
    }

    @Override
    public void close() {
        retire();
        arena.close();
    }
}
