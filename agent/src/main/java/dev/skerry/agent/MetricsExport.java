package dev.skerry.agent;

import com.google.protobuf.MessageLite;
import dev.skerry.agent.Metrics.Family;
import dev.skerry.agent.Metrics.Point;
import dev.skerry.agent.proto.OtlpAttribute;
import dev.skerry.agent.proto.OtlpGauge;
import dev.skerry.agent.proto.OtlpHistogram;
import dev.skerry.agent.proto.OtlpHistogramPoint;
import dev.skerry.agent.proto.OtlpMetric;
import dev.skerry.agent.proto.OtlpMetrics;
import dev.skerry.agent.proto.OtlpPoint;
import dev.skerry.agent.proto.OtlpResource;
import dev.skerry.agent.proto.OtlpResourceMetrics;
import dev.skerry.agent.proto.OtlpScope;
import dev.skerry.agent.proto.OtlpScopeMetrics;
import dev.skerry.agent.proto.OtlpSum;
import dev.skerry.agent.proto.OtlpTemporality;
import dev.skerry.agent.proto.OtlpValue;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Sends metrics to an OpenTelemetry collector from time to time, as OTLP over HTTP with protobuf. A collector that doesn't
 * answer costs nothing but its count: values are sums, and the next export says what this one would have said.
 */
final class MetricsExport implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Metrics metrics;
    private final URI target;
    private final Duration every;
    private final InstantSource clock;
    private final long startNanos;
    private final LongAdder failures = new LongAdder();
    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    private final Thread thread;

    private MetricsExport(Metrics metrics, URI collector, Duration every, InstantSource clock) {
        this.metrics = metrics;
        String base = collector.toString();
        this.target = URI.create(
                base.endsWith("/v1/metrics") ? base : base.replaceFirst("/+$", "") + "/v1/metrics");
        this.every = every;
        this.clock = clock;
        this.startNanos = nanos(clock);
        this.thread = Thread.ofVirtual().name("metrics-export").unstarted(this::repeat);
    }

    static MetricsExport start(Metrics metrics, URI collector, Duration every, InstantSource clock) {
        var export = new MetricsExport(metrics, collector, every, clock);
        export.thread.start();
        return export;
    }

    private void repeat() {
        try {
            while (true) {
                Thread.sleep(every);
                send();
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void send() throws InterruptedException {
        var request = HttpRequest.newBuilder(target)
                .timeout(PATIENCE)
                .header("Content-Type", "application/x-protobuf")
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        message(metrics, startNanos, nanos(clock)).toByteArray()))
                .build();
        try {
            int status = client.send(request, HttpResponse.BodyHandlers.discarding())
                    .statusCode();
            if (status / 100 != 2) {
                failures.increment();
            }
        } catch (IOException unreachable) {
            failures.increment();
        }
    }

    /** Exports that the collector didn't take. */
    long failures() {
        return failures.sum();
    }

    private static long nanos(InstantSource clock) {
        var now = clock.instant();
        return now.getEpochSecond() * 1_000_000_000 + now.getNano();
    }

    static MessageLite message(Metrics metrics, long startNanos, long nowNanos) {
        var scope = OtlpScopeMetrics.newBuilder()
                .setScope(OtlpScope.newBuilder().setName("dev.skerry.agent").setVersion(metrics.version()));
        for (Family family : metrics.families()) {
            scope.addMetrics(metric(family, startNanos, nowNanos));
        }
        return OtlpMetrics.newBuilder()
                .addResourceMetrics(OtlpResourceMetrics.newBuilder()
                        .setResource(OtlpResource.newBuilder()
                                .addAttributes(attribute("service.name", "skerry-agent"))
                                .addAttributes(attribute("service.version", metrics.version())))
                        .addScopeMetrics(scope))
                .build();
    }

    private static OtlpMetric metric(Family family, long startNanos, long nowNanos) {
        var metric = OtlpMetric.newBuilder()
                .setName(family.name().replaceFirst("_", "."))
                .setDescription(family.help())
                .setUnit(family.unit().isEmpty() ? "1" : family.unit());
        switch (family.kind()) {
            case COUNTER -> metric.setSum(OtlpSum.newBuilder()
                    .addAllDataPoints(points(family.points(), startNanos, nowNanos))
                    .setAggregationTemporality(OtlpTemporality.CUMULATIVE)
                    .setIsMonotonic(true));
            case GAUGE -> metric.setGauge(
                    OtlpGauge.newBuilder().addAllDataPoints(points(family.points(), startNanos, nowNanos)));
            case HISTOGRAM -> {
                var histogram = OtlpHistogram.newBuilder().setAggregationTemporality(OtlpTemporality.CUMULATIVE);
                for (Point point : family.points()) {
                    histogram.addDataPoints(histogram(point, startNanos, nowNanos));
                }
                metric.setHistogram(histogram);
            }
        }
        return metric.build();
    }

    private static List<OtlpPoint> points(List<Point> points, long startNanos, long nowNanos) {
        return points.stream()
                .map(point -> OtlpPoint.newBuilder()
                        .addAllAttributes(attributes(point.labels()))
                        .setStartTimeUnixNano(startNanos)
                        .setTimeUnixNano(nowNanos)
                        .setAsDouble(point.value())
                        .build())
                .toList();
    }

    private static OtlpHistogramPoint histogram(Point point, long startNanos, long nowNanos) {
        var made = OtlpHistogramPoint.newBuilder()
                .addAllAttributes(attributes(point.labels()))
                .setStartTimeUnixNano(startNanos)
                .setTimeUnixNano(nowNanos);
        Histogram.Snapshot snapshot = point.histogram();
        if (snapshot != null) {
            made.setCount(snapshot.count()).setSum(snapshot.sumSeconds());
            for (long count : snapshot.counts()) {
                made.addBucketCounts(count);
            }
            for (double bound : Histogram.BOUNDS) {
                made.addExplicitBounds(bound);
            }
        }
        return made.build();
    }

    private static List<OtlpAttribute> attributes(Map<String, String> labels) {
        return new TreeMap<>(labels)
                .entrySet().stream()
                        .map(label -> attribute(label.getKey(), label.getValue()))
                        .toList();
    }

    private static OtlpAttribute attribute(String key, String value) {
        return OtlpAttribute.newBuilder()
                .setKey(key)
                .setValue(OtlpValue.newBuilder().setStringValue(value))
                .build();
    }

    @Override
    public void close() {
        thread.interrupt();
        client.shutdownNow();
    }
}
