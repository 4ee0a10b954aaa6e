package dev.skerry.cli;

import dev.skerry.assess.Bench;
import dev.skerry.assess.BenchPlan;
import dev.skerry.assess.BenchSubject;
import dev.skerry.assess.SampleLibrary;
import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Digest;
import dev.skerry.bundle.GoldenVectors;
import dev.skerry.bundle.TrustedKeys;
import dev.skerry.bundle.Verification;
import dev.skerry.compress.CompressionRequest;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SourceSpec;
import dev.skerry.pipeline.Sources;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.project.PresentRuntimes;
import dev.skerry.project.ProjectConfig;
import dev.skerry.project.ProjectFile;
import dev.skerry.project.Workbench;
import dev.skerry.runner.BundleModel;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to be measured, found out from a model, a project or a bundle.
 *
 * @param bench a project's, or a model's with samples; null elsewhere
 * @param runtimes that it is measured on
 * @param latencyBound what was promised of it; empty where nothing was
 * @param threads that were chosen for it; 0 where nothing was
 */
record BenchTarget(
        BenchSubject subject,
        List<RuntimeProvider> runtimes,
        Samples samples,
        @Nullable Workbench bench,
        Optional<Duration> latencyBound,
        int threads)
        implements AutoCloseable {
    private static final long SAMPLE_BYTES = 1L << 30;

    /** Samples and what a person calls them. */
    record Samples(String origin, long total, Iterable<Sample> source) {}

    /** What the command line says of a target. */
    record Request(
            Path path,
            @Nullable Path samples,
            Map<String, String> states,
            Map<String, Long> dims,
            Path base,
            TrustedKeysOf keys,
            Path work,
            Path cache) {}

    /** Asked for a bundle only. */
    interface TrustedKeysOf {
        TrustedKeys get();
    }

    static BenchTarget of(Request request) {
        Path path = request.path;
        if (Files.isRegularFile(path.resolve("skerry.yaml")) || path.toString().endsWith(".yaml")) {
            return project(request);
        }
        boolean isBundle = Files.isDirectory(path) || path.toString().endsWith(".tar");
        return isBundle ? bundle(request) : model(request);
    }

    SampleLibrary load(BenchPlan plan, LongSupplier nanoTime) {
        return Bench.load(samples.origin, samples.total, samples.source, plan, SAMPLE_BYTES, nanoTime);
    }

    @Override
    public void close() {
        if (bench != null) {
            bench.close();
        }
    }

    private static BenchTarget model(Request request) {
        Path file = request.path;
        Model model = ModelFile.read(file);
        var subject = new BenchSubject(
                String.valueOf(file.getFileName()),
                file,
                model,
                digest(file),
                precision(model),
                false,
                request.states,
                request.dims,
                null);
        List<RuntimeProvider> runtimes = PresentRuntimes.of(request.work, DeviceProbe.probe());
        if (request.samples == null) {
            List<Sample> noise = Bench.noise(subject);
            return new BenchTarget(
                    subject, runtimes, new Samples("noise", noise.size(), noise), null, Optional.empty(), 0);
        }
        var none = new ProjectConfig.CompressionChoice(
                CompressionRequest.Method.NONE,
                "auto",
                1,
                false,
                List.of(),
                Optional.empty(),
                new Int8Options().layout());
        ProjectConfig config = ProjectConfig.ofModel(
                file,
                null,
                request.samples,
                ProjectConfig.Target.THIS_MACHINE,
                none,
                new BudgetOptions().limits(),
                request.states,
                request.dims);
        Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime());
        SampleSource source = bench.evaluation();
        return new BenchTarget(
                subject,
                runtimes,
                new Samples(String.valueOf(request.samples.getFileName()), source.size(), source),
                bench,
                Optional.empty(),
                0);
    }

    /** The model with its pre and post steps, on its own frames. */
    private static BenchTarget project(Request request) {
        if (request.samples != null || !request.states.isEmpty() || !request.dims.isEmpty()) {
            throw Problem.usage("usage", "--samples, --state and --dim are for a model, and this is a project")
                    .at(request.path.toString())
                    .because("the project's skerry.yaml says them")
                    .attempt("skerry.yaml, or the model's file in the place of the project")
                    .toException();
        }
        ProjectConfig config = ProjectFile.read(request.path);
        Workbench bench = Workbench.open(config, InstalledRuntime.onnxRuntime());
        boolean made = false;
        try {
            Path fused = request.work.resolve("fused.onnx");
            Model graph = bench.fuse(bench.model());
            ModelFile.write(graph, fused);
            SampleSource frames = bench.frames();
            var subject = new BenchSubject(
                    config.name(),
                    fused,
                    graph,
                    digest(fused),
                    precision(bench.model()),
                    true,
                    config.stateOutputToInput(),
                    config.dims(),
                    reader(graph, bench.pipeline(), config.folder().root()));
            var target = new BenchTarget(
                    subject,
                    PresentRuntimes.of(request.work, DeviceProbe.probe()),
                    new Samples("the project's frames", frames.size(), frames),
                    bench,
                    Optional.of(Duration.ofNanos(config.budget().latencyNanos())),
                    0);
            made = true;
            return target;
        } finally {
            if (!made) {
                bench.close();
            }
        }
    }

    private static BenchTarget bundle(Request request) {
        Targets.requireBundle(request.path, "bench");
        switch (Bundle.verify(request.path, request.keys.get())) {
            case Verification.Verified _ -> {}
            case Verification.Refused refused -> throw refused.problem().toException();
        }
        Bundle bundle = Bundle.open(request.path);
        BundleManifest manifest = bundle.manifest();
        Path folder = bundle.unpack(request.cache.resolve("bundles"));
        Path file = folder.resolve(manifest.model());
        Model model = ModelFile.read(file);
        PipelineSpec pipeline = PipelineSpec.parse(manifest.pipeline());
        var subject = new BenchSubject(
                manifest.name() + " " + manifest.version(),
                file,
                model,
                digest(file),
                manifest.runtime().precision(),
                true,
                manifest.state(),
                manifest.dims(),
                reader(model, pipeline, folder));
        long bound = manifest.budgets().latencyMicros();
        return new BenchTarget(
                subject,
                List.of(BundleModel.runtime(
                        folder, manifest.runtime(), manifest.runtime().runtime())),
                samples(request, folder, manifest, pipeline, model),
                null,
                bound > 0 ? Optional.of(Duration.ofNanos(bound * 1000)) : Optional.empty(),
                manifest.runtime().threads());
    }

    /** The frames of its source where they lie here, else the golden vectors that every bundle has. */
    private static Samples samples(
            Request request, Path folder, BundleManifest manifest, PipelineSpec pipeline, Model model) {
        SourceSpec source = pipeline.source();
        if (source != null) {
            try {
                SampleSource frames = Sources.open(source, request.base, model);
                return new Samples("the bundle's frames", frames.size(), frames);
            } catch (ProblemException elsewhere) {
                // a bundle is often measured where its source isn't
            }
        }
        var cases = new ArrayList<Sample>();
        for (GoldenVectors.Case golden :
                GoldenVectors.read(folder.resolve(manifest.golden().file())).cases()) {
            cases.add(new Sample("golden " + cases.size(), golden.inputs(), OptionalInt.empty(), false));
        }
        return new Samples("the bundle's golden vectors", cases.size(), cases);
    }

    /** Null where the outputs are no numbers: then nothing is decided from them, and inferences can be timed all the same. */
    private static @Nullable DecisionReader reader(Model fused, PipelineSpec pipeline, Path folder) {
        try {
            return DecisionReader.of(fused, pipeline, folder);
        } catch (ProblemException undecided) {
            return null;
        }
    }

    private static String digest(Path file) {
        try (var in = Files.newInputStream(file)) {
            return Digest.of(in).text();
        } catch (IOException gone) {
            throw Problem.usage("model.unreadable", "the model can't be read")
                    .at(file.toString())
                    .because(String.valueOf(gone.getMessage()))
                    .toException();
        }
    }

    /** What most of its arithmetic is done in, by its operators and the types of its weights. */
    static String precision(Model model) {
        List<Node> nodes = model.graph().nodes();
        if (nodes.stream().anyMatch(node -> node.op().equals("MatMulNBits"))) {
            return "int4";
        }
        if (nodes.stream()
                .anyMatch(node -> node.op().contains("QuantizeLinear")
                        || node.op().startsWith("QLinear")
                        || node.op().endsWith("Integer"))) {
            return "int8";
        }
        long half = bytes(model, DataType.FLOAT16);
        long twice = bytes(model, DataType.DOUBLE);
        long single = bytes(model, DataType.FLOAT);
        return half > single && half >= twice ? "float16" : twice > single ? "float64" : "float32";
    }

    private static long bytes(Model model, DataType type) {
        return model.graph().initializers().values().stream()
                .filter(weight -> weight.type() == type)
                .mapToLong(weight -> weight.byteSize())
                .sum();
    }
}
