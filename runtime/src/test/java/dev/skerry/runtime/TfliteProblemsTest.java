package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Messages that TensorFlow Lite 2.21 really gave. */
class TfliteProblemsTest {
    @Test
    void anUnknownOperatorIsNamed() {
        Problem problem = TfliteProblems.load(
                "m.tflite",
                "Didn't find op for builtin opcode 'FULLY_CONNECTED' version '99'. An older version of this builtin might be "
                        + "supported. Are you using an old TFLite binary with a newer model?\nRegistration failed.");
        assertThat(problem.why())
                .isEqualTo("operator FULLY_CONNECTED in version 99 is newer than this TensorFlow Lite");
        assertThat(TfliteProblems.load("m.tflite", "Encountered unresolved custom op: Peak.\nSee instructions: there")
                        .why())
                .isEqualTo("operator Peak is unknown");
    }

    @Test
    void aNodeIsAPlaceAndSourcesAreLeftOut() {
        Problem problem = TfliteProblems.load(
                "m.tflite",
                "tensorflow/lite/kernels/reshape.cc:99 num_input_elements != num_output_elements (10 != 9)\n"
                        + "Node number 1 (RESHAPE) failed to prepare.");
        assertThat(problem.where()).isEqualTo("m.tflite, operator 1 RESHAPE");
        assertThat(problem.why()).isEqualTo("num_input_elements != num_output_elements (10 != 9)");
    }

    @Test
    void silenceIsNoReason() {
        assertThat(TfliteProblems.run("m.tflite", "").why()).isNull();
        assertThat(TfliteProblems.sizes("m.tflite", Map.of("x", new long[] {2, 4}), "")
                        .toString())
                .contains("x [2×4]");
        assertThat(TfliteProblems.otherEnds("m.tflite", "inputs", List.of("x", "state"), List.of("x"))
                        .why())
                .isEqualTo("expected x, state, found x");
    }
}
