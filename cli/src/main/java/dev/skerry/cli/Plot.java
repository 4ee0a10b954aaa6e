package dev.skerry.cli;

import java.util.List;
import java.util.Locale;

/** Plots as inline SVG, readable without scripts: each point carries its value as a tooltip. */
final class Plot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 240;
    private static final int LEFT = 64;
    private static final int BOTTOM = 36;
    private static final int TOP = 14;
    private static final int RIGHT = 16;

    private Plot() {}

    /** A bar of a histogram: everything from {@code low} to below {@code high}. */
    record Bucket(double low, double high, long count) {}

    /** A point of a series; {@code marked} ones stand out. */
    record Point(double x, double y, boolean marked) {}

    /** A horizontal bar; {@code low} and {@code high} are the ends of its interval, equal where it has none. */
    record Bar(String label, double value, double low, double high, String text, boolean chosen) {}

    /** Latency over a logarithmic axis, since the tail is what matters; counts too, so that one late cycle is seen. */
    static String histogram(List<Bucket> buckets, double limit, String unit) {
        return histogram(buckets, limit, unit, "deadline");
    }

    /** The same with another name for the limit. */
    static String histogram(List<Bucket> buckets, double limit, String unit, String limitName) {
        if (buckets.isEmpty()) {
            return empty();
        }
        double low = Math.max(buckets.getFirst().low(), 1e-3);
        double high = Math.max(buckets.getLast().high(), limit) * 1.05;
        long most = buckets.stream().mapToLong(Bucket::count).max().orElse(1);
        var svg = open();
        for (Bucket bucket : buckets) {
            double x = x(Math.log(Math.max(bucket.low(), low)), Math.log(low), Math.log(high));
            double end = x(Math.log(Math.max(bucket.high(), low)), Math.log(low), Math.log(high));
            double tall = (HEIGHT - TOP - BOTTOM) * Math.log1p((double) bucket.count()) / Math.log1p((double) most);
            svg.append(rect(
                            x,
                            HEIGHT - BOTTOM - tall,
                            Math.max(1, end - x - 0.5),
                            tall,
                            bucket.low() >= limit ? "bad" : "bar"))
                    .append(title(
                            number(bucket.low()) + "–" + number(bucket.high()) + " " + unit + ": " + bucket.count()))
                    .append("</rect>");
        }
        for (int step = 0; step <= 5; step++) {
            double value = Math.exp(Math.log(low) + (Math.log(high) - Math.log(low)) * step / 5);
            svg.append(label(LEFT + (WIDTH - LEFT - RIGHT) * step / 5.0, HEIGHT - 14, "middle", number(value)));
        }
        svg.append(label(LEFT - 8, TOP + 8, "end", Long.toString(most)))
                .append(label(LEFT - 8, HEIGHT - BOTTOM, "end", "0"));
        double at = x(Math.log(limit), Math.log(low), Math.log(high));
        svg.append(line(at, TOP, at, HEIGHT - BOTTOM, "limit")).append(label(at - 4, TOP + 10, "end", limitName));
        return svg.append(label(WIDTH - RIGHT, HEIGHT - 2, "end", unit + ", logarithmic"))
                .append("</svg>")
                .toString();
    }

    /** Points over time with the limit as a line. */
    static String timeline(List<Point> points, double limit, String xUnit, String yUnit) {
        if (points.isEmpty()) {
            return empty();
        }
        double last = Math.max(points.getLast().x(), 1e-9);
        double high = Math.max(points.stream().mapToDouble(Point::y).max().orElse(1), limit) * 1.08;
        var svg = open();
        for (Point point : points) {
            svg.append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%s\" class=\"%s\">"
                            .formatted(
                                    x(point.x(), 0, last),
                                    y(point.y(), high),
                                    point.marked() ? "4" : "1.6",
                                    point.marked() ? "bad" : "dot"))
                    .append(title(number(point.x()) + " " + xUnit + ": " + number(point.y()) + " " + yUnit))
                    .append("</circle>");
        }
        svg.append(line(LEFT, y(limit, high), WIDTH - RIGHT, y(limit, high), "limit"))
                .append(label(WIDTH - RIGHT, y(limit, high) - 4, "end", "deadline " + number(limit) + " " + yUnit));
        for (int step = 0; step <= 4; step++) {
            svg.append(label(LEFT - 8, y(high * step / 4, high) + 4, "end", number(high * step / 4)))
                    .append(label(
                            LEFT + (WIDTH - LEFT - RIGHT) * step / 4.0,
                            HEIGHT - 14,
                            "middle",
                            number(last * step / 4)));
        }
        return svg.append(label(LEFT - 8, HEIGHT - 2, "end", yUnit))
                .append(label(WIDTH - RIGHT, HEIGHT - 2, "end", xUnit))
                .append("</svg>")
                .toString();
    }

    /** Labelled horizontal bars from {@code from} to {@code to}, with whiskers for their intervals. */
    static String bars(List<Bar> bars, double from, double to) {
        int row = 26;
        int left = 190;
        int tall = bars.size() * row + 8;
        var svg = new StringBuilder("<svg viewBox=\"0 0 %d %d\" role=\"img\">".formatted(WIDTH, tall));
        double scale = (WIDTH - left - 170) / Math.max(to - from, 1e-9);
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            double y = 4 + i * row;
            double end = left + Math.clamp((bar.value() - from) * scale, 0, WIDTH - left - 170);
            svg.append(label(left - 8, y + 15, "end", bar.label()))
                    .append(rect(left, y + 3, Math.max(1, end - left), row - 10, bar.chosen() ? "chosen" : "bar"))
                    .append(title(bar.text()))
                    .append("</rect>");
            if (bar.high() > bar.low()) {
                double low = left + Math.max(0, (bar.low() - from) * scale);
                double high = left + (bar.high() - from) * scale;
                svg.append(line(low, y + 11, high, y + 11, "whisker"));
                end = Math.max(end, high);
            }
            svg.append(label(end + 8, y + 15, "start", bar.text()));
        }
        return svg.append("</svg>").toString();
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static StringBuilder open() {
        return new StringBuilder("<svg viewBox=\"0 0 %d %d\" role=\"img\">".formatted(WIDTH, HEIGHT))
                .append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
                .append(line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "axis"));
    }

    private static String empty() {
        return "<p class=\"faint\">nothing was measured</p>";
    }

    private static double x(double value, double low, double high) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / Math.max(high - low, 1e-12);
    }

    private static double y(double value, double high) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / Math.max(high, 1e-12);
    }

    static String rect(double x, double y, double wide, double tall, String style) {
        return "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\">"
                .formatted(x, y, wide, tall, style);
    }

    static String line(double x1, double y1, double x2, double y2, String style) {
        return "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>".formatted(x1, y1, x2, y2, style);
    }

    static String label(double x, double y, String anchor, String text) {
        return "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>".formatted(x, y, anchor, escape(text));
    }

    static String title(String text) {
        return "<title>" + escape(text) + "</title>";
    }

    private static String number(double value) {
        double size = Math.abs(value);
        int decimals = size >= 100 ? 0 : size >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }
}
