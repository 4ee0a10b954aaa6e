package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The runner neither has nor needs a network. */
class NoNetworkTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    private RunPlan plan(Path bundle, String report) {
        return RunPlan.of(bundle, bundle, 40, 40, Duration.ofMillis(25), folder.resolve(report))
                .withHeapMegabytes(64);
    }

    /** Decisions by cycle, to the last byte; those of fallbacks are not the model's. */
    private static Map<Integer, String> decisions(Path bundle) throws IOException {
        var decisions = new TreeMap<Integer, String>();
        for (String line : Files.readAllLines(bundle.resolve("decisions.jsonl"))) {
            JsonNode json = JSON.readTree(line);
            if (!json.path("fallback").asBoolean()) {
                decisions.put(json.path("cycle").asInt(), line);
            }
        }
        return decisions;
    }

    @Test
    void decisionsAreTheSameToTheByteWhereThereIsNoInterface() throws IOException, InterruptedException {
        List<String> isolation = isolation();
        SharedData.require(!isolation.isEmpty(), "no permission for a network namespace (unshare -n)");
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));
        RunReport with;
        try (RunnerProcess process = RunnerProcess.start(plan(bundle, "with.json"), RunListener.NONE)) {
            with = process.await();
        }
        Map<Integer, String> decisionsWith = decisions(bundle);

        PlanFile.write(plan(bundle, "without.json"), folder.resolve("plan.json"));
        var command = new ArrayList<>(isolation);
        command.addAll(ChildCommand.of(
                folder.resolve("plan.json"),
                folder.resolve("safepoints.log"),
                64,
                System.getProperties(),
                Runner.class.getModule()));
        Process alone = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(alone.waitFor()).isZero();
        RunReport without = RunReport.read(folder.resolve("without.json"));
        Map<Integer, String> decisionsWithout = decisions(bundle);

        // a busy machine may have missed some in either run; what the model decided in both must be the same
        decisionsWith.keySet().retainAll(decisionsWithout.keySet());
        decisionsWithout.keySet().retainAll(decisionsWith.keySet());
        assertThat(decisionsWith).hasSizeGreaterThan(10).isEqualTo(decisionsWithout);
        if (with.missed() == 0 && without.missed() == 0) {
            assertThat(without.decisionsDigest()).isEqualTo(with.decisionsDigest());
        }
    }

    /** A prefix that runs a command without any interface; empty where that isn't permitted. */
    private static List<String> isolation() throws InterruptedException {
        for (List<String> prefix : List.of(List.of("unshare", "-n"), List.of("unshare", "-r", "-n"))) {
            var trial = new ArrayList<>(prefix);
            trial.add("true");
            try {
                if (new ProcessBuilder(trial).start().waitFor() == 0) {
                    return prefix;
                }
            } catch (IOException _) {
                return List.of();
            }
        }
        return List.of();
    }

    @Test
    void aRunningRunnerHoldsNoSocket() throws IOException, InterruptedException {
        SharedData.require(Files.isDirectory(Path.of("/proc/self/fd")), "no /proc");
        Path bundle = TestBundle.doubling(folder.resolve("bundle"));
        var running = new CountDownLatch(1);
        var listener = new RunListener() {
            @Override
            public void progress(long cycle, long cycles, long missed, double lastMicros) {
                if (cycle > 5) {
                    running.countDown();
                }
            }
        };
        try (RunnerProcess process = RunnerProcess.start(plan(bundle, "report.json"), listener)) {
            assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
            var open = new ArrayList<String>();
            try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
                for (Path file : files.toList()) {
                    if (Files.isSymbolicLink(file)) {
                        open.add(Files.readSymbolicLink(file).toString());
                    }
                }
            }
            assertThat(open).isNotEmpty().noneMatch(name -> name.startsWith("socket:"));
            process.await();
        }
    }

    @Test
    void noClassOfTheRunnerNamesOneOfTheNetwork() throws IOException {
        Path classes = Path.of(URI_OF_CLASSES.substring("file:".length()));
        try (Stream<Path> files = Files.walk(classes)) {
            List<Path> all =
                    files.filter(file -> file.toString().endsWith(".class")).toList();
            assertThat(all).hasSizeGreaterThan(20);
            assertThat(all)
                    .allSatisfy(file -> assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .doesNotContain("java/net/")
                            .doesNotContain("java/nio/channels/"));
        }
    }

    private static final String URI_OF_CLASSES =
            Runner.class.getProtectionDomain().getCodeSource().getLocation().toString();
}
