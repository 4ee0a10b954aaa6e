package dev.skerry.bench;

import ai.onnxruntime.OrtException;
import dev.skerry.measure.AlternatingTimer;
import dev.skerry.measure.RatioEstimate;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs {@link StepBenchmark} in alternation, a fresh JVM each, and prints the ratio of runner to bare call, round by round. */
public final class StepTable {
    private static final int ROUNDS = 5;

    private StepTable() {}

    /** Time and heap of one operation. */
    private record Cost(double nanos, double bytes) {}

    /** The number of rounds may be given. */
    public static void main(String[] arguments) throws RunnerException, IOException, OrtException {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : ROUNDS;
        var ratios = new ArrayList<Double>();
        System.out.printf(
                "%5s %12s %12s %8s %14s %14s%n", "round", "bare ns", "runner ns", "ratio", "bare B/op", "runner B/op");
        for (int round = 1; round <= rounds; round++) {
            boolean bareFirst = round % 2 == 1;
            Cost first = measure(bareFirst ? "bare" : "runner");
            Cost second = measure(bareFirst ? "runner" : "bare");
            Cost bare = bareFirst ? first : second;
            Cost runner = bareFirst ? second : first;
            ratios.add(runner.nanos / bare.nanos);
            System.out.printf(
                    "%5d %12.0f %12.0f %8.3f %14.0f %14.0f%n",
                    round, bare.nanos, runner.nanos, runner.nanos / bare.nanos, bare.bytes, runner.bytes);
        }
        List<Double> sorted = new ArrayList<>(ratios);
        Collections.sort(sorted);
        System.out.printf(
                "ratio of runner to bare: median %.3f, from %.3f to %.3f, n = %d%n",
                sorted.get(sorted.size() / 2), sorted.getFirst(), sorted.getLast(), rounds);
        alternate();
    }

    /** Both in one process in short blocks by turns, so that what else the machine does meets both alike. */
    private static void alternate() throws IOException, OrtException {
        var step = new StepBenchmark();
        step.open();
        var comparison = new AlternatingTimer(System::nanoTime)
                .compare(List.of(step::bareUnchecked, step::runner), Duration.ofSeconds(20), 20);
        RatioEstimate ratio = comparison.ratios().get(1);
        System.out.printf(
                "in turns in one process: ratio %.3f, 95 %% interval %.3f to %.3f, n = %d%n",
                ratio.ratio(), ratio.interval95().low(), ratio.interval95().high(), ratio.rounds());
        step.close();
    }

    /** The median call. */
    @SuppressWarnings("rawtypes") // JMH's own
    private static Cost measure(String name) throws RunnerException {
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(StepBenchmark.class.getSimpleName() + "\\." + name + "$")
                        .forks(1)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.milliseconds(700))
                        .measurementIterations(12)
                        .measurementTime(TimeValue.milliseconds(250))
                        .jvmArgsAppend(
                                "-XX:+UseSerialGC",
                                "-Xms256m",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow")
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        RunResult result = results.iterator().next();
        return new Cost(
                result.getPrimaryResult().getStatistics().getPercentile(50),
                result.getSecondaryResults().entrySet().stream()
                        .filter(entry -> entry.getKey().contains("gc.alloc.rate.norm"))
                        .mapToDouble(entry -> entry.getValue().getScore())
                        .findFirst()
                        .orElse(Double.NaN));
    }
}
