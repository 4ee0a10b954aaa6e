package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Top-k, regression, masks and words, by hand. */
class FiguresTest {
    @Test
    void placesFollowTheScoresAndTheFirstOfEqualsIsFirst() {
        double[] scores = {0.1, 0.5, 0.5, 0.3};
        assertThat(TopK.place(scores, 1)).isZero();
        assertThat(TopK.place(scores, 2)).isEqualTo(1);
        assertThat(TopK.place(scores, 0)).isEqualTo(3);
        assertThat(TopK.hit(scores, 2, 1)).isFalse();
        assertThat(TopK.hit(scores, 2, 2)).isTrue();
    }

    @Test
    void rootOfTheMeanSquareAndMeanAbsoluteError() {
        var error = new RegressionError();
        error.add(new double[] {1, 2}, new double[] {2, 2});
        error.add(new double[] {0}, new double[] {-3});
        assertThat(error.rmse().value()).isCloseTo(Math.sqrt(10 / 3.0), within(1e-12));
        assertThat(error.mae().value()).isCloseTo(4 / 3.0, within(1e-12));
        assertThat(error.rmse().over(new int[] {1, 1})).isEqualTo(3);
        for (int i = 0; i < 100; i++) {
            error.add(new double[1], new double[1]);
        }
        assertThat(error.rmse().samples()).isEqualTo(102);
        assertThatIllegalArgumentException().isThrownBy(() -> error.add(new double[2], new double[1]));
    }

    @Test
    void masksOverlapPerClassOverAllSamples() {
        var iou = new MeanIou();
        iou.add(new int[] {0, 0, 1, 1}, new int[] {0, 1, 1, 1});
        iou.add(new int[] {0, 0, -1, 2}, new int[] {0, 0, 5, 0});
        // class 0: 3 of 5, class 1: 2 of 3, class 2: 0 of 1; what was found where the truth is void doesn't count
        assertThat(iou.ofClass(0).value()).isCloseTo(60, within(1e-12));
        assertThat(iou.ofClass(1).value()).isCloseTo(200 / 3.0, within(1e-12));
        assertThat(iou.ofClass(2).value()).isZero();
        assertThat(iou.value()).isCloseTo((60 + 200 / 3.0) / 3, within(1e-12));
        assertThat(iou.over(new int[] {0})).isCloseTo((50 + 200 / 3.0) / 2, within(1e-12));
        assertThat(iou.classes()).containsEntry(0, 4L).containsEntry(2, 1L);
        assertThatIllegalArgumentException().isThrownBy(() -> iou.add(new int[1], new int[2]));
    }

    @Test
    void wordsAreSubstitutedInsertedAndDeleted() {
        assertThat(WordErrors.distance(List.of("a", "b", "c"), List.of("a", "x", "c", "d")))
                .isEqualTo(2);
        assertThat(WordErrors.distance(List.of(), List.of("a", "b"))).isEqualTo(2);
        assertThat(WordErrors.distance(List.of("a", "b"), List.of())).isEqualTo(2);
        var errors = new WordErrors();
        errors.add("the cat sat on the mat", "the cat sat mat");
        errors.add(" hello\tworld ", "hello big big world");
        assertThat(errors.value()).isEqualTo(50);
        assertThat(errors.over(new int[] {1})).isEqualTo(100);
        errors.add("", "");
        assertThat(errors.over(new int[] {2})).isNaN();
    }

    @Test
    void repeatsCollapseUnlessABlankLiesBetween() {
        assertThat(WordErrors.collapse(new int[] {0, 1, 1, 0, 1, 2, 2, 0}, 0)).containsExactly(1, 1, 2);
        assertThat(WordErrors.collapse(new int[0], 0)).isEmpty();
    }

    @Test
    void theAreaAsAStatisticIsTheArea() {
        double[] scores = {0.1, 0.4, 0.35, 0.8};
        boolean[] truth = {false, false, true, true};
        assertThat(Auc.statistic(scores, truth).value()).isCloseTo(75, within(1e-12));
        assertThat(Auc.statistic(scores, truth).over(new int[] {2, 3})).isNaN();
    }

    @Test
    void normalDistributionIsWhatScipyComputes() {
        assertThat(Normal.cumulative(-3)).isCloseTo(0.0013498980316301, within(1e-14));
        assertThat(Normal.cumulative(0.3)).isCloseTo(0.6179114221889527, within(1e-14));
        assertThat(Normal.cumulative(20)).isEqualTo(1);
        assertThat(Normal.quantile(0.001)).isCloseTo(-3.090232306167813, within(1e-9));
        assertThat(Normal.quantile(0.9)).isCloseTo(1.2815515655446004, within(1e-12));
    }
}
