package dev.skerry.cli;

import dev.skerry.measure.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Costs against accuracy as inline SVG: points with their intervals, and the front beyond which nothing was found. */
final class Scatter {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 340;
    private static final int LEFT = 64;
    private static final int BOTTOM = 44;
    private static final int TOP = 12;
    private static final int RIGHT = 20;
    private static final double LETTER = 6.6;

    /**
     * @param x cost, less is better
     * @param y accuracy
     * @param style class of its mark: {@code chosen}, {@code dot}, {@code refused}
     * @param named whether its name is written beside it; all have it as a tooltip
     */
    record Point(
            String name,
            double x,
            @Nullable Interval xInterval,
            double y,
            @Nullable Interval yInterval,
            String title,
            String style,
            boolean named) {}

    private record Box(double left, double top, double right, double bottom) {
        boolean meets(Box other) {
            return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
        }
    }

    private final List<Point> points;
    private final boolean lowerIsBetter;
    private final double left;
    private final double right;
    private final double low;
    private final double high;
    private final StringBuilder svg = new StringBuilder();

    private Scatter(List<Point> points, boolean lowerIsBetter) {
        this.points = points;
        this.lowerIsBetter = lowerIsBetter;
        double nearest = points.stream().mapToDouble(Scatter::nearest).min().orElse(0);
        double farthest = points.stream().mapToDouble(Scatter::farthest).max().orElse(1);
        // from zero where that costs little room, since costs are shares of each other
        left = nearest < 0.4 * farthest ? 0 : nearest - 0.15 * (farthest - nearest);
        right = farthest + 0.08 * Math.max(farthest - left, 1e-9);
        double least = points.stream().mapToDouble(Scatter::lowest).min().orElse(0);
        double most = points.stream().mapToDouble(Scatter::highest).max().orElse(1);
        double margin = Math.max(1e-6, 0.05 * (most - least));
        low = least - margin;
        high = most + margin;
    }

    /**
     * @param xLabel what the x axis is, with its unit
     * @param yLabel what the y axis is
     * @param lowerIsBetter whether less of y is better, for the front
     */
    static String of(List<Point> points, String xLabel, String yLabel, boolean lowerIsBetter) {
        return points.isEmpty()
                ? "<p class=\"faint\">nothing was measured</p>"
                : new Scatter(points, lowerIsBetter).draw(xLabel, yLabel);
    }

