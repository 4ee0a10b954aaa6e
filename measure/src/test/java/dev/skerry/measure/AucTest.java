package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.problem.ProblemException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AucTest {
    @Test
    void countsPairs() {
        // the worked example of scikit-learn's roc_auc_score documentation
        assertThat(Auc.of(new double[] {0.1, 0.4, 0.35, 0.8}, new boolean[] {false, false, true, true}))
                .isEqualTo(0.75);
        assertThat(Auc.of(new double[] {1, 1, 1}, new boolean[] {false, true, true}))
                .isEqualTo(0.5);
        assertThat(Auc.of(new double[] {-0.0, 0.0}, new boolean[] {false, true}))
                .isEqualTo(0.5);
        assertThat(Auc.of(new double[] {1, Double.POSITIVE_INFINITY}, new boolean[] {false, true}))
                .isEqualTo(1);
    }

    @Test
    void agreesWithComparingEveryPair() {
        var random = new SplittableRandom(7);
        for (int run = 0; run < 300; run++) {
            int n = 2 + random.nextInt(40);
            double[] scores = new double[n];
            boolean[] truth = new boolean[n];
            for (int i = 0; i < n; i++) {
                scores[i] = random.nextInt(10);
                truth[i] = i == 0 || (i > 1 && random.nextBoolean());
            }
            double won = 0;
            int pairs = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    if (truth[i] && !truth[j]) {
                        won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                        pairs++;
                    }
                }
            }
            assertThat(Auc.of(scores, truth)).isCloseTo(won / pairs, within(1e-12));
        }
    }

    @Test
    void intervalHoldsTheAreaAndNarrowsWithSamples() {
        var random = new SplittableRandom(14);
        double lastWidth = 1;
        for (int n : new int[] {30, 300, 3000}) {
            boolean[] truth = new boolean[n];
            double[] scores = new double[n];
            for (int i = 0; i < n; i++) {
                truth[i] = i % 3 == 0;
                scores[i] = random.nextDouble() + (truth[i] ? 0.4 : 0);
            }
            Interval interval = Auc.interval95(scores, truth, 1);
            assertThat(interval.contains(Auc.of(scores, truth))).isTrue();
            assertThat(interval.high() - interval.low()).isLessThan(lastWidth / 2);
            lastWidth = interval.high() - interval.low();
        }
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> Auc.of(new double[] {1, 2}, new boolean[] {true, true}))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("both classes");
        assertThatThrownBy(() -> Auc.of(new double[] {1, Double.NaN}, new boolean[] {true, false}))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("sample 1");
    }
}
