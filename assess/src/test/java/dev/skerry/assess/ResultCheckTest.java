package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.LoadVerdict;
import dev.skerry.measure.Progress;
import dev.skerry.measure.Scenario;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Results as they were measured are valid; whatever is changed in them afterwards is found. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ResultCheckTest {
    @TempDir
    Path folder;

    private ObjectNode document = JsonMapper.shared().createObjectNode();

    @BeforeEach
    void measure() {
        document = document(Scenario.values());
    }

    private static ObjectNode document(Scenario... scenarios) {
        var rows = new java.util.ArrayList<BenchRow.Measured>();
        for (Scenario scenario : scenarios) {
            var random = new SplittableRandom(7);
            var system = new FakeSystem(1) {
                @Override
                long takes(int query) {
                    return random.nextLong(200_000, 900_000);
                }
            };
            LoadSettings settings =
                    LoadGeneratorTest.settings(scenario, 1000, 700, scenario == Scenario.OFFLINE ? 2000 : 700);
            LoadRun run = system.generator().run(settings, system, Progress.NONE);
            rows.add(new BenchRow.Measured(
                    new BenchRow.Subject("m.onnx", "sha256:0", "fake", "1", null, "float32", 1, 1, 1),
                    run,
                    run.verdict(),
                    List.of(),
                    Optional.empty(),
                    new EnergyUse.NotMeasured("a test"),
                    List.of(),
                    0));
        }
        var sample = new Sample("s", Map.of("x", Tensor.ofFloats("x", new long[] {1}, 1f)), OptionalInt.empty(), false);
        try (var samples = SampleLibrary.load("test", 1, List.of(sample), new int[] {0}, System::nanoTime)) {
            return ResultFile.document("test", new Device("x86_64", "cpu", 2, 1, new TreeSet<>()), samples, rows);
        }
    }

    private ResultCheck check() throws IOException {
        Path file = folder.resolve("result.json");
        Files.writeString(file, JsonMapper.shared().writeValueAsString(document));
        return ResultCheck.of(file);
    }

    private ObjectNode run(int index) {
        return (ObjectNode) document.path("runs").get(index);
    }

    /** As somebody would who knows the format. */
    private void sign() {
        document.put("digest", ResultFile.digest(document));
    }

    @Test
    void whatWasMeasuredIsValid() throws IOException {
        ResultCheck check = check();
        assertThat(check.damage()).isEmpty();
        assertThat(check.runs()).hasSize(4).allSatisfy(run -> {
            assertThat(run.contradictions()).isEmpty();
            assertThat(run.reasons()).isEmpty();
            assertThat(run.valid()).isTrue();
            assertThat(run.official()).isFalse();
        });
        assertThat(check.valid()).isTrue();
    }

    @Test
    void blanksMakeNoDifference() throws IOException {
        Path file = folder.resolve("result.json");
        Files.writeString(file, document.toPrettyString());
        assertThat(ResultCheck.of(file).valid()).isTrue();
    }

    @Test
    void aChangedFigureIsFound() throws IOException {
        ((ObjectNode) run(0).path("verdict")).put("figure", 1.0);
        assertThat(check().damage()).containsExactly("its digest is not that of its content");
        sign();
        ResultCheck check = check();
        assertThat(check.damage()).isEmpty();
        assertThat(check.runs().getFirst().contradictions())
                .containsExactly("its figures are not those of its latencies");
        assertThat(check.valid()).isFalse();
    }

    @Test
    void otherSeedsAreFound() throws IOException {
        for (int i = 0; i < 4; i++) {
            ((ObjectNode) run(i).path("settings")).put("sampleIndexSeed", "1").put("librarySeed", "1");
            restate(i);
        }
        sign();
        assertThat(check().runs())
                .allSatisfy(run -> assertThat(run.contradictions())
                        .containsExactly("its samples are not those that its seeds ask for"));
    }

    @Test
    void anOtherScheduleIsFound() throws IOException {
        ((ObjectNode) run(2).path("settings")).put("scheduleSeed", "1");
        sign();
        assertThat(check().runs().get(2).contradictions()).contains("its last query doesn't arrive when its seeds say");
    }

    /** A quarter of the latencies, with a verdict that fits them. */
    @Test
    void fasterLatenciesLeaveAHoleInTheRun() throws IOException {
        for (int i = 0; i < 4; i++) {
            retime(i, latencies -> {
                for (int j = 0; j < latencies.length; j++) {
                    latencies[j] /= 4;
                }
            });
        }
        sign();
        List<ResultCheck.Run> runs = check().runs();
        assertThat(runs.get(0).contradictions())
                .containsExactly(
                        "there is more time between its queries than any takes to come",
                        "its end is not that of its last query");
        assertThat(runs.get(1).contradictions()).hasSize(2);
        assertThat(runs.get(2).contradictions()).containsExactly("its end is not that of its last answer");
        assertThat(runs.get(3).contradictions()).containsExactly("its end is not that of its last answer");
    }

    @Test
    void slowerLatenciesDontFitInto() throws IOException {
        retime(0, latencies -> latencies[3] += 10_000_000_000L);
        sign();
        assertThat(check().runs().getFirst().contradictions())
                .containsExactly("its latencies together are longer than the run was");
    }

    @Test
    void aShorterRunClaimsNoLongerTime() throws IOException {
        ((ObjectNode) run(0).path("settings")).put("minDurationNanos", 600_000_000_000L);
        restate(0);
        sign();
        ResultCheck.Run run = check().runs().getFirst();
        assertThat(run.contradictions()).isEmpty();
        assertThat(run.valid()).isFalse();
        assertThat(run.reasons()).containsExactly("it lasted 1.00 s of at least 600");
    }

    @Test
    void aPartIsNotValid() throws IOException {
        run(0).put("partial", "interrupted");
        sign();
        assertThat(check().runs().getFirst().reasons()).containsExactly("it was ended early");
    }

    @Test
    void negativeLatenciesAreNoTime() throws IOException {
        ((ObjectNode) run(0).path("times")).put("count", 1);
        run(0).set("latencies", pieces(-5));
        sign();
        assertThat(check().runs().getFirst().contradictions()).containsExactly("a latency is negative");
    }

    @Test
    void whatIsNoResultIsAProblem() throws IOException {
        assertRefused(object -> object.put("schema", "skerry.other/1"));
        assertRefused(object -> run(0).remove("settings"));
        assertRefused(object -> ((ObjectNode) run(0).path("settings")).put("scenario", "Nothing"));
        assertRefused(object -> ((ObjectNode) run(0).path("settings")).put("percentile", 2));
        assertRefused(object -> ((ObjectNode) run(0).path("settings")).put("samplesPerQuery", 0));
        assertRefused(object -> ((ObjectNode) run(0).path("settings")).put("totalSamples", 1e300));
        assertRefused(object -> ((ObjectNode) run(0).path("settings")).put("librarySeed", "-"));
        assertRefused(object -> ((ObjectNode) run(0).path("times")).put("count", 3));
        assertRefused(object -> ((ObjectNode) run(0).path("times")).put("doneNanos", "soon"));
        assertRefused(object -> run(0).set("latencies", JsonMapper.shared().createArrayNode()));
        Path file = folder.resolve("result.json");
        Files.writeString(file, "{");
        assertThatThrownBy(() -> ResultCheck.of(file)).isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> ResultCheck.of(folder.resolve("none.json"))).isInstanceOf(ProblemException.class);
        document = JsonMapper.shared().createObjectNode().put("schema", ResultFile.SCHEMA);
        sign();
        assertThat(check().damage()).containsExactly("it holds no run");
        assertThat(check().valid()).isFalse();
    }

    /** Each figure of each run, edited and signed anew by somebody who knows the format. */
    @Test
    void eachFieldThatIsEditedIsFound() throws IOException {
        var missed = new TreeSet<String>();
        List<Scenario> scenarios = List.of(Scenario.values());
        for (Scenario scenario : scenarios) {
            int index = scenarios.indexOf(scenario);
            for (String part : List.of("settings", "times", "verdict")) {
                for (String field : run(index).path(part).propertyNames()) {
                    measure();
                    ObjectNode edited = (ObjectNode) run(index).path(part);
                    edited.set(field, edited(edited.path(field)));
                    if (passes()) {
                        missed.add(scenario + " " + field);
                    }
                }
            }
            measure();
            run(index).put("issued", "sha256:0");
            assertThat(passes()).isFalse();
        }
        // no figure follows from these in their scenarios, and what was measured is as true of another bound
        assertThat(missed)
                .isSubsetOf(Arrays.stream(Scenario.values())
                        .flatMap(scenario -> Stream.of(
                                        "latencyBoundNanos",
                                        scenario == Scenario.SERVER ? "lastIssuedNanos" : "targetQps",
                                        scenario == Scenario.SERVER ? "lastIssuedNanos" : "lastScheduledNanos",
                                        scenario == Scenario.OFFLINE ? "lastIssuedNanos" : "latencyBoundNanos")
                                .map(field -> scenario + " " + field))
                        .toList());
    }

    private static JsonNode edited(JsonNode was) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        return switch (was.getNodeType()) {
            case NUMBER ->
                was.isIntegralNumber()
                        ? json.numberNode(was.longValue() * 1000 + 1)
                        : json.numberNode(was.doubleValue() * 0.9);
            case BOOLEAN -> json.booleanNode(!was.booleanValue());
            case STRING ->
                json.stringNode(
                        was.stringValue().matches("\\d+")
                                ? "77"
                                : "Offline".equals(was.stringValue()) ? "Server" : "Offline");
            case ARRAY -> was.isEmpty() ? json.arrayNode().add("x") : json.arrayNode();
            case NULL -> json.numberNode(1);
            default -> json.objectNode();
        };
    }

    /** Whether it is valid with a digest that fits. */
    private boolean passes() throws IOException {
        sign();
        try {
            return check().valid();
        } catch (ProblemException refused) {
            assertThat(refused.problem().code()).isEqualTo("bench.result");
            return false;
        }
    }

    /** What a file claims costs neither memory nor time. */
    @Test
    void numbersThatNoRunCanHaveAreRefused() throws IOException {
        for (int run = 0; run < 4; run++) {
            for (String field : List.of("samplesPerQuery", "totalSamples", "performanceSamples", "minQueries")) {
                for (long absurd : new long[] {Integer.MAX_VALUE, Long.MAX_VALUE}) {
                    measure();
                    ObjectNode settings = (ObjectNode) run(run).path("settings");
                    settings.put(field, absurd);
                    assertTimeoutPreemptively(
                            Duration.ofSeconds(20),
                            () -> assertThat(passes()).as(field).isFalse());
                }
            }
        }
    }

    /** Text changed at random is refused, invalid, or as it was. */
    @Test
    void bytesAtRandomAreNeverValid() throws IOException {
        document = document(Scenario.SINGLE_STREAM);
        String text = JsonMapper.shared().writeValueAsString(document);
        var random = new SplittableRandom(8);
        Path file = folder.resolve("fuzz.json");
        for (int i = 0; i < 300; i++) {
            var changed = new StringBuilder(text);
            int at = random.nextInt(text.length());
            char other = (char) random.nextInt(32, 127);
            if (changed.charAt(at) == other) {
                continue;
            }
            changed.setCharAt(at, other);
            Files.writeString(file, changed);
            try {
                assertThat(ResultCheck.of(file).valid())
                        .as("%s at %d", other, at)
                        .isFalse();
            } catch (ProblemException refused) {
                assertThat(refused.problem().code()).isEqualTo("bench.result");
            }
        }
    }

    private void assertRefused(Consumer<ObjectNode> change) throws IOException {
        measure();
        change.accept(document);
        sign();
        assertThatThrownBy(this::check)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        thrown -> assertThat(thrown.problem().code()).isEqualTo("bench.result"));
    }

    private static ArrayNode pieces(long... latencies) {
        ArrayNode pieces = JsonMapper.shared().createArrayNode();
        LatencyCode.encode(latencies).forEach(pieces::add);
        return pieces;
    }

    private void retime(int index, Consumer<long[]> change) {
        ResultFile.Stored stored = ResultFile.run(run(index), "test");
        long[] latencies = stored.times().latencies();
        change.accept(latencies);
        run(index).set("latencies", pieces(latencies));
        restate(index);
    }

    private void restate(int index) {
        ResultFile.Stored stored = ResultFile.run(run(index), "test");
        run(index).set("settings", ResultFile.settings(stored.settings()));
        run(index)
                .set(
                        "verdict",
                        ResultFile.verdict(LoadVerdict.of(
                                stored.settings(),
                                new LoadTimes(
                                        stored.times().latencies(),
                                        stored.times().lastIssuedNanos(),
                                        stored.times().lastScheduledNanos(),
                                        stored.times().doneNanos()))));
    }
}
