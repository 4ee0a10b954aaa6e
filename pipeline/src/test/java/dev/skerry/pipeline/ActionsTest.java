package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

@SuppressWarnings("StringConcatToTextBlock") // one line of the file a line here
class ActionsTest {
    private static final JsonText MODEL = Actions.model("conveyor", "1.2");

    @TempDir
    Path folder;

    private static Decision decision() {
        var decision = new Decision(Decision.Kind.CLASSES, 2);
        decision.add(3, "scratched, \"deep\"\n", 0.75f);
        decision.add(0, "gut ü", 1e-7f);
        return decision;
    }

    @Test
    void everyFormOfTheSameDecision() throws IOException {
        var stdout = new ByteArrayOutputStream();
        Path fed = folder.resolve("fed.jsonl");
        List<ActionSpec> specs = List.of(
                new ActionSpec.Stdout(),
                new ActionSpec.JsonLines("out/d.jsonl"),
                new ActionSpec.Csv("d.csv"),
                new ActionSpec.Command(List.of("sh", "-c", "cat > fed.jsonl")));
        Actions actions = Actions.open(specs, folder, stdout);
        for (int cycle = 0; cycle < 500; cycle++) {
            actions.act(cycle, "a.png", decision(), cycle == 1 ? Level.STAND_IN : Level.NOMINAL, MODEL);
            if (cycle % 100 == 0) {
                // the command has its own pace
                Thread.onSpinWait();
            }
        }
        actions.close();
        String json = Files.readString(folder.resolve("out/d.jsonl"));
        assertThat(stdout.toString(StandardCharsets.UTF_8)).isEqualTo(json);
        assertThat(json.lines()).hasSize(500);
        var second =
                JsonMapper.shared().readTree(json.lines().skip(1).findFirst().orElseThrow());
        assertThat(second.get("cycle").asInt()).isEqualTo(1);
        assertThat(second.get("fallback").asBoolean()).isTrue();
        assertThat(second.get("level").asString()).isEqualTo("stand-in");
        assertThat(second.get("model").asString()).isEqualTo("conveyor");
        assertThat(second.get("version").asString()).isEqualTo("1.2");
        assertThat(second.at("/decision/label").asString()).isEqualTo("scratched, \"deep\"\n");
        assertThat(second.at("/decision/ranking/1/score").asDouble()).isEqualTo(1e-7);
        String csv = Files.readString(folder.resolve("d.csv"));
        assertThat(csv)
                .startsWith(
                        "cycle,sample,fallback,rank,label,index,score,x0,y0,x1,y1,level\n"
                                + "0,a.png,false,0,\"scratched, \"\"deep\"\"\n\",3,0.75,,,,,nominal\n0,a.png,false,1,gut ü,0,1e-7,,,,,nominal\n");
        assertThat(Files.readString(fed).lines().count() + actions.lost()).isEqualTo(500);
    }

    @Test
    void aFileHasEachDecisionBeforeTheNextOne() throws IOException {
        Path file = folder.resolve("d.jsonl");
        try (Actions actions =
                Actions.open(List.of(new ActionSpec.JsonLines("d.jsonl")), folder, OutputStream.nullOutputStream())) {
            for (int cycle = 0; cycle < 3; cycle++) {
                actions.act(cycle, "x", decision(), Level.NOMINAL, MODEL);
                assertThat(Files.readString(file).lines()).hasSize(cycle + 1);
            }
        }
    }

