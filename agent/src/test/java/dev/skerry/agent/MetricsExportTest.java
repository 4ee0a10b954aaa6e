package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a collector gets, read with OpenTelemetry's own messages. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class MetricsExportTest {
    @TempDir
    Path folder;

    @Test
    void aCollectorUnderstandsWhatItGets() throws Exception {
        BlockingQueue<byte[]> bodies = new ArrayBlockingQueue<>(100);
        var refusals = new AtomicInteger(1);
        WebServer collector = WebServer.builder()
                .host("127.0.0.1")
                .routing(HttpRouting.builder().post("/v1/metrics", (request, response) -> {
                    byte[] body = request.content().inputStream().readAllBytes();
                    // the first one is refused, which must not stop the others
                    boolean refused = refusals.getAndDecrement() > 0;
                    boolean protobuf = request.headers()
                            .value(HeaderNames.CONTENT_TYPE)
                            .filter("application/x-protobuf"::equals)
                            .isPresent();
                    response.status(refused || !protobuf ? Status.SERVICE_UNAVAILABLE_503 : Status.OK_200)
                            .send();
                    if (!refused && protobuf) {
                        bodies.offer(body);
                    }
                }))
                .build()
                .start();
        Listening local = Listening.local();
        var exporting = new Listening(
                local.address(),
                0,
                -1,
                null,
                false,
                local.limits(),
                local.drain(),
                URI.create("http://127.0.0.1:" + collector.port()),
                Duration.ofMillis(50));
        try (Served served = Served.with(exporting, SmallModels.doubling(folder))) {
            for (int i = 0; i < 3; i++) {
                served.infer("doubling", """
                        {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}""");
            }
            bodies.clear();
            List<Metric> metrics = List.of();
            for (int i = 0; i < 100 && !counted(metrics); i++) {
                byte[] body = bodies.poll(10, TimeUnit.SECONDS);
                ExportMetricsServiceRequest export = ExportMetricsServiceRequest.parseFrom(body);
                assertThat(export.getResourceMetrics(0)
                                .getResource()
                                .getAttributes(0)
                                .getKey())
                        .isEqualTo("service.name");
                assertThat(export.getResourceMetrics(0).getUnknownFields().asMap())
                        .isEmpty();
                metrics = export.getResourceMetrics(0).getScopeMetrics(0).getMetricsList();
            }
            Metric requests = named(metrics, "skerry.requests");
            assertThat(requests.getSum().getIsMonotonic()).isTrue();
            assertThat(requests.getSum().getAggregationTemporality())
                    .isEqualTo(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
            assertThat(requests.getSum()
                            .getDataPoints(0)
                            .getAttributes(0)
                            .getValue()
                            .getStringValue())
                    .isEqualTo("doubling");
            HistogramDataPoint infer =
                    named(metrics, "skerry.infer_duration").getHistogram().getDataPoints(0);
            assertThat(infer.getCount()).isEqualTo(3);
            assertThat(infer.getBucketCountsCount()).isEqualTo(infer.getExplicitBoundsCount() + 1);
            assertThat(infer.getBucketCountsList().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isEqualTo(3);
            assertThat(infer.getSum()).isPositive();
            assertThat(infer.getTimeUnixNano()).isGreaterThanOrEqualTo(infer.getStartTimeUnixNano());
        } finally {
            collector.stop();
        }
    }

    private static boolean counted(List<Metric> metrics) {
        return !metrics.isEmpty()
                && named(metrics, "skerry.requests").getSum().getDataPoints(0).getAsDouble() == 3;
    }

    private static Metric named(List<Metric> metrics, String name) {
        return metrics.stream()
                .filter(metric -> metric.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
