package dev.skerry.project;

import dev.skerry.bundle.Bundle;
import dev.skerry.bundle.BundleContent;
import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.BundleWriter;
import dev.skerry.bundle.Digest;
import dev.skerry.bundle.Egress;
import dev.skerry.bundle.FileContent;
import dev.skerry.bundle.SigningKey;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.OpenBatch;
import dev.skerry.pipeline.Step;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.CompiledLibrary;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.InstructionLevel;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.TfliteRuntime;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Puts the chosen model, its pipeline and its golden vectors into a signed bundle. */
final class Packing {
    private static final String MODEL = "model.onnx";
    private static final String GOLDEN = "golden.npz";
    private static final String TFLITE = "model.tflite";
    static final String TFLITE_RUNTIME = "tflite";

    private Packing() {}

    /** @param elsewhere what was measured on machines of other classes */
    static PackedBundle pack(
            Workbench bench,
            Choice choice,
            List<BundleManifest.Measured> elsewhere,
            Path keyFile,
            Path out,
            LongSupplier nanoTime) {
        ProjectConfig config = bench.config();
        Model core = ModelFile.read(choice.core());
        Model fused = bench.fuse(core);
        byte[] content = ModelFile.bytes(fused);
        List<CompiledLibrary> compiled = compiled(bench, choice, fused, content);
        List<BundleManifest.Measured> measured = measured(choice, elsewhere);
        var runtime = new BundleManifest.RuntimeChoice(
                choice.runtime(), choice.provider(), choice.threads(), choice.precision(), List.of(), measured);
        boolean isTflite = choice.runtime().equals(TFLITE_RUNTIME);
        byte[] tflite = runtime.uses(TFLITE_RUNTIME) ? ModelFile.tfliteBytes(fused, sizes(bench, fused)) : new byte[0];
        GoldenMaker.Golden golden = compiled.isEmpty()
                ? golden(bench, core, fused, choice.threads(), isTflite ? tflite : null)
                : golden(bench, core, content, compiled);

        var files = new TreeMap<String, FileContent>();
        var roles = new TreeMap<String, String>();
        files.put(MODEL, FileContent.of(content));
        roles.put(MODEL, BundleManifest.MODEL);
        var libraries = new ArrayList<BundleManifest.Library>();
        for (CompiledLibrary library : compiled) {
            String name = "model-" + library.level().label() + ".so";
            files.put(name, FileContent.of(library.file()));
            roles.put(name, BundleManifest.LIBRARY);
            libraries.add(new BundleManifest.Library(name, library.level().label(), new Digest(library.digest())));
        }
        if (tflite.length > 0) {
            files.put(TFLITE, FileContent.of(tflite));
            roles.put(TFLITE, BundleManifest.TFLITE);
        }
        files.put(GOLDEN, FileContent.of(golden.vectors().toBytes()));
        roles.put(GOLDEN, BundleManifest.GOLDEN);
        for (String name : bench.pipeline().files()) {
            files.put(name, FileContent.of(config.folder().root().resolve(name)));
            roles.put(name, name.equals(bench.pipeline().labels()) ? BundleManifest.LABELS : BundleManifest.DATA);
        }
        FallbackPacking.Ready fallback =
                new FallbackPacking(bench, nanoTime).pack(fused).orElse(null);
        if (fallback != null) {
            files.put(FallbackPacking.FILE, fallback.content());
            roles.put(FallbackPacking.FILE, BundleManifest.FALLBACK);
            files.put(FallbackPacking.GOLDEN, fallback.golden());
            roles.put(FallbackPacking.GOLDEN, BundleManifest.GOLDEN);
        }
        Budget budget = config.budget();
        var manifest = new BundleManifest(
                config.name(),
                config.version(),
                new BundleManifest.Lineage(fileDigest(config.model()), choice.calibration(), commands(config, choice)),
                new BundleManifest.Budgets(
                        budget.rateHertz(),
                        budget.latencyNanos() / 1000,
                        budget.percentile(),
                        budget.memoryBytes().orElse(0),
                        budget.limits().maxDropPercent()),
                bench.pipeline().toJson(),
                bench.frame().toJson(),
                new TreeMap<>(config.stateOutputToInput()),
                new TreeMap<>(config.dims()),
                egress(config.egress()),
                roles,
                new BundleManifest.Golden(GOLDEN, golden.tolerance()),
                new BundleManifest.RuntimeChoice(
                        choice.runtime(), choice.provider(), choice.threads(), choice.precision(), libraries, measured),
                fallback == null ? null : fallback.entry());
        SigningKey key = SigningKey.loadOrCreate(keyFile);
        Bundle bundle = BundleWriter.write(new BundleContent(manifest, files), key, out);
        long bytes = bundle.files().values().stream().mapToLong(Long::longValue).sum();
        return new PackedBundle(
                out,
                bundle.digest(),
                key.signer(),
                keyFile,
                bytes,
                golden.vectors().cases().size(),
                golden.tolerance(),
                fallback == null ? null : fallback.micros());
    }

