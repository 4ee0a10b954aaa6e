package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** That calibration samples which can't serve are found, and those which can aren't. */
final class CalibrationCheckTest {
    private static Sample sample(float... values) {
        return new Sample(
                "sample",
                Map.of("x", Tensor.ofFloats("x", new long[] {values.length}, values)),
                OptionalInt.empty(),
                false);
    }

    /** Normally distributed values, each as {@code shaped}. */
    private static List<Sample> samples(int count, DoubleUnaryOperator shaped) {
        RandomGenerator random = Samples.random(41);
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] values = new float[200];
            for (int j = 0; j < values.length; j++) {
                values[j] = (float) shaped.applyAsDouble(random.nextGaussian());
            }
            samples.add(sample(values));
        }
        return samples;
    }

    private static List<Problem> check(List<Sample> samples) {
        var check = new CalibrationCheck();
        long used = samples.stream().filter(check::accepts).count();
        check.finish(used, Map.of());
        return check.problems();
    }

    private static List<String> codes(List<Problem> problems) {
        return problems.stream().map(Problem::code).toList();
    }

    private static List<Problem> compare(List<Sample> calibration, List<Sample> evaluation) {
        var calibrated = new InputRanges();
        calibration.forEach(calibrated::add);
        InputRanges judged = calibrated.compared();
        judged.watching(new Samples(evaluation)).forEach(sample -> {});
        return judged.unlikeCalibration();
    }

    @Test
    void samplesAsTheyShouldBeAreNoProblem() {
        assertThat(check(samples(64, value -> value))).isEmpty();
        // dark backgrounds, silence, padding
        assertThat(check(samples(64, value -> Math.max(0, value)))).isEmpty();
        // codes and masks
        assertThat(check(samples(64, value -> value > 0 ? 1 : 0))).isEmpty();
        assertThat(check(samples(64, value -> Math.clamp(Math.rint(4 * value), 0, 7))))
                .isEmpty();
        // a few values at the ends, as pictures have them
        assertThat(check(samples(64, value -> Math.clamp(0.5 + value / 4, 0, 1))))
                .isEmpty();
    }

    @Test
    void tooFew() {
        assertThat(codes(check(samples(12, value -> value)))).containsExactly("compress.calibration-small");
    }

    @Test
    void allAlike() {
        List<Sample> same = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            same.add(samples(1, value -> value).getFirst());
        }
        assertThat(check(same)).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("compress.calibration-alike");
            assertThat(problem.what()).isEqualTo("all 40 calibration samples are the same");
        });
    }

    @Test
    void noNumbers() {
        List<Sample> samples = new ArrayList<>(samples(40, value -> value));
        samples.add(sample(1, Float.NaN));
        assertThat(codes(check(samples))).containsExactly("compress.calibration-nan");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> check(List.of(sample(Float.POSITIVE_INFINITY))))
                .satisfies(thrown -> assertThat(thrown.problem().code()).isEqualTo("compress.calibration-empty"));
    }

    @Test
    void soundThatIsCutOffAtBothEnds() {
        assertThat(check(samples(64, value -> Math.clamp(value, -1.5, 1.5))))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo("compress.calibration-saturated");
                    assertThat(problem.what())
                            .isEqualTo("7 % of the values of x are exactly 1.500, the largest that it takes,"
                                    + " and 7 % exactly -1.500, the least");
                });
    }

    @Test
    void picturesThatAreOverexposed() {
        assertThat(check(samples(64, value -> Math.clamp(200 + 100 * value, 0, 255))))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.code()).isEqualTo("compress.calibration-saturated");
                    assertThat(problem.what()).contains("of the values of x are exactly 255, the largest");
                    assertThat(problem.toString()).contains("less gain or exposure");
                });
    }

    @Test
    void oneOverexposedPictureIsNoneOfTheSet() {
        List<Sample> samples = new ArrayList<>(samples(64, value -> 0.5 + value / 100));
        float[] white = new float[20_000];
        java.util.Arrays.fill(white, 1);
        samples.add(sample(white));
        assertThat(check(samples)).isEmpty();
    }

    @Test
    void evaluationOfAnotherScale() {
        List<Sample> bytes = samples(40, value -> Math.clamp(128 + 50 * value, 0, 255));
        List<Sample> shares = samples(40, value -> Math.clamp(128 + 50 * value, 0, 255) / 255);
        assertThat(compare(bytes, shares)).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("compress.calibration-scale");
            assertThat(problem.toString()).contains("calibration goes from 0 to 255, evaluation from 0 to 1");
        });
        assertThat(codes(compare(shares, bytes))).containsExactly("compress.calibration-scale");
        assertThat(compare(bytes, samples(40, value -> Math.clamp(120 + 55 * value, 0, 255))))
                .isEmpty();
    }

    @Test
    void evaluationBeyondCalibration() {
        List<Sample> narrow = samples(40, value -> Math.clamp(value, -1, 1));
        assertThat(compare(narrow, samples(40, value -> value))).singleElement().satisfies(problem -> {
            assertThat(problem.code()).isEqualTo("compress.calibration-range");
            assertThat(problem.what())
                    .matches("3[12] % of the evaluation values of x lie beyond what calibration showed");
        });
        // rare values beyond are chance
        assertThat(compare(samples(40, value -> value), samples(80, value -> 1.05 * value)))
                .isEmpty();
    }
}
