package dev.skerry.agent;

import dev.skerry.agent.Metrics.Family;
import dev.skerry.agent.Metrics.Kind;
import dev.skerry.agent.Metrics.Point;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Metrics as text: Prometheus' format 0.0.4, or OpenMetrics 1.0. */
final class Exposition {
    private Exposition() {}

    static String write(List<Family> families, boolean openMetrics) {
        var text = new StringBuilder();
        for (Family family : families) {
            String name = name(family);
            String described = family.kind() == Kind.COUNTER && !openMetrics ? name + "_total" : name;
            text.append("# HELP ")
                    .append(described)
                    .append(' ')
                    .append(family.help())
                    .append('\n');
            text.append("# TYPE ")
                    .append(described)
                    .append(' ')
                    .append(type(family.kind()))
                    .append('\n');
            if (openMetrics && !unit(family).isEmpty()) {
                text.append("# UNIT ")
                        .append(name)
                        .append(' ')
                        .append(unit(family).substring(1))
                        .append('\n');
            }
            for (Point point : family.points()) {
                switch (family.kind()) {
                    case COUNTER -> line(text, name + "_total", point.labels(), point.value());
                    case GAUGE -> line(text, name, point.labels(), point.value());
                    case HISTOGRAM -> histogram(text, name, point);
                }
            }
        }
        if (openMetrics) {
            text.append("# EOF\n");
        }
        return text.toString();
    }

    private static void histogram(StringBuilder text, String name, Point point) {
        Histogram.Snapshot snapshot = point.histogram();
        if (snapshot == null) {
            return;
        }
        long sum = 0;
        for (int i = 0; i < snapshot.counts().length; i++) {
            sum += snapshot.counts()[i];
            var labels = new TreeMap<>(point.labels());
            labels.put("le", i < Histogram.BOUNDS.length ? number(Histogram.BOUNDS[i]) : "+Inf");
            line(text, name + "_bucket", labels, sum);
        }
        line(text, name + "_sum", point.labels(), snapshot.sumSeconds());
        line(text, name + "_count", point.labels(), sum);
    }

    private static void line(StringBuilder text, String name, Map<String, String> labels, double value) {
        text.append(name);
        if (!labels.isEmpty()) {
            text.append(new TreeMap<>(labels)
                    .entrySet().stream()
                            .map(label -> label.getKey() + "=\"" + escaped(label.getValue()) + "\"")
                            .collect(Collectors.joining(",", "{", "}")));
        }
        text.append(' ').append(number(value)).append('\n');
    }

    private static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String name(Family family) {
        return family.name() + unit(family);
    }

    private static String unit(Family family) {
        return switch (family.unit()) {
            case "s" -> "_seconds";
            case "By" -> "_bytes";
            default -> "";
        };
    }

    private static String type(Kind kind) {
        return switch (kind) {
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            case HISTOGRAM -> "histogram";
        };
    }
}
