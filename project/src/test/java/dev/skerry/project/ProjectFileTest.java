package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ProjectFileTest {
    private static void refuses(String text, String... parts) {
        assertThatThrownBy(() -> ProjectFile.parse(Path.of("skerry.yaml"), text))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    String all = e.problem() + " " + e.problem().where() + " "
                            + e.problem().remedies();
                    for (String part : parts) {
                        org.assertj.core.api.Assertions.assertThat(all).contains(part);
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
}
