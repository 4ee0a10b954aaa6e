package dev.skerry.runner;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.GoldenVectors;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.CompiledLibrary;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.InstructionLevel;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.StatefulSession;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.util.List;

/** The model of an unpacked bundle, as the runtime that the bundle chose sees it. */
public final class BundleModel {
    private BundleModel() {}

    /**
     * Opens the fused model: raw samples in, decisions out; state, where there is some, stays among its inputs and outputs.
     *
     * @param folder that the bundle was unpacked to
     * @throws dev.skerry.problem.ProblemException with code {@code run.runtime} where its runtime isn't installed, or what the
     *     runtime says of the model
     */
    public static Session open(Path folder, BundleManifest manifest) {
        return open(folder, manifest, Chosen.of(folder, manifest.runtime(), DeviceProbe.probe()));
    }

    /**
     * Opens the model that answers where the other one is late.
     *
     * @throws dev.skerry.problem.ProblemException as {@link #open(Path, BundleManifest)}
     */
    static Session open(Path folder, BundleManifest manifest, BundleManifest.FallbackModel second) {
        return runtime(folder, second.runtime(), second.runtime().runtime())
                .open(
                        folder.resolve(second.file()),
                        SessionOptions.DEFAULT
                                .withThreads(second.runtime().threads())
                                .withDims(manifest.dims()));
    }

    private static Session open(Path folder, BundleManifest manifest, Chosen chosen) {
        return runtime(folder, manifest.runtime(), chosen.runtime())
                .open(
                        chosen.file(folder, manifest),
                        SessionOptions.DEFAULT.withThreads(chosen.threads()).withDims(manifest.dims()));
    }

    /**
     * Holds an open model to the golden vectors of its bundle; state begins at zero for each.
     *
     * @throws dev.skerry.problem.ProblemException a gate with code {@code run.golden}
     */
    public static RunReport.Golden checkGolden(Session session, Path folder, BundleManifest manifest) {
        BundleManifest.Golden golden = manifest.golden();
        GoldenVectors vectors = GoldenVectors.read(folder.resolve(golden.file()));
        Session stateful = manifest.state().isEmpty() || session instanceof StatefulSession
                ? session
                : StatefulSession.of(session, manifest.state(), manifest.dims());
        return new GoldenCheck(stateful, golden.tolerance(), manifest.model()).check(vectors);
    }

    /**
     * The runtime of a name, with what the bundle brings for it.
     *
     * @param bundle folder that the bundle was unpacked to
     * @throws dev.skerry.problem.ProblemException with code {@code run.runtime} where it isn't installed
     */
    public static RuntimeProvider runtime(Path bundle, BundleManifest.RuntimeChoice choice, String wanted) {
        if (wanted.equals(CompiledRuntime.NAME)) {
            return CompiledRuntime.of(
                    choice.libraries().stream()
                            .flatMap(library -> InstructionLevel.of(library.level()).stream()
                                    .map(level -> new CompiledLibrary(
                                            bundle.resolve(library.file()),
                                            library.digest().text(),
                                            level)))
                            .toList(),
                    DeviceProbe.probe());
        }
        List<RuntimeProvider> installed = Runtimes.all();
        return installed.stream()
                .filter(runtime -> runtime.name().equals(wanted))
                .findFirst()
                .orElseThrow(() -> Problem.environment("run.runtime", "the runtime " + wanted + " isn't installed")
                        .because("installed are "
                                + installed.stream().map(RuntimeProvider::name).toList())
                        .toException());
    }
}
