package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.compress.Judging;
import dev.skerry.compress.Metric;
import dev.skerry.problem.ProblemException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ProjectFileTest {
    private static void refuses(String text, String... parts) {
        assertThatThrownBy(() -> ProjectFile.parse(Path.of("skerry.yaml"), text))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    String all = e.problem() + " " + e.problem().where() + " "
                            + e.problem().remedies();
                    for (String part : parts) {
                        assertThat(all).contains(part);
                    }
                });
    }

    @Test
    void anUnknownStepIsShownWithItsLineAndTheNearestOne() {
        refuses("""
            name: a
            model: a.onnx
            pipeline:
              pre:
                - rezise: {width: 64, height: 64}
            """, "rezise", "skerry.yaml:5", "'resize'");
    }

    @Test
    void anUnknownWordOfAStepIsShownWithTheNearestOne() {
        refuses("""
            name: a
            model: a.onnx
            pipeline:
              pre:
                - resize: {width: 64, height: 64, interpolation: lnear}
            """, "unknown value 'lnear'", "skerry.yaml:5", "'linear'");
    }

    @Test
    void aRateWithoutAUnitIsToldWhatARateLooksLike() {
        refuses("name: a\nmodel: a.onnx\nbudget:\n  rate: 0\n", "budget.rate", "skerry.yaml:4", "30Hz");
    }

    @Test
    void judgingIsReadAndItsMistakesAreShown() {
        ProjectConfig config = ProjectFile.parse(
                Path.of("skerry.yaml"),
                "name: a\nmodel: a.onnx\nevaluation:\n  evaluator: python3 'my eval.py' {model}\n  timeout: 90s\n");
        assertThat(config.judged().evaluator()).containsExactly("python3", "my eval.py", "{model}");
        assertThat(config.judged().timeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.judged().folder()).isEqualTo(config.folder().root());
        assertThat(ProjectFile.parse(
                                Path.of("skerry.yaml"),
                                "name: a\nmodel: a.onnx\nevaluation: {evaluator: [./judge, x y]}\n")
                        .judged()
                        .evaluator())
                .containsExactly("./judge", "x y");
        assertThat(ProjectFile.parse(Path.of("skerry.yaml"), "name: a\nmodel: a.onnx\nevaluation: {metric: f1}\n")
                        .judged()
                        .judging())
                .isEqualTo(Judging.by(Metric.F1));
        assertThat(ProjectFile.parse(Path.of("skerry.yaml"), "name: a\nmodel: a.onnx\n")
                        .judged()
                        .judging())
                .isEqualTo(Judging.AUTO);
        refuses(
                "name: a\nmodel: a.onnx\nevaluation: {metric: top1}\n",
                "evaluation.metric",
                "skerry.yaml:3",
                "'top-1'");
        refuses("name: a\nmodel: a.onnx\nevaluation:\n  timeout: soon\n", "evaluation.timeout", "skerry.yaml:4");
        refuses("name: a\nmodel: a.onnx\nevaluation:\n  metric: f1\n  evaluator: ./judge\n", "both", "skerry.yaml:4");
    }

    @Test
    void theSchemaKnowsEveryMetric() {
        String words = Metric.words().stream().map(word -> '"' + word + '"').collect(Collectors.joining(", "));
        assertThat(ProjectFile.schemaText()).contains("[" + words + "]");
    }
}
