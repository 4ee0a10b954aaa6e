package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the float inputs of a set of samples look like, so that sets which don't fit their purpose or each other are found. */
final class InputRanges {
    /** Share of values at an end from which on they look cut off. */
    private static final double CUT_OFF = 0.1;

    /** The same at each end of a signal that goes both ways. */
    private static final double CUT_OFF_TWICE = 0.025;

    /** Sets whose values differ by this factor are scaled in different ways. */
    private static final double OTHER_SCALE = 8;

    /** Share of values beyond what calibration showed from which on it showed too little. */
    private static final double BEYOND = 0.02;

    private final Map<String, InputRange> ranges = new LinkedHashMap<>();
    private final Map<String, Long> beyond = new LinkedHashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();

    /** A set of samples to compare with another. */
    private final Optional<InputRanges> calibrated;

    InputRanges() {
        calibrated = Optional.empty();
    }

    private InputRanges(InputRanges calibrated) {
        this.calibrated = Optional.of(calibrated);
    }

    /** Of the samples that are judged by, which ought to look like these. */
    InputRanges compared() {
        return new InputRanges(this);
    }

    void add(Sample sample) {
        sample.inputs().forEach((name, tensor) -> {
            if (tensor.type() == DataType.FLOAT) {
                add(name, tensor);
            }
        });
    }

    private void add(String name, Tensor tensor) {
        float[] values = tensor.toFloats();
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return;
            }
        }
        ranges.computeIfAbsent(name, key -> new InputRange()).add(values);
        InputRange shown = calibrated.map(other -> other.ranges.get(name)).orElse(null);
        if (shown != null) {
            long outside = 0;
            for (float value : values) {
                outside += value < shown.low() || value > shown.high() ? 1 : 0;
            }
            beyond.merge(name, outside, Long::sum);
            counts.merge(name, (long) values.length, Long::sum);
        }
    }

    /** The same samples, looked at as they pass. */
    SampleSource watching(SampleSource source) {
        return new Watched(source, this);
    }

    private record Watched(SampleSource source, InputRanges watching) implements SampleSource {
        @Override
        public long size() {
            return source.size();
        }

        @Override
        public Iterator<Sample> iterator() {
            Iterator<Sample> all = source.iterator();
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return all.hasNext();
                }

                @Override
                public Sample next() {
                    Sample sample = all.next();
                    watching.add(sample);
                    return sample;
                }
            };
        }
    }

    /** Inputs that lie at the end of their range so often that they look cut off. */
    List<Problem> saturated() {
        var problems = new ArrayList<Problem>();
        ranges.forEach((name, range) -> {
            if (range.isEmpty() || range.isCode()) {
                return;
            }
            boolean bothEnds = range.low() < 0
                    && range.high() > 0
                    && range.isOftenLow()
                    && range.isOftenHigh()
                    && range.shareAtLow() >= CUT_OFF_TWICE
                    && range.shareAtHigh() >= CUT_OFF_TWICE;
            // a lower end alone is silence, padding or a dark background more often than not
            boolean upperEnd = range.high() != 0 && range.isOftenHigh() && range.shareAtHigh() >= CUT_OFF;
            if (bothEnds || upperEnd) {
                problems.add(Problem.usage(
                                "compress.calibration-saturated",
                                "%.0f %% of the values of %s are exactly %s, the largest that it takes"
                                                .formatted(100 * range.shareAtHigh(), name, number(range.high()))
                                        + (bothEnds
                                                ? ", and %.0f %% exactly %s, the least"
                                                        .formatted(100 * range.shareAtLow(), number(range.low()))
                                                : ""))
                        .at(name)
                        .because("samples that are cut off don't show how far values go")
                        .attempt("samples with less gain or exposure, unless that value is a background"));
            }
        });
        return problems;
    }

    /** Inputs that differ from those of the calibration samples so much that ranges taken there can't fit. */
    List<Problem> unlikeCalibration() {
        var problems = new ArrayList<Problem>();
        ranges.forEach((name, range) -> {
            InputRange shown = calibrated.map(other -> other.ranges.get(name)).orElse(null);
            if (shown == null || range.isEmpty() || shown.isEmpty()) {
                return;
            }
            double ratio = range.rootMeanSquare() / shown.rootMeanSquare();
            double share = (double) beyond.getOrDefault(name, 0L) / Math.max(1, counts.getOrDefault(name, 0L));
            String extents = "calibration goes from %s to %s, evaluation from %s to %s"
                    .formatted(number(shown.low()), number(shown.high()), number(range.low()), number(range.high()));
            if (ratio > OTHER_SCALE || ratio < 1 / OTHER_SCALE) {
                problems.add(Problem.usage(
                                "compress.calibration-scale",
                                "calibration and evaluation samples of " + name + " are scaled differently")
                        .at(name)
                        .because(extents)
                        .attempt("the same pre-processing for both, that of training"));
            } else if (share > BEYOND) {
                problems.add(Problem.usage(
                                "compress.calibration-range",
                                "%.0f %% of the evaluation values of %s lie beyond what calibration showed"
                                        .formatted(100 * share, name))
                        .at(name)
                        .because(extents + "; what lies beyond is cut off")
                        .attempt("calibration samples such as the model will see in use"));
            }
        });
        return problems;
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? Long.toString((long) value)
                : "%.4g".formatted(value);
    }
}