    /** Why a model wouldn't come out as it is meant by TensorFlow Lite; empty where it would. */
    static Optional<Problem> refusal(Workbench bench, Model core) {
        try {
            Model fused = bench.fuse(core);
            golden(bench, core, fused, 1, ModelFile.tfliteBytes(fused, sizes(bench, fused)));
            return Optional.empty();
        } catch (ProblemException refused) {
            return Optional.of(refused.problem());
        }
    }

    private static Map<String, Long> sizes(Workbench bench, Model fused) {
        return OpenBatch.asOne(fused.graph(), bench.config().dims());
    }

    /** Those of this machine and of others, one for each class; what was measured here counts. */
    private static List<BundleManifest.Measured> measured(Choice choice, List<BundleManifest.Measured> elsewhere) {
        var all = new ArrayList<BundleManifest.Measured>();
        if (choice.measured() != null) {
            all.add(choice.measured());
        }
        for (BundleManifest.Measured other : elsewhere) {
            if (all.stream()
                    .noneMatch(known -> known.arch().equals(other.arch())
                            && known.features().equals(other.features()))) {
                all.add(other);
            }
        }
        return all;
    }

    /** @param tflite the model for TensorFlow Lite, where that is to run it */
    private static GoldenMaker.Golden golden(
            Workbench bench, Model core, Model fused, int threads, byte @Nullable [] tflite) {
        SessionOptions options = SessionOptions.DEFAULT.withThreads(threads);
        Session meant = bench.open("fused-chosen", fused, options.withOptimization(SessionOptions.Optimization.NONE));
        Session actual = tflite == null
                ? bench.open("fused-chosen", fused, options)
                : bench.keep(new TfliteRuntime().open(tflite, TFLITE, options));
        boolean detections = bench.pipeline().post().stream().anyMatch(Step.Nms.class::isInstance);
        Map<String, String> state = bench.config().stateOutputToInput();
        if (state.isEmpty()) {
            return GoldenMaker.make(bench.frames(), meant, actual, core, detections);
        }
        Map<String, Long> dims = bench.config().dims();
        return GoldenMaker.make(
                bench.frames(),
                new FreshState(StatefulSession.of(meant, state, dims)),
                new FreshState(StatefulSession.of(actual, state, dims)),
                core,
                detections);
    }

    /** The model as code for all machines that it is for, the chosen one first; empty where another runtime was chosen. */
    private static List<CompiledLibrary> compiled(Workbench bench, Choice choice, Model fused, byte[] content) {
        if (!choice.runtime().equals(CompiledRuntime.NAME)) {
            return List.of();
        }
        InstructionLevel level = InstructionLevel.of(choice.provider()).orElseThrow();
        return HostCompiler.of(bench.config(), bench.work(), DeviceProbe.probe())
                .all(
                        content,
                        MODEL,
                        OpenBatch.asOne(fused.graph(), bench.config().dims()),
                        level);
    }

    /** What the code means is what it gives with the instructions that all machines of its kind have. */
    private static GoldenMaker.Golden golden(
            Workbench bench, Model core, byte[] content, List<CompiledLibrary> compiled) {
        Device device = DeviceProbe.probe();
        List<CompiledLibrary> here = compiled.stream()
                .filter(library -> library.level().runsOn(device))
                .toList();
        boolean detections = bench.pipeline().post().stream().anyMatch(Step.Nms.class::isInstance);
        Map<String, Long> dims = bench.config().dims();
        SessionOptions options = SessionOptions.DEFAULT.withDims(dims);
        Map<String, String> state = bench.config().stateOutputToInput();
        try (Session meant = CompiledRuntime.of(here.reversed(), device).open(content, MODEL, options);
                Session actual = CompiledRuntime.of(here, device).open(content, MODEL, options)) {
            return state.isEmpty()
                    ? GoldenMaker.make(bench.frames(), meant, actual, core, detections)
                    : GoldenMaker.make(
                            bench.frames(),
                            new FreshState(StatefulSession.of(meant, state, dims)),
                            new FreshState(StatefulSession.of(actual, state, dims)),
                            core,
                            detections);
        }
    }

    private static List<String> commands(ProjectConfig config, Choice choice) {
        var commands = new ArrayList<String>();
        commands.add("compress " + config.model().getFileName() + ": " + choice.variant());
        commands.add("select: " + choice.runtime() + " " + choice.provider() + ", " + choice.precision() + ", threads "
                + choice.threads());
        commands.add("pack " + config.name() + " " + config.version());
        return commands;
    }

    private static SortedSet<Egress> egress(String policy) {
        return switch (policy) {
            case "nothing" -> new TreeSet<>();
            case "decisions" -> new TreeSet<>(List.of(Egress.METRICS, Egress.DECISIONS));
            default -> new TreeSet<>(List.of(Egress.METRICS));
        };
    }

    static Digest fileDigest(Path file) {
        var digest = SampleDigest.sha256();
        try (var stream = Files.newInputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        } catch (IOException e) {
            throw Problem.usage("project.unreadable", "a file of the project can't be read")
                    .at(file.toString())
                    .because(e.getMessage())
                    .toException();
        }
        return new Digest("sha256:" + java.util.HexFormat.of().formatHex(digest.digest()));
    }
}
