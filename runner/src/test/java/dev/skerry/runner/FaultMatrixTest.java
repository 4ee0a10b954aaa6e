package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.skerry.model.DataType;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.RingFile;
import dev.skerry.pipeline.RingWriter;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything that can go wrong with a model, its sensor and its machine, done to runs in processes of their own: each release still
 * gets one answer. With the system property {@code skerry.faults} the rows are added to that file.
 */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class FaultMatrixTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final double RATE_HZ = 50;
    private static final String MODEL = "model.onnx";
    private static final String ALL =
            "{\"label\": \"reject\", \"model\": \"tiny.onnx\", \"last-good\": \"100ms\", \"recover\": 3, \"restart\": \"1s\"}";
    private static final String NO_MODEL =
            "{\"safe\": \"stop\", \"last-good\": \"100ms\", \"weakly-hard\": {\"misses\": 8, \"of\": 40}}";

    @TempDir
    Path folder;

    private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();

    private final RunListener listener = new RunListener() {
        @Override
        public void progress(long cycle, long cycles, long missed, double lastMicros) {
            if (cycle > 5) {
                heard.add("runs");
            }
        }

        @Override
        public void transition(
                String model, long cycle, String from, String to, String reason, @Nullable String cause) {
            heard.add(from + " > " + to + ": " + reason);
        }

        @Override
        public void swapped(String model, String version, long cycle) {
            heard.add("swapped " + version);
        }

        @Override
        public void reset(String model, long cycle) {
            heard.add("reset");
        }

        @Override
        public void declined(Problem problem) {
            heard.add("declined " + problem.code());
        }
    };

    private RunPlan plan(Path bundle) {
        return RunPlan.of(bundle, bundle, RATE_HZ, 0, Duration.ofMillis(15), folder.resolve("report.json"))
                .withHeapMegabytes(64);
    }

    /** Waits until the run says something that begins so. A busy machine brings other changes of level in between. */
    private void await(String said) throws InterruptedException {
        long end = System.nanoTime() + 60_000_000_000L;
        var before = new ArrayList<String>();
        while (System.nanoTime() < end) {
            String one = heard.poll(1, TimeUnit.SECONDS);
            if (one != null && one.startsWith(said)) {
                return;
            }
            if (one != null && !one.equals("runs")) {
                before.add(one);
            }
        }
        throw new AssertionError("never heard '" + said + "', only " + before);
    }

    private static List<JsonNode> lines(Path bundle) throws IOException {
        return Files.readAllLines(bundle.resolve("decisions.jsonl")).stream()
                .map(JSON::readTree)
                .toList();
    }

    /** Every release has one answer, in order, whoever gave it. */
    private static void requireOneAnswerEach(List<JsonNode> lines, RunReport report) {
        assertThat(lines)
                .extracting(line -> line.path("cycle").asLong())
                .doesNotHaveDuplicates()
                .isSorted();
        assertThat((long) lines.size()).isEqualTo(report.cycles());
    }

    private static void row(RunReport report, String fault, String reason) throws IOException {
        row(
                report,
                fault,
                report.transitions().stream()
                        .filter(transition -> transition.reason().equals(reason))
                        .findFirst()
                        .orElseThrow());
    }

    private static void row(RunReport report, String fault, RunReport.Transition first) throws IOException {
        row(fault, reaction(report, first), first.to());
    }

    private static String reaction(RunReport report, RunReport.Transition to) {
        return millis(to.atMillis() - to.cycle() * 1000 / report.rateHz()) + " after its release";
    }

    static String millis(double millis) {
        return String.format(Locale.ROOT, "%.1f ms", millis);
    }

    private static String since(long beginNanos) {
        return millis((System.nanoTime() - beginNanos) / 1e6);
    }

    /** Of a fault that changes no level: what the run's answers took. */
    private static String none(RunReport report) {
        return "none; answers at most " + millis(report.latencyMicros().max() / 1e3) + " after their release";
    }

    static void row(String fault, String reaction, String state) throws IOException {
        String file = System.getProperty("skerry.faults");
        if (file != null) {
            Files.writeString(
                    Path.of(file),
                    "| " + fault + " | " + reaction + " | " + state + " |\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        }
    }

    @Test
    void aFallbackModelAnswersWhateverTheModelDoes() throws Exception {
        Path bundle = TestBundle.guarded(folder.resolve("v1"), "1", ALL, 6);
        Path second = TestBundle.guarded(folder.resolve("v2"), "2", ALL, 6);
        Path wrong = TestBundle.guarded(folder.resolve("wrong"), "3", ALL, 6.5f);
        Path broken = TestBundle.guarded(folder.resolve("broken"), "4", ALL, 6);
        Files.write(broken.resolve(MODEL), new byte[] {8, 7, 18, 3});
        RunReport report;
        String declined;
        try (RunnerProcess process =
                RunnerProcess.start(plan(bundle).withEvents(folder.resolve("events.jsonl")), listener)) {
            await("runs");
            for (String fault : List.of("late 40", "throw", "nan", "memory")) {
                FaultyRuntime.inject(bundle, MODEL, fault);
                await("nominal > fallback-model");
                FaultyRuntime.heal(bundle, MODEL);
                await("fallback-model > nominal: recovered");
            }
            process.swap(wrong);
            await("declined run.golden");
            long command = System.nanoTime();
            process.swap(broken);
            await("declined");
            declined = since(command);
            process.swap(second);
            await("swapped 2");
            FaultyRuntime.inject(second, MODEL, "hang");
            await("nominal > fallback-model");
            report = process.await();
        }
        assertThat(report.state()).isEqualTo(ExitState.HUNG);
        assertThat(report.hung()).get().extracting(Problem::code).isEqualTo("run.hung");
        assertThat(report.version()).isEqualTo("2");
        assertThat(report.levels().get("fallback-model")).isGreaterThan(40);
        assertThat(report.levels().values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(report.cycles());
        assertThat(report.causes()).containsKeys("failed inference", "hung inference");
        List<JsonNode> lines = lines(bundle);
        requireOneAnswerEach(lines, report);
        // the version changes once, and at one release
        assertThat(lines.stream().map(line -> line.path("version").asString()).distinct())
                .containsExactly("1", "2");
        assertThat(lines.stream().filter(line -> line.path("level").asString().equals("fallback-model")))
                .allSatisfy(line -> assertThat(
                                line.path("decision").path("values").path(0).asDouble())
                        .isEqualTo(2.0 * (line.path("cycle").asInt() % TestBundle.SAMPLES)));
        List<JsonNode> events = Files.readAllLines(folder.resolve("events.jsonl")).stream()
                .map(JSON::readTree)
                .toList();
        assertThat(events).hasSameSizeAs(report.transitions());
        assertThat(events)
                .allSatisfy(event -> assertThat(event.path("reason").asString()).isNotEmpty());
        row(report, "late", "late");
        row(report, "exception", "failed");
        row(report, "NaN output", "not a number");
        // the same reason as an exception has, and later
        row(
                report,
                "native memory refused",
                report.transitions().stream()
                        .filter(transition -> transition.reason().equals("failed"))
                        .toList()
                        .getLast());
        RunReport.Transition hung = report.transitions().getLast();
        row(
                "hang, restart: 1s",
                reaction(report, hung),
                String.format(
                        Locale.ROOT,
                        "%s; the runner ended %.1f s later with exit code 75",
                        hung.to(),
                        (report.cycles() - hung.cycle()) / RATE_HZ));
        row(
                "corrupt model.onnx at a swap",
                declined + " after the command",
                "nominal: refused, the version before stays");
    }

    @Test
    void withoutAFallbackModelTheLastGoodDecisionStandsInAndThenTheSafeStateUntilAReset() throws Exception {
        Path bundle = TestBundle.guarded(folder.resolve("v1"), "1", NO_MODEL, 6);
        RunPlan plan = plan(bundle)
                .withActions(JSON.readTree("[{\"json-lines\": \"decisions.jsonl\"}, {\"json-lines\": \"/dev/full\"}]"));
        try (RunnerProcess process = RunnerProcess.start(plan, listener)) {
            await("runs");
            process.reset();
            await("declined run.reset");
            FaultyRuntime.inject(bundle, MODEL, "throw");
            await("last-good > safe");
            FaultyRuntime.heal(bundle, MODEL);
            process.reset();
            await("reset");
            await("safe > nominal: reset");
            long begin = System.nanoTime();
            FaultyRuntime.inject(bundle, MODEL, "heap");

            var died = catchThrowableOfType(ProblemException.class, process::await);

            String reaction = since(begin);
            assertThat(died.problem().code()).isEqualTo("run.died");
            assertThat(died).hasMessageContaining("exit code 3");
            row(
                    "heap of the runner used up",
                    reaction + " until its parent knows",
                    "ended with exit code 3, and with run.died for its supervisor");
        }
    }

    @Test
    void aSafeStateHoldsAndAFullDiskChangesNothing() throws Exception {
        Path bundle = TestBundle.guarded(folder.resolve("v1"), "1", NO_MODEL, 6);
        RunPlan plan = plan(bundle)
                .withActions(JSON.readTree("[{\"json-lines\": \"decisions.jsonl\"}, {\"json-lines\": \"/dev/full\"}]"));
        RunReport report;
        try (RunnerProcess process = RunnerProcess.start(plan, listener)) {
            await("runs");
            FaultyRuntime.inject(bundle, MODEL, "nan");
            await("nominal > last-good");
            await("last-good > safe");
            FaultyRuntime.heal(bundle, MODEL);
            TimeUnit.MILLISECONDS.sleep(300);
            process.stop();
            report = process.await();
        }
        assertThat(report.level()).isEqualTo("safe");
        assertThat(report.weaklyHard()).isNotNull();
        assertThat(report.weaklyHard().of()).isEqualTo(40);
        assertThat(report.actionsLost()).isPositive();
        assertThat(report.actionProblems()).anyMatch(problem -> problem.contains("/dev/full"));
        List<JsonNode> lines = lines(bundle);
        requireOneAnswerEach(lines, report);
        assertThat(lines.getLast().path("decision").path("label").asString()).isEqualTo("stop");
        // what stands in is what was decided last
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).path("level").asString().equals("last-good")) {
                assertThat(lines.get(i).path("decision"))
                        .isEqualTo(lines.get(i - 1).path("decision"));
            }
        }
        RunReport.Transition safe = report.transitions().getLast();
        row(
                "no decision for longer than the last good one may be old",
                reaction(report, safe),
                safe.to() + ", until a reset");
        row("full disk", none(report), "unchanged: " + report.actionsLost() + " answers counted as lost");
    }

    @Test
    void aWallClockThatJumpsIsNotNoticed() throws Exception {
        SharedData.require(Files.isExecutable(Path.of("/usr/bin/cc")), "no C compiler to make the clock jump with");
        Path source = folder.resolve("jump.c");
        Files.writeString(source, """
                #define _GNU_SOURCE
                #include <dlfcn.h>
                #include <sys/time.h>
                #include <time.h>
                static int calls;
                static long step(void) { return __sync_add_and_fetch(&calls, 1) / 20 % 2 ? 86400 : -86400; }
                int clock_gettime(clockid_t id, struct timespec *t) {
                    static int (*real)(clockid_t, struct timespec *);
                    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
                    int result = real(id, t);
                    if (id == CLOCK_REALTIME) t->tv_sec += step();
                    return result;
                }
                int gettimeofday(struct timeval *t, void *zone) {
                    struct timespec now;
                    int result = clock_gettime(CLOCK_REALTIME, &now);
                    t->tv_sec = now.tv_sec;
                    t->tv_usec = now.tv_nsec / 1000;
                    return result;
                }
                """);
        Path library = folder.resolve("jump.so");
        assertThat(new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString(), "-ldl")
                        .inheritIO()
                        .start()
                        .waitFor())
                .isZero();
        Path bundle = TestBundle.guarded(folder.resolve("v1"), "1", ALL, 6);
        var plan = RunPlan.of(bundle, bundle, RATE_HZ, 60, Duration.ofMillis(15), folder.resolve("report.json"))
                .withHeapMegabytes(64);
        PlanFile.write(plan, folder.resolve("plan.json"));
        var builder = new ProcessBuilder(ChildCommand.of(
                folder.resolve("plan.json"),
                folder.resolve("safepoints.log"),
                64,
                System.getProperties(),
                Runner.class.getModule()));
        builder.environment().put("LD_PRELOAD", library.toString());
        assertThat(builder.redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor())
                .isZero();

        RunReport report = RunReport.read(folder.resolve("report.json"));

        assertThat(report.state()).isEqualTo(ExitState.COMPLETED);
        assertThat(report.cycles()).isEqualTo(60);
        assertThat(report.levels().get("nominal")).isGreaterThan(30);
        requireOneAnswerEach(lines(bundle), report);
        row("wall clock jumps by days", none(report), "nominal");
    }

    @Test
    void aSensorThatIsStuckOrSilentLeadsToTheSafeStateAndFreshSamplesAloneDoNotLeadOut() throws Exception {
        Path bundle = TestBundle.guarded(folder.resolve("v1"), "1", NO_MODEL, 6);
        var layout = new SampleLayout(List.of(new SampleLayout.Input("x", DataType.FLOAT, List.of(1L, 1L))));
        var marks = new AtomicInteger();
        var silent = new AtomicBoolean();
        var ended = new AtomicBoolean();
        RunReport report;
        try (RingFile ring = RingFile.write(bundle.resolve("x.ring"), layout, 64)) {
            Thread sensor = Thread.ofPlatform().daemon().start(() -> {
                RingWriter writer = ring.ring().writer();
                while (!ended.get()) {
                    if (!silent.get()) {
                        writer.input(0).set(ValueLayout.JAVA_FLOAT, 0, 3);
                        writer.publish(System.nanoTime(), marks.get());
                    }
                    LockSupport.parkNanos(5_000_000);
                }
            });
            RunPlan plan = plan(bundle)
                    .withSource(
                            new LiveSpec.Ring("x.ring", new LiveSpec.Freshness(LiveSpec.Take.LATEST, 0.3)).toJson());
            try (RunnerProcess process = RunnerProcess.start(plan, listener)) {
                await("runs");
                marks.set(SampleSink.STUCK);
                await("nominal > last-good: stuck sensor");
                await("last-good > safe");
                marks.set(0);
                process.reset();
                await("safe > nominal: reset");
                silent.set(true);
                await("nominal > last-good: stale sensor");
                await("last-good > safe");
                process.stop();
                report = process.await();
            } finally {
                ended.set(true);
                sensor.join();
            }
        }
        assertThat(report.causes()).containsKey("no sample");
        row(report, "stuck sensor", "stuck sensor");
        row(report, "stale sensor", "stale sensor");
    }

    @Test
    void aCorruptModelNeverStarts() throws Exception {
        for (String file : List.of(MODEL, "fallback.onnx")) {
            Path bundle = TestBundle.guarded(folder.resolve(file), "1", ALL, 6);
            Files.write(bundle.resolve(file), new byte[] {8, 7, 18, 3});

            long begin = System.nanoTime();
            try (RunnerProcess process = RunnerProcess.start(plan(bundle), listener)) {
                var refused = catchThrowableOfType(ProblemException.class, process::await);
                String reaction = since(begin);
                assertThat(refused.problem().kind()).isNotEqualTo(Problem.Kind.REMOTE);
                assertThat(refused).hasMessageContaining(file);
                row("corrupt " + file + " at the start", reaction + " after the start", "refused, nothing runs");
            }
        }
    }
}
