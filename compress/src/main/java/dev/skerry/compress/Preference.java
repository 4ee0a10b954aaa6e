package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.Status;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Which of the variants that were measured is the one to take, and which are worth a look. */
final class Preference {
    /** Speeds closer than this are the same speed. */
    private static final double SAME_SPEED = 1.05;

    /** Sizes closer than this are the same size. */
    private static final double SAME_SIZE = 1.05;

    /**
     * A variant as far as the choice needs it.
     *
     * @param kernels equal for variants that differ in numbers only, and so are equally fast
     * @param ratio time ÷ float's; 1 where it wasn't measured
     * @param keepsGate whether the samples rule out a drop above what is allowed; where not, they only don't show one
     * @param sqnrDecibel of its outputs, on calibration samples
     */
    record Point(
            String name,
            String kernels,
            Status status,
            long bytes,
            double ratio,
            double accuracy,
            boolean keepsGate,
            double sqnrDecibel) {}

    private Preference() {}

    /**
     * The variant to take, of those that passed the gate and keep to the budgets; empty where float is better.
     *
     * @param slowerToo whether one may be taken that is slower than float: where size is the goal, or float breaks a limit
     */
    static Optional<Point> best(List<Point> points, CompressionRequest.Goal goal, boolean timed, boolean slowerToo) {
        List<Point> passing = points.stream()
                .filter(point -> point.status() == Status.PASSED || slowerToo && point.status() == Status.SLOWER)
                .toList();
        return switch (goal) {
            case SIZE -> smallest(passing);
            case SPEED -> smallest(timed ? fastest(passing) : passing);
        };
    }

    /** What differs in speed between variants of the same kernels is noise, and their mean has less. */
    private static List<Point> fastest(List<Point> points) {
        Map<String, Double> ratios = points.stream()
                .collect(Collectors.groupingBy(Point::kernels, Collectors.averagingDouble(Point::ratio)));
        double least =
                ratios.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
        return points.stream()
                .filter(point -> ratios.getOrDefault(point.kernels(), point.ratio()) <= least * SAME_SPEED)
                .toList();
    }

    /** Of those about as small as the smallest, the truest that certainly keeps the gate, or the truest where none does. */
    private static Optional<Point> smallest(List<Point> points) {
        long least = points.stream().mapToLong(Point::bytes).min().orElse(0);
        return points.stream()
                .filter(point -> point.bytes() <= least * SAME_SIZE)
                .max(Comparator.comparing(Point::keepsGate).thenComparingDouble(Point::sqnrDecibel));
    }

    /** Names of the variants that no other one is at least as small, as fast and as accurate as. */
    static List<String> pareto(List<Point> points) {
        var names = new ArrayList<String>();
        for (Point point : points) {
            boolean counts = point.status() != Status.FAILED && point.status() != Status.NO_GAIN;
            if (counts && points.stream().noneMatch(other -> dominates(other, point))) {
                names.add(point.name());
            }
        }
        return names;
    }

    private static boolean dominates(Point one, Point other) {
        return one.status() != Status.FAILED
                && one.bytes() <= other.bytes()
                && one.ratio() <= other.ratio()
                && one.accuracy() >= other.accuracy()
                && (one.bytes() < other.bytes() || one.ratio() < other.ratio() || one.accuracy() > other.accuracy());
    }
}
