package dev.skerry.compress;

import dev.skerry.measure.Bootstrap;
import dev.skerry.measure.Interval;
import dev.skerry.measure.PairedOutcome;
import dev.skerry.measure.Proportion;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What an evaluator of the user's own said of one model.
 *
 * @param metric what it calls its figure
 * @param value the figure
 * @param samples how many samples it is of; 0 where it didn't say
 * @param interval 95 %, where it said one
 * @param perSample figures of the samples, in the same order for each model, of which the value is the mean; empty where it
 *     said none
 */
public record Score(
        String metric, double value, long samples, @Nullable Interval interval, Scale scale, List<Double> perSample) {
    private static final int RESAMPLES = 1000;

    public Score {
        perSample = List.copyOf(perSample);
    }

    Outcome outcome(Score reference, long seed) {
        double drop = scale.drop(reference.value, value);
        boolean paired = !perSample.isEmpty() && perSample.size() == reference.perSample.size();
        if (paired && allOrNothing() && reference.allOrNothing() && scale.equals(Scale.PERCENT)) {
            PairedOutcome outcome = PairedOutcome.of(reference.right(), right());
            Interval own = interval == null ? outcome.second().wilson95() : interval;
            Outcome judged = Outcome.of(outcome, own);
            return new Outcome(value, own, drop, judged.dropInterval(), judged.withinNoise());
        }
        return new Outcome(
                value,
                ownInterval(seed),
                drop,
                paired ? pairedInterval(reference, seed) : unpaired(reference.ownInterval(seed), reference, seed));
    }

    /** Whether each sample is right or wrong and nothing between. */
    private boolean allOrNothing() {
        return perSample.stream().allMatch(each -> each == 0 || each == 100);
    }

    private boolean[] right() {
        boolean[] right = new boolean[perSample.size()];
        IntStream.range(0, right.length).forEach(i -> right[i] = perSample.get(i) == 100);
        return right;
    }

    private @Nullable Interval ownInterval(long seed) {
        if (interval != null) {
            return interval;
        }
        if (perSample.size() > 1) {
            return Bootstrap.accelerated95(perSample.size(), seed, RESAMPLES, rows -> mean(perSample, rows));
        }
        double hits = value * samples / 100;
        // a share of right answers, if it is one to the digits that people print
        boolean share =
                scale.equals(Scale.PERCENT) && samples > 0 && Math.abs(hits - Math.rint(hits)) <= samples * 5e-4;
        return share && hits <= samples && hits >= 0 ? new Proportion(Math.round(hits), samples).wilson95() : null;
    }

    private Interval pairedInterval(Score reference, long seed) {
        return Bootstrap.accelerated95(
                perSample.size(),
                seed,
                RESAMPLES,
                rows -> scale.drop(mean(reference.perSample, rows), mean(perSample, rows)));
    }

    /** As of two samples that have nothing to do with each other, which is wider than the truth: intervals added as squares. */
    private @Nullable Interval unpaired(@Nullable Interval theirs, Score reference, long seed) {
        Interval own = ownInterval(seed);
        if (own == null || theirs == null || reference.value == 0 && !scale.percent()) {
            return null;
        }
        double unit = scale.percent() ? 1 : 100 / Math.abs(reference.value);
        double drop = scale.drop(reference.value, value);
        double up = Math.hypot(value - own.low(), theirs.high() - reference.value);
        double down = Math.hypot(own.high() - value, reference.value - theirs.low());
        return scale.lowerIsBetter()
                ? new Interval(drop - unit * up, drop + unit * down)
                : new Interval(drop - unit * down, drop + unit * up);
    }

    private static double mean(List<Double> values, int[] rows) {
        double sum = 0;
        for (int row : rows) {
            sum += values.get(row);
        }
        return sum / rows.length;
    }
}
