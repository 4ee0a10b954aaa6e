package dev.skerry.bench;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.problem.Problem;
import dev.skerry.runner.Rehearsal;
import dev.skerry.runner.RunListener;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import dev.skerry.runner.RunnerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The deadline loop beside neighbours: a generated convolution model that takes about 1.3 ms here, an allocating JVM and a program that
 * only computes, with and without SCHED_FIFO, at several rates. What is printed is what the run's own reports say.
 */
public final class LoopTable {
    private static final double MODEL_MILLIS = 1.3;
    private static final int SIDE = 96;
    private static final int MISSES_SHOWN = 5;

    private LoopTable() {}

    /** A row of the table. */
    private record Row(String name, double rateHz, RunPlan.Realtime realtime, boolean busy, boolean swaps) {}

    /**
     * Seconds of each row, and how the wanted ones begin, such as {@code neighbours 120}; or then {@code outage}, for the one row of a
     * run whose network is cut from outside; or instead {@code neighbour}, for what a neighbour does.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length > 0 && arguments[0].equals("neighbour")) {
            allocate();
        }
        int seconds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
        Path folder = Files.createTempDirectory("skerry-loop");
        Path bundle = calibrated(folder);
        heading();
        if (arguments.length > 1 && arguments[1].equals("outage")) {
            Thread.ofPlatform().daemon().start(() -> cutNetwork(seconds));
            print(new Row("network cut half way", 120, RunPlan.Realtime.ALL, false, false), bundle, bundle, seconds);
            return;
        }
        Path second = Files.createDirectories(folder.resolve("second"));
        for (String name : List.of("model.onnx", "golden.npz", "samples.npz")) {
            Files.copy(bundle.resolve(name), second.resolve(name));
        }
        Files.writeString(
                second.resolve(BundleManifest.FILE),
                Files.readString(bundle.resolve(BundleManifest.FILE))
                        .replace("\"version\":\"1\"", "\"version\":\"2\""));
        for (Row row : List.of(
                new Row("alone", 120, RunPlan.Realtime.ALL, false, false),
                new Row("neighbours", 120, RunPlan.Realtime.ALL, true, false),
                new Row("neighbours", 60, RunPlan.Realtime.ALL, true, false),
                new Row("neighbours", 30, RunPlan.Realtime.ALL, true, false),
                new Row("neighbours", 10, RunPlan.Realtime.ALL, true, false),
                new Row("a swap a second", 120, RunPlan.Realtime.ALL, false, true),
                new Row("alone", 120, RunPlan.Realtime.NONE, false, false),
                new Row("neighbours", 120, RunPlan.Realtime.NONE, true, false))) {
            if (arguments.length < 2
                    || "%s %.0f".formatted(row.name, row.rateHz).startsWith(arguments[1])) {
                print(row, bundle, second, seconds);
            }
        }
    }

    /** The narrowest model that takes as long as wanted, found by doubling and halving. */
    private static Path calibrated(Path folder) throws IOException {
        int low = 2;
        int high = 4;
        while (millis(folder, high) < MODEL_MILLIS && high < 512) {
            low = high;
            high *= 2;
        }
        while (high - low > 2) {
            int middle = (low + high) / 2;
            if (millis(folder, middle) < MODEL_MILLIS) {
                low = middle;
            } else {
                high = middle;
            }
        }
        Path bundle = write(folder, high);
        System.out.printf(
                Locale.ROOT,
                "model: %d channels in its first layer, %.2f ms at best without waiting in between%n%n",
                high,
                millis(folder, high));
        return bundle;
    }

    private static Path write(Path folder, int width) throws IOException {
        Path bundle = Files.createDirectories(folder.resolve("width-" + width));
        if (!Files.exists(bundle.resolve(BundleManifest.FILE))) {
            new BenchBundle(SIDE, width).write(bundle);
        }
        return bundle;
    }

    private static double millis(Path folder, int width) throws IOException {
        Path bundle = write(folder, width);
        try (Rehearsal rehearsal = Rehearsal.open(plan(bundle, 120, 1, folder))) {
            rehearsal.run(200);
            rehearsal.settle();
            rehearsal.run(300);
            return rehearsal.latency().minNanos() / 1e6;
        }
    }

