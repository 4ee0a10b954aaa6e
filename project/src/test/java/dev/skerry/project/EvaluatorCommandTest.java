package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.compress.Scale;
import dev.skerry.compress.Score;
import dev.skerry.measure.Interval;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluators as small shell scripts. */
class EvaluatorCommandTest {
    private static final Model MODEL = Model.of(
            Graph.of(
                    "net",
                    List.of(Node.of("Identity", List.of("x"), List.of("y"))),
                    List.of(),
                    List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1))),
                    List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1)))),
            17);

    @TempDir
    Path folder = Path.of("");

    private Score score(String script) {
        return score(script, Duration.ofSeconds(20), EvaluatorCommand.PLACE);
    }

    private Score score(String script, Duration timeout, String... words) {
        var line = new java.util.ArrayList<>(List.of("sh", "-c", script, "evaluate"));
        line.addAll(List.of(words));
        return new EvaluatorCommand(line, timeout, folder).score("int8-all", MODEL);
    }

    private ThrowableAssertAlternative<ProblemException> refused(String script) {
        return assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> score(script))
                .matches(thrown -> thrown.problem().code().equals("compress.evaluator"))
                .matches(thrown -> thrown.problem().kind() == Problem.Kind.USAGE)
                .matches(thrown -> String.valueOf(thrown.problem().where()).contains("sh"));
    }

    private Score says(String line) throws IOException {
        Files.writeString(folder.resolve("line"), line);
        return score("cat line");
    }

    private ThrowableAssertAlternative<ProblemException> saysWrong(String line) throws IOException {
        Files.writeString(folder.resolve("line"), line);
        return refused("cat line");
    }

    @Test
    void theModelsFileIsAWordOfTheCommand() throws IOException {
        assertThat(score("test -s \"$1\" && echo warming up && echo 97.5").value())
                .isEqualTo(97.5);
        assertThat(score("case $1 in *int8-all.onnx) echo 12;; esac", Duration.ofSeconds(20))
                        .value())
                .isEqualTo(12);
        assertThat(score("echo ${1#--model=} > seen; echo 12", Duration.ofSeconds(20), "--model={model}")
                        .value())
                .isEqualTo(12);
        // the file is gone afterwards
        assertThat(Path.of(Files.readString(folder.resolve("seen")).strip())).doesNotExist();
    }

    @Test
    void aNumberIsPercent() {
        Score score = score("echo 97.5");
        assertThat(score.scale()).isEqualTo(Scale.PERCENT);
        assertThat(score.metric()).isEqualTo("evaluator");
        assertThat(score.samples()).isZero();
    }

    @Test
    void jsonSaysMore() throws IOException {
        assertThat(says("{\"accuracy\": 75, \"n\": 4, \"interval\": [30, 95], \"loss\": 0.3}"))
                .isEqualTo(new Score("accuracy", 75, 4, new Interval(30, 95), Scale.PERCENT, List.of()));
        assertThat(says("{\"accuracy\": 75.0, \"perSample\": [true, true, false, true], \"metric\": \"exact match\"}"))
                .isEqualTo(new Score("exact match", 75, 4, null, Scale.PERCENT, List.of(100.0, 100.0, 0.0, 100.0)));
        assertThat(says("{\"value\": 0.5, \"lowerIsBetter\": true, \"perSample\": [0.25, 0.75]}"))
                .isEqualTo(new Score("evaluator", 0.5, 2, null, new Scale(false, true), List.of(0.25, 0.75)));
        assertThat(says("{\"accuracy\": 0.75, \"unit\": \"share\", \"interval\": [0.7, 0.8]}"))
                .isEqualTo(new Score("accuracy", 75, 0, new Interval(70, 80), Scale.PERCENT, List.of()));
    }

    @Test
    void whatCanNotBeMeantIsRefused() throws IOException {
        saysWrong("0.975").withMessageContaining("may be percent or a share of 1");
        saysWrong("{\"accuracy\": 0.975}").withMessageContaining("\"unit\": \"share\"");
        saysWrong("{\"accuracy\": 197}").withMessageContaining("not between 0 and 100");
        saysWrong("{\"accuracy\": \"good\"}").withMessageContaining("no number");
        saysWrong("{\"f1\": 80}").withMessageContaining("no number 'accuracy' or 'value'");
        saysWrong("{\"value\": 3, \"lowerIsBeter\": true}").withMessageContaining("lowerIsBetter");
        saysWrong("{\"accuracy\": 80, \"interval\": [81, 90]}").withMessageContaining("doesn't hold its value");
        saysWrong("{\"accuracy\": 80, \"perSample\": [1, 0]}").withMessageContaining("the mean");
        saysWrong("{\"accuracy\": 80, \"perSample\": [\"x\"]}").withMessageContaining("perSample holds");
        saysWrong("{\"value\": 80, \"unit\": \"dB\"}").withMessageContaining("'dB'");
    }

    @Test
    void failuresHaveTheirLastWords() {
        refused("echo no data >&2; exit 7").withMessageContaining("exit code 7").withMessageContaining("no data");
        refused("true").withMessageContaining("prints nothing");
        refused("echo all good")
                .withMessageContaining("neither JSON nor a number")
                .withMessageContaining("all good");
        refused("echo NaN").withMessageContaining("neither JSON nor a number");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> new EvaluatorCommand(List.of("no-such-program"), Duration.ofSeconds(5), folder)
                        .score("float", MODEL))
                .withMessageContaining("can't be started")
                .withMessageContaining("no-such-program");
    }

    @Test
    void oneThatHangsIsEndedWithWhatItStarted() throws InterruptedException {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> score("(sleep 2; touch late) & wait", Duration.ofSeconds(1)))
                .withMessageContaining("longer than 1 s");
        Thread.sleep(1500);
        assertThat(folder.resolve("late")).doesNotExist();
    }

    @Test
    void nothingStaysBehind() throws IOException {
        long before = scratches();
        score("echo 50");
        refused("exit 1");
        assertThat(scratches()).isEqualTo(before);
    }

    private static long scratches() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("skerry-evaluator"))
                    .count();
        }
    }

    @Test
    void wordsAreParted() {
        assertThat(EvaluatorCommand.words(" python3 'my eval.py'  --data \"a b\" {model} "))
                .containsExactly("python3", "my eval.py", "--data", "a b", "{model}");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> EvaluatorCommand.words("echo 'x"))
                .withMessageContaining("not closed");
        assertThatExceptionOfType(ProblemException.class).isThrownBy(() -> EvaluatorCommand.words("  "));
    }
}
