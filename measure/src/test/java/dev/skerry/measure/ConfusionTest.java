package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ConfusionTest {
    private static Confusion of(int... pairs) {
        var confusion = new Confusion();
        for (int i = 0; i < pairs.length; i += 2) {
            confusion.add(pairs[i], pairs[i + 1]);
        }
        return confusion;
    }

    @Test
    void byHand() {
        // class 0: 2 right, 1 called 1; class 1: 1 right, 2 called 0; class 2 never occurs and is named once for 1
        Confusion confusion = of(0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 2);
        assertThat(confusion.count(1, 0)).isEqualTo(2);
        assertThat(confusion.accuracy()).isEqualTo(new Proportion(3, 7));
        assertThat(confusion.recall(0)).isEqualTo(new Proportion(2, 3));
        assertThat(confusion.recall(1)).isEqualTo(new Proportion(1, 4));
        assertThat(confusion.mistakenFor(1)).hasValue(0);
        assertThat(of(5, 5).mistakenFor(5)).isEmpty();
        assertThat(confusion.ofClass(0).value()).isCloseTo(100 * 4 / 7.0, within(1e-12));
        assertThat(confusion.ofClass(1).value()).isCloseTo(100 * 2 / 6.0, within(1e-12));
        assertThat(confusion.ofClass(2).value()).isZero();
        assertThat(confusion.value()).isCloseTo(100 * (4 / 7.0 + 2 / 6.0) / 3, within(1e-12));
        assertThat(confusion.classes())
                .containsEntry(0, 3L)
                .containsEntry(1, 4L)
                .hasSize(2);
    }

    @Test
    void isWhatScikitLearnComputes() {
        var random = new Lcg();
        var confusion = new Confusion();
        for (int i = 0; i < 300; i++) {
            int label = random.next(6);
            confusion.add(label, random.next(4) > 0 ? label : random.next(6));
        }
        assertThat(confusion.value()).isCloseTo(77.297707, within(1e-6));
        assertThat(confusion.accuracy().percent()).isCloseTo(77.333333, within(1e-6));
        assertThat(confusion.ofClass(5).value()).isCloseTo(79.120879, within(1e-5));
    }

    @Test
    void negativeClassesAreNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> of(-1, 0));
    }
}
