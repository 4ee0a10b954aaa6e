package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RangeChoiceTest {
    private static float[] gaussian(int count, long seed) {
        RandomGenerator random = Samples.random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static ActivationHistogram histogram(float[]... parts) {
        var histogram = new ActivationHistogram();
        for (float[] part : parts) {
            histogram.add(part);
        }
        return histogram;
    }

    @Test
    void minmaxIsExactAndIncludesZero() {
        var histogram = histogram(new float[] {1.5f, 2.25f}, new float[] {7.125f, 3});
        assertThat(RangeChoice.choose(histogram, RangeMethod.MINMAX)).isEqualTo(new Range(0, 7.125));
    }

    @Test
    void movingAverageIsTheMeanOfTheFirstHundredAndExponentialAfterwards() {
        var histogram = new ActivationHistogram();
        for (int sample = 0; sample < 100; sample++) {
            histogram.add(new float[] {sample % 2 == 0 ? -1 : -3, 0, sample % 2 == 0 ? 4 : 8});
        }
        assertThat(RangeChoice.choose(histogram, RangeMethod.MOVING_AVERAGE).low())
                .isCloseTo(-2, within(1e-9));
        histogram.add(new float[] {-102, 206});
        Range range = RangeChoice.choose(histogram, RangeMethod.MOVING_AVERAGE);
        assertThat(range.low()).isCloseTo(-2 - 0.01 * 100, within(1e-9));
        assertThat(range.high()).isCloseTo(6 + 0.01 * 200, within(1e-9));
        assertThat(RangeChoice.choose(histogram, RangeMethod.MINMAX)).isEqualTo(new Range(-102, 206));
    }

    @Test
    void movingAverageTakesNoNoticeOfWhatIsNoNumber() {
        var histogram = histogram(new float[] {1, 2}, new float[] {Float.NaN}, new float[0], new float[] {1, 4});
        assertThat(RangeChoice.choose(histogram, RangeMethod.MOVING_AVERAGE)).isEqualTo(new Range(0, 3));
    }

    @Test
    void countsSurviveWidening() {
        float[] small = gaussian(10_000, 1);
        var histogram = histogram(small, new float[] {1000, -3000});
        long counted = 0;
        for (int bin = 0; bin < histogram.bins(); bin++) {
            counted += histogram.count(bin);
        }
        assertThat(counted).isEqualTo(10_002).isEqualTo(histogram.total());
        assertThat(histogram.binWidth() * ActivationHistogram.HALF).isGreaterThan(3000);
        assertThat(histogram.min()).isEqualTo(-3000);
    }

    @Test
    void percentileCutsOneInTenThousand() {
        // of 100,000 normal values 10 lie above the 99.99th percentile, 3.72
        var histogram = histogram(gaussian(100_000, 2));
        Range range = RangeChoice.choose(histogram, RangeMethod.PERCENTILE);
        assertThat(range.high()).isCloseTo(3.72, within(0.25));
        assertThat(range.low()).isCloseTo(-3.72, within(0.25));
        assertThat(range.high()).isLessThanOrEqualTo(histogram.max());
    }

    @ParameterizedTest
    @EnumSource(
            value = RangeMethod.class,
            names = {"PERCENTILE", "ENTROPY", "MSE"})
    void oneOutlierDoesNotTakeTheRange(RangeMethod method) {
        var histogram = histogram(gaussian(200_000, 3), new float[] {60});
        Range range = RangeChoice.choose(histogram, method);
        assertThat(range.high()).isBetween(3.0, 55.0);
    }

    @Test
    void mseKeepsAUniformRangeWhole() {
        float[] values = new float[50_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 50_000f;
        }
        assertThat(RangeChoice.choose(histogram(values), RangeMethod.MSE).high())
                .isCloseTo(1, within(0.02));
    }

    @ParameterizedTest
    @EnumSource(RangeMethod.class)
    void constantAndEmptyActivationsHaveARange(RangeMethod method) {
        assertThat(RangeChoice.choose(histogram(new float[] {0, 0}), method)).isEqualTo(new Range(0, 0));
        assertThat(RangeChoice.choose(histogram(new float[] {-2, -2}), method)).isEqualTo(new Range(-2, 0));
        assertThat(RangeChoice.choose(histogram(), method)).isEqualTo(new Range(0, 0));
    }

    @Test
    void notFiniteValuesAreCountedApart() {
        var histogram = histogram(new float[] {1, Float.NaN, Float.POSITIVE_INFINITY});
        assertThat(histogram.notFinite()).isEqualTo(2);
        assertThat(histogram.max()).isEqualTo(1);
    }

    @Test
    void zeroIsAnIntegerInEveryScale() {
        for (double low : new double[] {-3.3, -0.001, 0}) {
            AffineScale scale = AffineScale.of(new Range(low, 2.7), dev.skerry.model.DataType.UINT8);
            assertThat(scale.quantize(0, dev.skerry.model.DataType.UINT8)).isEqualTo(scale.zero());
            assertThat(scale.scale() * (255 - scale.zero())).isCloseTo(2.7f, within(scale.scale()));
        }
    }
}