    private String draw(String xLabel, String yLabel) {
        svg.append("<svg viewBox=\"0 0 %d %d\" role=\"img\">".formatted(WIDTH, HEIGHT))
                .append("<title>%s over %s</title>".formatted(Plot.escape(yLabel), Plot.escape(xLabel)));
        axes(xLabel, yLabel);
        front();
        var taken = new ArrayList<Box>();
        for (Point point : points) {
            double x = x(point.x());
            double y = y(point.y());
            taken.add(new Box(x - 5, y - 5, x + 5, y + 5));
            whiskers(point);
        }
        // the larger mark of the chosen one lies below those that it would hide
        for (Point point : points.stream()
                .sorted(Comparator.comparing(point -> !point.style().equals("chosen")))
                .toList()) {
            svg.append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%d\" class=\"%s\">"
                            .formatted(
                                    x(point.x()), y(point.y()), point.style().equals("chosen") ? 6 : 4, point.style()))
                    .append(Plot.title(point.title()))
                    .append("</circle>");
        }
        points.stream().filter(Point::named).forEach(point -> name(point, taken));
        return svg.append("</svg>").toString();
    }

    private void axes(String xLabel, String yLabel) {
        svg.append(Plot.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
                .append(Plot.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "axis"));
        for (double tick : ticks(left, right)) {
            svg.append(Plot.line(x(tick), HEIGHT - BOTTOM, x(tick), HEIGHT - BOTTOM + 4, "axis"))
                    .append(Plot.label(x(tick), HEIGHT - BOTTOM + 17, "middle", number(tick)));
        }
        for (double tick : ticks(low, high)) {
            svg.append(Plot.line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid"))
                    .append(Plot.label(LEFT - 8, y(tick) + 4, "end", number(tick)));
        }
        svg.append(Plot.label(WIDTH - RIGHT, HEIGHT - 6, "end", xLabel))
                .append(Plot.label(LEFT, HEIGHT - 6, "start", "↑ " + yLabel));
    }

    /** Through the points of which none is both cheaper and better, as a stair: what lies between two of them isn't known. */
    private void front() {
        var best = new ArrayList<Point>();
        Comparator<Point> goodness = Comparator.comparingDouble(point -> lowerIsBetter ? -point.y() : point.y());
        points.stream()
                .sorted(Comparator.comparingDouble(Point::x).thenComparing(goodness.reversed()))
                .forEach(point -> {
                    if (best.isEmpty() || goodness.compare(point, best.getLast()) > 0) {
                        best.add(point);
                    }
                });
        if (best.size() < 2) {
            return;
        }
        var path = new StringBuilder();
        for (int i = 0; i < best.size(); i++) {
            Point point = best.get(i);
            path.append(String.format(Locale.ROOT, i == 0 ? "M%.1f %.1f" : "H%.1fV%.1f", x(point.x()), y(point.y())));
        }
        svg.append("<path d=\"").append(path).append("\" class=\"front\"/>");
    }

    private void whiskers(Point point) {
        Interval vertical = point.yInterval();
        if (vertical != null) {
            svg.append(Plot.line(x(point.x()), y(vertical.low()), x(point.x()), y(vertical.high()), "thin"));
        }
        Interval horizontal = point.xInterval();
        if (horizontal != null) {
            svg.append(Plot.line(x(horizontal.low()), y(point.y()), x(horizontal.high()), y(point.y()), "thin"));
        }
    }

    /** Beside its point where there is room, and nowhere where there is none. */
    private void name(Point point, List<Box> taken) {
        double wide = point.name().length() * LETTER;
        for (int row : new int[] {0, -1, 1, -2, 2, -3, 3}) {
            for (boolean after : new boolean[] {true, false}) {
                double left = after ? x(point.x()) + 9 : x(point.x()) - 9 - wide;
                double middle = y(point.y()) + row * 14.0;
                var box = new Box(left, middle - 7, left + wide, middle + 7);
                boolean inside =
                        box.left() >= LEFT && box.right() <= WIDTH && box.top() >= 0 && box.bottom() <= HEIGHT - BOTTOM;
                if (inside && taken.stream().noneMatch(box::meets)) {
                    taken.add(box);
                    svg.append(Plot.label(left, middle + 4, "start", point.name()));
                    return;
                }
            }
        }
    }

    /** Round numbers within the range, about five of them. */
    static List<Double> ticks(double from, double to) {
        double rough = Math.max(to - from, 1e-9) / 5;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
        var ticks = new ArrayList<Double>();
        for (long i = (long) Math.ceil(from / step); i * step <= to; i++) {
            ticks.add(i * step);
        }
        return ticks;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value).replaceFirst("\\.?0+$", "");
    }

    private static double nearest(Point point) {
        Interval interval = point.xInterval();
        return interval == null ? point.x() : Math.min(point.x(), interval.low());
    }

    private static double farthest(Point point) {
        Interval interval = point.xInterval();
        return interval == null ? point.x() : Math.max(point.x(), interval.high());
    }

    private static double lowest(Point point) {
        Interval interval = point.yInterval();
        return interval == null ? point.y() : Math.min(point.y(), interval.low());
    }

    private static double highest(Point point) {
        Interval interval = point.yInterval();
        return interval == null ? point.y() : Math.max(point.y(), interval.high());
    }

    private double x(double value) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - left) / (right - left);
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low);
    }
}
