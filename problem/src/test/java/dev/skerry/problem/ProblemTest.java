package dev.skerry.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemTest {
    @Test
    void readsAsOneLine() {
        var problem = Problem.gate("compress.collapsed", "INT8 output range collapsed")
                .at("Conv_17")
                .because("calibration used 8 images, all dark")
                .attempt("--calibration 200")
                .attempt("--keep-float Conv_17");
        assertThat(problem)
                .hasToString("Conv_17: INT8 output range collapsed · calibration used 8 images, all dark"
                        + " · try --calibration 200, or --keep-float Conv_17");
        assertThat(problem.toException().problem()).isEqualTo(problem);
        assertThat(problem.toException().getStackTrace()).isEmpty();
        assertThat(problem.kind().exitCode()).isEqualTo(3);
    }

    @Test
    void suggestsOnlyWhatIsNear() {
        var verbs = List.of("compress", "compile", "pack", "run");
        assertThat(Suggestion.nearest("comprss", verbs)).hasValue("compress");
        assertThat(Suggestion.nearest("pakc", verbs)).hasValue("pack");
        assertThat(Suggestion.nearest("deploy", verbs)).isEmpty();
    }

    @Test
    void countsSwapsAsOneSlip() {
        assertThat(Suggestion.distance("abcd", "acbd")).isEqualTo(1);
        assertThat(Suggestion.distance("", "abc")).isEqualTo(3);
        assertThat(Suggestion.distance("Conv", "conv")).isZero();
    }
}
