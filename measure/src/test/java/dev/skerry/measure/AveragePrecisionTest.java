package dev.skerry.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AveragePrecisionTest {
    private static final Box UNIT = new Box(0, 0, 10, 10);

    private static TrueBox there(int label, Box box) {
        return new TrueBox(label, box, false);
    }

    @Test
    void allFoundExactlyIsAllAndNothingFoundIsNothing() {
        var precision = new AveragePrecision();
        precision.add(List.of(new Detection(3, 0.9, UNIT)), List.of(there(3, UNIT)));
        assertThat(precision.value()).isEqualTo(100);
        precision.add(List.of(), List.of(there(4, UNIT)));
        // class 3 at 100, class 4 at 0
        assertThat(precision.value()).isEqualTo(50);
        assertThat(precision.ofClass(4).value()).isZero();
        assertThat(precision.classes()).containsOnlyKeys(3, 4);
    }

    @Test
    void byHand() {
        // sorted by score: right, wrong, right, of three boxes: precision 1 up to recall 1/3, 2/3 up to 2/3, none
        // beyond.
        // recalls 0.00 … 0.33 are 34 points at 1, 0.34 … 0.66 are 33 points at 2/3, of 101
        var precision = new AveragePrecision();
        Box other = new Box(20, 20, 30, 30);
        Box third = new Box(50, 50, 60, 60);
        precision.add(
                List.of(
                        new Detection(0, 0.9, UNIT),
                        new Detection(0, 0.8, new Box(70, 70, 80, 80)),
                        new Detection(0, 0.7, other)),
                List.of(there(0, UNIT), there(0, other), there(0, third)));
        assertThat(precision.value()).isCloseTo(100 * (34 + 33 * 2 / 3.0) / 101, within(1e-12));
        assertThat(precision.atHalf()).isCloseTo(precision.value(), within(1e-12));
    }

    @Test
    void overlapDecidesAtWhichThresholdsABoxIsRight() {
        // intersection 8 × 10 of union 120 − … = 100 + 100 − 80: an overlap of two thirds, right at 0.50 … 0.65
        var precision = new AveragePrecision();
        precision.add(List.of(new Detection(0, 0.5, new Box(2, 0, 12, 10))), List.of(there(0, UNIT)));
        assertThat(precision.value()).isCloseTo(40, within(1e-12));
        assertThat(precision.atHalf()).isEqualTo(100);
    }

    @Test
    void aBoxIsFoundOnceAndTheSecondDetectionIsWrong() {
        var precision = new AveragePrecision();
        precision.add(
                List.of(new Detection(0, 0.9, new Box(0, 0, 10, 9)), new Detection(0, 0.95, UNIT)),
                List.of(there(0, UNIT)));
        // the surer one is right, so full recall is reached at precision 1
        assertThat(precision.value()).isEqualTo(100);
        var late = new AveragePrecision();
        late.add(
                List.of(new Detection(0, 0.9, UNIT), new Detection(0, 0.95, new Box(30, 30, 40, 40))),
                List.of(there(0, UNIT)));
        assertThat(late.value()).isCloseTo(50, within(1e-12));
    }

    @Test
    void whatLiesInACrowdIsNeitherRightNorWrong() {
        var precision = new AveragePrecision();
        precision.add(
                List.of(
                        new Detection(0, 0.9, new Box(51, 51, 55, 55)),
                        new Detection(0, 0.8, new Box(52, 52, 56, 56)),
                        new Detection(0, 0.7, UNIT)),
                List.of(new TrueBox(0, new Box(50, 50, 90, 90), true), there(0, UNIT)));
        assertThat(precision.value()).isEqualTo(100);
        assertThat(precision.classes()).containsEntry(0, 1L);
    }

    @Test
    void isWhatTheReferenceImplementationComputes() {
        // the same cases in pycocotools 2.0.11: AP, AP at 0.50, and AP of each class
        AveragePrecision precision = random();
        assertThat(precision.value()).isCloseTo(18.315109, within(1e-6));
        assertThat(precision.atHalf()).isCloseTo(38.459725, within(1e-6));
        assertThat(precision.ofClass(0).value()).isCloseTo(20.512730, within(1e-6));
        assertThat(precision.ofClass(1).value()).isCloseTo(24.630617, within(1e-6));
        assertThat(precision.ofClass(2).value()).isCloseTo(9.801980, within(1e-6));
    }

    @Test
    void anImageDrawnTwiceCountsAsTwo() {
        AveragePrecision precision = random();
        var twice = new AveragePrecision();
        Box there = new Box(0, 0, 10, 10);
        Box shifted = new Box(1, 0, 11, 10);
        List<List<Detection>> found = List.of(
                List.of(new Detection(0, 0.6, shifted), new Detection(0, 0.3, new Box(40, 40, 50, 50))),
                List.of(new Detection(0, 0.5, there)));
        var once = new AveragePrecision();
        found.forEach(each -> once.add(each, List.of(there(0, there))));
        List.of(0, 0, 1).forEach(image -> twice.add(found.get(image), List.of(there(0, there))));
        assertThat(once.over(new int[] {0, 0, 1})).isEqualTo(twice.value());
        Interval interval = Bootstrap.accelerated95(precision, 7);
        assertThat(interval.contains(precision.value())).isTrue();
        assertThat(interval.high() - interval.low()).isGreaterThan(5);
    }

    private static AveragePrecision random() {
        var precision = new AveragePrecision();
        var random = new Lcg();
        for (int image = 0; image < 12; image++) {
            var truth = new ArrayList<TrueBox>();
            var found = new ArrayList<Detection>();
            int boxes = 1 + random.next(5);
            int[][] drawn = new int[boxes][];
            for (int i = 0; i < boxes; i++) {
                drawn[i] = new int[] {
                    random.next(3), random.next(60), random.next(60), 10 + random.next(30), 10 + random.next(30)
                };
                boolean crowd = random.next(8) == 0;
                truth.add(new TrueBox(drawn[i][0], box(drawn[i][1], drawn[i][2], drawn[i][3], drawn[i][4]), crowd));
            }
            for (int[] one : drawn) {
                int times = random.next(3);
                for (int k = 0; k < times; k++) {
                    int label = random.next(5) > 0 ? one[0] : random.next(3);
                    Box box = box(
                            one[1] + random.next(7) - 3,
                            one[2] + random.next(7) - 3,
                            one[3] + random.next(7) - 3,
                            one[4] + random.next(7) - 3);
                    found.add(new Detection(label, (1 + random.next(97)) / 100.0, box));
                }
            }
            int strays = random.next(3);
            for (int k = 0; k < strays; k++) {
                int label = random.next(3);
                Box box = box(random.next(60), random.next(60), 10 + random.next(30), 10 + random.next(30));
                found.add(new Detection(label, (1 + random.next(97)) / 100.0, box));
            }
            precision.add(found, truth);
        }
        return precision;
    }

    private static Box box(int x, int y, int width, int height) {
        return new Box(x, y, x + width, y + height);
    }
}
