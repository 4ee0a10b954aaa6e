package dev.skerry.compress;

import dev.skerry.measure.Bootstrap;
import dev.skerry.measure.ClassStatistic;
import dev.skerry.measure.Interval;
import dev.skerry.measure.PairedOutcome;
import dev.skerry.measure.Proportion;
import dev.skerry.measure.Statistic;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Compares what was gathered of a variant with what was gathered of the float model on the same samples. */
final class Judge {
    static final long SEED = 20_260_101;

    /** Of each class alone; there may be many. */
    private static final int RESAMPLES_OF_CLASS = 400;

    private Judge() {}

    static Outcome outcome(Scale scale, Tally reference, Tally variant) {
        var first = reference.answers();
        var second = variant.answers();
        if (first.isPresent() && second.isPresent()) {
            PairedOutcome paired =
                    PairedOutcome.of(first.get().right(), second.get().right());
            return Outcome.of(paired, paired.second().wilson95());
        }
        Statistic expected = reference.statistic();
        Statistic actual = variant.statistic();
        double value = actual.value();
        double before = expected.value();
        if (Double.isNaN(before) || Double.isNaN(value)) {
            throw Problem.usage("compress.metric-undefined", "the metric isn't defined on these samples")
                    .because("they hold no words, boxes or pixels to compare with")
                    .attempt("samples that do")
                    .toException();
        }
        double drop = scale.drop(before, value);
        if (Double.isNaN(drop)) {
            throw Problem.usage("compress.metric-exact", "the float model makes no error at all")
                    .because("a variant's error can't be given in percent of none; these targets may be the model's own"
                            + " outputs")
                    .attempt("targets that were measured, or --metric agreement")
                    .toException();
        }
        return new Outcome(
                value,
                Bootstrap.accelerated95(actual, SEED),
                drop,
                Bootstrap.accelerated95(dropOf(scale, expected, actual), SEED));
    }

    private static Statistic dropOf(Scale scale, Statistic reference, Statistic variant) {
        return new Statistic() {
            @Override
            public int samples() {
                return reference.samples();
            }

            @Override
            public double over(int[] rows) {
                return scale.drop(reference.over(rows), variant.over(rows));
            }
        };
    }

    static Outcome agreement(double[] shares) {
        double percent = 100 * Arrays.stream(shares).average().orElse(1);
        if (Arrays.stream(shares).allMatch(share -> share == 0 || share == 1)) {
            boolean[] equal = new boolean[shares.length];
            boolean[] always = new boolean[shares.length];
            Arrays.fill(always, true);
            IntStream.range(0, equal.length).forEach(i -> equal[i] = shares[i] == 1);
            PairedOutcome paired = PairedOutcome.of(always, equal);
            return Outcome.of(paired, paired.second().wilson95());
        }
        Interval interval = Bootstrap.accelerated95(
                shares.length,
                SEED,
                1000,
                rows -> 100
                        * Arrays.stream(rows)
                                .mapToDouble(row -> shares[row])
                                .average()
                                .orElse(1));
        return new Outcome(percent, interval, 100 - percent, new Interval(100 - interval.high(), 100 - interval.low()));
    }

    /** Class by class; empty where the metric has none. */
    static List<ClassResult> classes(Tally reference, @Nullable Tally variant) {
        var answers = reference.answers();
        if (answers.isPresent()) {
            return recalls(
                    answers.get().labels(),
                    answers.get().right(),
                    variant == null ? null : variant.answers().orElseThrow().right());
        }
        if (reference.byClass().isEmpty()) {
            return List.of();
        }
        ClassStatistic expected = reference.byClass().get();
        ClassStatistic actual = variant == null ? null : variant.byClass().orElseThrow();
        var results = new ArrayList<ClassResult>();
        expected.classes().forEach((label, count) -> {
            Statistic first = expected.ofClass(label);
            Statistic second = actual == null ? null : actual.ofClass(label);
            Statistic drop = second == null ? null : dropOf(Scale.PERCENT, first, second);
            results.add(new ClassResult(
                    label,
                    count,
                    first.value(),
                    interval(first),
                    second == null ? null : second.value(),
                    second == null ? null : interval(second),
                    drop == null ? null : drop.value(),
                    drop == null ? null : interval(drop)));
        });
        return results;
    }

    private static Interval interval(Statistic statistic) {
        int[] once = new int[statistic.samples()];
        Arrays.setAll(once, row -> row);
        double value = statistic.over(once);
        // a class of one sample isn't in every draw; where it isn't, what all samples say stands for it
        return Bootstrap.interval95(statistic.samples(), SEED, RESAMPLES_OF_CLASS, rows -> {
            double drawn = statistic.over(rows);
            return Double.isNaN(drawn) ? value : drawn;
        });
    }

    private static List<ClassResult> recalls(List<Integer> labels, boolean[] first, boolean @Nullable [] second) {
        SortedMap<Integer, List<Integer>> rows = new TreeMap<>();
        for (int i = 0; i < labels.size(); i++) {
            rows.computeIfAbsent(labels.get(i), _ -> new ArrayList<>()).add(i);
        }
        var results = new ArrayList<ClassResult>();
        rows.forEach((label, members) -> {
            if (second == null) {
                long hits = members.stream().filter(row -> first[row]).count();
                var recall = new Proportion(hits, members.size());
                results.add(new ClassResult(
                        label, members.size(), recall.percent(), recall.wilson95(), null, null, null, null));
                return;
            }
            PairedOutcome paired = PairedOutcome.of(of(members, first), of(members, second));
            results.add(new ClassResult(
                    label,
                    members.size(),
                    paired.first().percent(),
                    paired.first().wilson95(),
                    paired.second().percent(),
                    paired.second().wilson95(),
                    paired.dropPercent(),
                    paired.dropInterval95()));
        });
        return results;
    }

    private static boolean[] of(List<Integer> rows, boolean[] right) {
        boolean[] chosen = new boolean[rows.size()];
        for (int i = 0; i < chosen.length; i++) {
            chosen[i] = right[rows.get(i)];
        }
        return chosen;
    }
}