    @Test
    void aFullDiskIsCountedAndToldOnce() {
        var full = new OutputStream() {
            private int room = 3;

            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (room-- <= 0) {
                    throw new IOException("No space left on device");
                }
            }
        };
        Actions actions = Actions.open(List.of(new ActionSpec.Stdout()), folder, full);
        for (int cycle = 0; cycle < 10; cycle++) {
            actions.act(cycle, "x", decision(), Level.NOMINAL, MODEL);
        }
        actions.close();
        assertThat(actions.lost()).isEqualTo(7);
        assertThat(actions.problems()).hasSize(1);
        assertThat(actions.problems().getFirst()).asString().contains("No space left");
    }

    @Test
    void whatCannotBeOpenedIsTold() throws IOException {
        Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> Actions.open(
                        List.of(new ActionSpec.Csv("file/d.csv")), folder, OutputStream.nullOutputStream()))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("the file can't be written");
        assertThatThrownBy(() -> Actions.open(
                        List.of(new ActionSpec.Command(List.of("no-such-program-at-all"))),
                        folder,
                        OutputStream.nullOutputStream()))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("can't be started");
    }

    @Test
    void aCommandThatEndsEarlyIsTold() {
        Actions actions = Actions.open(
                List.of(new ActionSpec.Command(List.of("sh", "-c", "exit 3"))),
                folder,
                OutputStream.nullOutputStream());
        actions.act(0, "x", decision(), Level.NOMINAL, MODEL);
        actions.close();
        assertThat(actions.problems()).hasSize(1);
    }

    @Test
    void numbersReadBackAsWhatTheyWere() {
        for (float value :
                new float[] {0, 1, -1, 0.5f, 123456.78f, 1e-3f, 9.99e-4f, 1e9f, 3.4e38f, 1.4e-45f, -2.5e-20f, 0.1f}) {
            String text = new JsonText().number(value).toString();
            double tolerance = Math.max(Math.abs(value) * 1e-6, Math.abs(value) < 1e-3 ? 0 : 5e-7);
            assertThat(Math.abs(Double.parseDouble(text) - value)).as(text).isLessThanOrEqualTo(tolerance);
        }
        assertThat(new JsonText().number(Float.NaN)).hasToString("null");
        for (long value : new long[] {0, 7, -10, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThat(new JsonText().number(value)).hasToString(Long.toString(value));
        }
        assertThat(new JsonText().string("a\u0001\"ü€😀\ud800")).hasToString("\"a\\u0001\\\"ü€😀\ufffd\"");
    }

    @Test
    void writingDecisionsAllocatesNothing() throws ReflectiveOperationException {
        var decision = decision();
        var text = new JsonText();
        Actions actions = Actions.open(List.of(new ActionSpec.Stdout()), folder, OutputStream.nullOutputStream());
        for (int i = 0; i < 20_000; i++) {
            text.clear();
            decision.write(text);
            actions.act(i, "x", decision, Level.NOMINAL, MODEL);
        }
        long before = allocated();
        for (int i = 0; i < 1000; i++) {
            text.clear();
            decision.write(text);
            actions.act(i, "x", decision, Level.NOMINAL, MODEL);
        }
        assertThat(allocated() - before).isLessThan(10_000);
    }

    /** Bytes that this thread has allocated; by reflection, since the module has no need of java.management. */
    private static long allocated() throws ReflectiveOperationException {
        Object threads = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return (long) Class.forName("com.sun.management.ThreadMXBean")
                .getMethod("getCurrentThreadAllocatedBytes")
                .invoke(threads);
    }

    /** An agent starts a runner again that was killed: what that one has decided is still there. */
    @Test
    void aRunThatGoesOnKeepsWhatIsThere() throws IOException {
        List<ActionSpec> specs = List.of(new ActionSpec.JsonLines("d.jsonl"), new ActionSpec.Csv("d.csv"));
        Path json = folder.resolve("d.jsonl");
        Path table = folder.resolve("d.csv");
        for (int run = 0; run < 3; run++) {
            try (Actions actions = Actions.goOn(specs, folder, OutputStream.nullOutputStream())) {
                actions.act(run, "a", new Decision(Decision.Kind.CLASSES, 1), Level.NOMINAL, MODEL);
            }
        }
        assertThat(Files.readAllLines(json)).hasSize(3);
        assertThat(Files.readAllLines(table)).hasSize(4).first().asString().startsWith("cycle,");

        // as a disk that was full has left it
        Files.writeString(json, "{\"cycle\":0}\n{\"cy");
        try (Actions actions = Actions.goOn(specs, folder, OutputStream.nullOutputStream())) {
            actions.act(7, "a", new Decision(Decision.Kind.CLASSES, 1), Level.NOMINAL, MODEL);
        }
        assertThat(Files.readAllLines(json)).hasSize(3).last().asString().startsWith("{\"cycle\":7");

        Actions.open(specs, folder, OutputStream.nullOutputStream()).close();
        assertThat(json).isEmptyFile();
        assertThat(Files.readAllLines(table)).hasSize(1);
    }
}