    private static RunPlan plan(Path bundle, double rateHz, long cycles, Path folder) {
        long period = Math.round(1e9 / rateHz);
        return RunPlan.of(
                bundle,
                bundle,
                rateHz,
                cycles,
                Duration.ofNanos(Math.min(period, 8_300_000)),
                folder.resolve("report.json"));
    }

    private static void heading() {
        System.out.printf(
                "%-22s %5s %-10s %7s %8s %8s %8s %8s %7s %6s %6s  %s%n",
                "",
                "Hz",
                "scheduling",
                "n",
                "p50 ms",
                "p99",
                "p99.9",
                "max",
                "missed",
                "late",
                "B/cyc",
                "causes of misses");
    }

    private static void print(Row row, Path bundle, Path second, int seconds) throws IOException, InterruptedException {
        var neighbours = new ArrayList<Process>();
        if (row.busy) {
            neighbours.add(java("neighbour"));
            neighbours.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
        }
        var swaps = new AtomicLong();
        var served = new AtomicLong();
        try {
            RunPlan plan = plan(bundle, row.rateHz, Math.round(row.rateHz * seconds), bundle)
                    .withRealtime(row.realtime);
            try (RunnerProcess process = RunnerProcess.start(plan, new RunListener() {
                @Override
                public void progress(long done, long cycles, long missed, double lastMicros) {
                    served.set(done);
                }

                @Override
                public void swapped(String model, String version, long cycle) {
                    swaps.incrementAndGet();
                }

                @Override
                public void declined(Problem problem) {
                    System.err.println(problem);
                }
            })) {
                if (row.swaps) {
                    Thread.ofPlatform().daemon().start(() -> swapEachSecond(process, plan, served, bundle, second));
                }
                RunReport report = process.await();
                String name = row.name + (row.swaps ? " (" + swaps + ")" : "");
                var latency = report.latencyMicros();
                System.out.printf(
                        Locale.ROOT,
                        "%-22s %5.0f %-10s %7d %8.2f %8.2f %8.2f %8.2f %7d %6d %6.0f  %s%n",
                        name,
                        row.rateHz,
                        report.scheduling().fifo() ? "FIFO" : "ordinary",
                        latency.samples(),
                        latency.p50() / 1e3,
                        latency.p99() / 1e3,
                        latency.p999() / 1e3,
                        latency.max() / 1e3,
                        report.missed(),
                        report.fallbacksLate() + report.late(),
                        report.bytesPerCycle(),
                        report.causes());
                report.misses().stream().limit(MISSES_SHOWN).forEach(miss -> System.out.println("    " + miss));
            }
        } finally {
            neighbours.forEach(Process::destroyForcibly);
        }
    }

    /** In a network namespace of its own, where {@code cut0} is the only link. Starting the run takes some 3 s. */
    private static void cutNetwork(int seconds) {
        try {
            TimeUnit.SECONDS.sleep(3 + seconds / 2);
            int code = new ProcessBuilder("ip", "link", "delete", "cut0")
                    .inheritIO()
                    .start()
                    .waitFor();
            System.err.println(code == 0 ? "the link is gone" : "the link can't be cut: ip ended with " + code);
        } catch (IOException e) {
            System.err.println("the link can't be cut: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** While the run goes on; not in its last two seconds, in which it may be over before a swap is. */
    private static void swapEachSecond(
            RunnerProcess process, RunPlan plan, AtomicLong served, Path first, Path second) {
        long last = plan.cycles() - Math.round(2 * plan.rateHz());
        try {
            for (int i = 0; served.get() < last; ) {
                TimeUnit.SECONDS.sleep(1);
                if (served.get() > 0 && served.get() < last) {
                    process.swap(i++ % 2 == 0 ? second : first);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Process java(String what) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LoopTable.class.getName(),
                        what)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Some hundred megabytes a second, of which a part lives for a while, until its parent has gone. */
    private static void allocate() {
        var held = new byte[64][];
        long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(-1L);
        for (int i = 0; ; i++) {
            held[i % held.length] = new byte[1 << 20];
            if (i % 1000 == 0 && ProcessHandle.of(parent).isEmpty()) {
                return;
            }
        }
    }
}
