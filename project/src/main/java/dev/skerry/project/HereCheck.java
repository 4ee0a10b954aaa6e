package dev.skerry.project;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.GoldenVectors;
import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.Progress;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.runner.Chosen;
import dev.skerry.runtime.CompiledLibrary;
import dev.skerry.runtime.CompiledRuntime;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.DeviceClass;
import dev.skerry.runtime.DeviceProbe;
import dev.skerry.runtime.InstructionLevel;
import dev.skerry.runtime.MemoryMeter;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.Selection;
import dev.skerry.runtime.SelectionReport;
import dev.skerry.runtime.SelectionRow;
import dev.skerry.runtime.Tolerance;
import dev.skerry.runtime.spi.RuntimeProvider;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Checks on a device what was chosen elsewhere: every runtime that is here and that the bundle can feed is held to the golden vectors and
 * measured for a short while.
 */
public final class HereCheck {
    /** What has to be gained before the choice of the bundle is left. */
    private static final double WORTH = 0.95;

    private HereCheck() {}

    /**
     * What came out.
     *
     * @param before what would have run the model
     * @param after what runs it from now on
     * @param known whether something was measured on machines of this class before
     * @param here what was measured, to be packed
     */
    public record Outcome(
            SelectionReport report, Chosen before, Chosen after, boolean known, BundleManifest.Measured here) {
        /** In a line, for people. */
        public String note() {
            String device = here.arch() + (here.features().isEmpty() ? "" : " " + String.join(" ", here.features()));
            String first = known
                    ? "the bundle was measured on machines of this class"
                    : "the bundle was never measured on " + device;
            boolean same = before.runtime().equals(after.runtime()) && before.threads() == after.threads();
            return first
                    + (same
                            ? ", and " + text(after) + " is the best here"
                            : ", and here " + text(after) + " is faster than " + text(before));
        }

        private static String text(Chosen chosen) {
            return chosen.runtime() + " with " + chosen.threads() + (chosen.threads() == 1 ? " thread" : " threads");
        }
    }

    /**
     * Measures a bundle that was verified and unpacked, and keeps what is the best for the runner.
     *
     * @throws dev.skerry.problem.ProblemException {@code verify.here} where no runtime reproduces the golden vectors
     */
    public static Outcome run(
            Path unpacked, BundleManifest manifest, Duration budget, LongSupplier nanoTime, Progress progress) {
        Device device = DeviceProbe.probe();
        DeviceClass here = DeviceClass.of(device);
        Chosen before = Chosen.of(unpacked, manifest.runtime(), device);
        SelectionReport report = measure(unpacked, manifest, device, budget, nanoTime, progress);
        List<SelectionRow> working = report.rows().stream()
                .filter(row -> row.status() == SelectionRow.Status.OK)
                .toList();
        if (working.isEmpty()) {
            throw Problem.gate("verify.here", "no runtime reproduces the golden vectors on this device")
                    .at(device.cpu())
                    .because(String.valueOf(report.rows().getFirst().reason()))
                    .attempt("packing the project for machines of this kind")
                    .toException();
        }
        SelectionRow best = working.getFirst();
        SelectionRow chosen = working.stream()
                .filter(row -> row.runtime().equals(before.runtime()) && row.threads() == before.threads())
                .filter(row -> time(best) >= WORTH * time(row))
                .findFirst()
                .orElse(best);
        var after = new Chosen(chosen.runtime(), chosen.threads(), "measured on this machine");
        var timings = new ArrayList<BundleManifest.Timing>();
        timings.add(timing(chosen));
        working.stream()
                .filter(row -> !row.equals(chosen))
                .map(HereCheck::timing)
                .forEach(timings::add);
        try {
            after.keep(unpacked, device);
        } catch (IOException readOnly) {
            // a device whose disk takes nothing measures again at its next start
        }
        return new Outcome(
                report,
                before,
                after,
                manifest.runtime().measured(here.arch(), here.features()).isPresent(),
                new BundleManifest.Measured(here.arch(), here.features(), device.cores(), timings));
    }

    private static SelectionReport measure(
            Path unpacked,
            BundleManifest manifest,
            Device device,
            Duration budget,
            LongSupplier nanoTime,
            Progress progress) {
        GoldenVectors golden =
                GoldenVectors.read(unpacked.resolve(manifest.golden().file()));
        List<Map<String, Tensor>> inputs =
                golden.cases().stream().map(GoldenVectors.Case::inputs).toList();
        var request = new Selection.Request(
                List.of(new Selection.Variant(
                        manifest.runtime().precision(),
                        unpacked.resolve(manifest.model()),
                        new Tolerance(manifest.golden().tolerance(), 0))),
                device.cores() > 1 ? List.of(1, 2) : List.of(1),
                manifest.state(),
                manifest.dims(),
                alike(inputs),
                golden.cases().stream()
                        .map(GoldenVectors.Case::outputs)
                        .toList()
                        .subList(0, alike(inputs).size()),
                budget);
        var runtimes = new ArrayList<RuntimeProvider>(Runtimes.all().stream()
                .filter(runtime -> !runtime.name().equals(CompiledRuntime.NAME))
                .toList());
        List<CompiledLibrary> libraries = manifest.runtime().libraries().stream()
                .flatMap(library -> InstructionLevel.of(library.level()).stream()
                        .map(level -> new CompiledLibrary(
                                unpacked.resolve(library.file()),
                                library.digest().text(),
                                level)))
                .filter(library -> library.level().runsOn(device))
                .toList();
        if (!libraries.isEmpty()) {
            runtimes.add(CompiledRuntime.of(libraries, device));
        }
        return new Selection(runtimes, nanoTime).measure(request, MemoryMeter.NONE, progress);
    }

    /** The first ones, as long as their sizes are the same. */
    private static List<Map<String, Tensor>> alike(List<Map<String, Tensor>> inputs) {
        Map<String, Tensor> first = inputs.getFirst();
        return inputs.stream()
                .takeWhile(each -> each.entrySet().stream()
                        .allMatch(input -> first.get(input.getKey()) != null
                                && first.get(input.getKey())
                                        .shape()
                                        .equals(input.getValue().shape())))
                .toList();
    }

    private static double time(SelectionRow row) {
        return row.ratio() == null ? Double.MAX_VALUE : row.ratio().ratio();
    }

    static BundleManifest.Timing timing(SelectionRow row) {
        LatencySummary latency = row.latency();
        return new BundleManifest.Timing(
                row.runtime(),
                row.provider() == null ? "cpu" : row.provider(),
                row.threads(),
                latency == null ? 0 : latency.p50Nanos(),
                latency == null ? 0 : latency.p99Nanos(),
                latency == null ? 0 : latency.samples());
    }
}
