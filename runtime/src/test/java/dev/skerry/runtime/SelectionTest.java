package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static final Path KWS = SharedData.at("models/kws-dscnn/kws_dscnn.onnx");
    private static final Duration SHORT = Duration.ofMillis(300);

    @Test
    void everyCombinationIsARowAndTheFastestIsOnTop() {
        var report = new Selection(List.of(new OnnxRuntime()), System::nanoTime)
                .measure(request(List.of(1, 2), new Selection.Variant("float32", KWS, Tolerance.SAME_MODEL)));
        assertThat(report.rows()).hasSize(2).allSatisfy(row -> {
            assertThat(row.runtime()).isEqualTo("onnxruntime");
            assertThat(row.provider()).isEqualTo("CPUExecutionProvider");
            assertThat(row.status()).isEqualTo(SelectionRow.Status.OK);
            assertThat(row.latency()).isNotNull();
        });
        assertThat(report.rows()).extracting(SelectionRow::threads).containsExactlyInAnyOrder(1, 2);
        assertThat(report.best()).contains(report.rows().getFirst());
        assertThat(report.rows().getFirst().reason()).isNull();
        assertThat(report.rows().getLast().reason()).endsWith("times the median of the best");
    }

    @Test
    void aVariantThatDecidesOtherwiseIsRejectedWithTheReason() {
        var report = new Selection(List.of(new OnnxRuntime()), System::nanoTime)
                .measure(new Selection.Request(
                        List.of(new Selection.Variant("float32", KWS, Tolerance.SAME_MODEL)),
                        List.of(1),
                        Map.of(),
                        Map.of(),
                        List.of(Map.of("input", features(1))),
                        List.of(Map.of("output", Tensor.ofFloats("output", new long[] {1, 12}, new float[12]))),
                        SHORT));
        assertThat(report.best()).isEmpty();
        assertThat(report.rows()).singleElement().satisfies(row -> {
            assertThat(row.status()).isEqualTo(SelectionRow.Status.REJECTED);
            assertThat(row.reason()).contains("outputs differ by up to");
            assertThat(row.latency()).isNull();
        });
        assertThat(report.toJson().get("best").isNull()).isTrue();
    }

    @Test
    void whatFailsStaysAsARow() {
        var report = new Selection(List.of(new OnnxRuntime(), new Absent()), System::nanoTime)
                .measure(request(
                        List.of(1),
                        new Selection.Variant("float32", KWS, Tolerance.SAME_MODEL),
                        new Selection.Variant("int8", Path.of("no/such.onnx"), Tolerance.SAME_DECISIONS)));
        assertThat(report.rows()).hasSize(4);
        assertThat(report.rows().getFirst().status()).isEqualTo(SelectionRow.Status.OK);
        assertThat(report.rows().subList(1, 4)).allSatisfy(row -> {
            assertThat(row.status()).isEqualTo(SelectionRow.Status.FAILED);
            assertThat(row.reason()).isNotEmpty();
        });
    }

    @Test
    void jsonHasTheFieldsThatOthersRelyOn() {
        var report = new Selection(List.of(new OnnxRuntime()), System::nanoTime)
                .measure(request(
                        List.of(1),
                        new Selection.Variant("float32", KWS, Tolerance.SAME_MODEL),
                        new Selection.Variant("int8", Path.of("no/such.onnx"), Tolerance.SAME_DECISIONS)));
        var rows = report.toJson().get("rows");
        for (var row : rows) {
            assertThat(row.propertyNames())
                    .contains(
                            "runtime",
                            "provider",
                            "precision",
                            "threads",
                            "status",
                            "reason",
                            "p50Micros",
                            "p99Micros",
                            "p999Micros",
                            "samples");
        }
        assertThat(rows.get(0).get("p50Micros").asDouble()).isPositive();
        assertThat(rows.get(1).get("p50Micros").isNull()).isTrue();
        assertThat(report.toJson().get("best")).isEqualTo(rows.get(0));
    }

    @Test
    void agreementCountsDecisionsAndKnowsNan() {
        Tensor reference = Tensor.ofFloats("y", new long[] {2, 3}, 1, 2, 3, 3, 2, 1);
        Tensor other = Tensor.ofFloats("y", new long[] {2, 3}, 1, 2, 2.5f, 1, 2, 1);
        assertThat(Agreement.between(List.of(Map.of("y", reference)), List.of(Map.of("y", other))))
                .isEqualTo(new Agreement(2, 50.0));
        Tensor nan = Tensor.ofFloats("y", new long[] {1}, Float.NaN);
        assertThat(Agreement.maxAbsError(nan, nan)).isZero();
        assertThat(Agreement.maxAbsError(nan, Tensor.ofFloats("y", new long[] {1}, 1)))
                .isInfinite();
        assertThat(Tolerance.SAME_DECISIONS.objection(new Agreement(2, 50.0)))
                .isEqualTo("50.00 % of decisions are the reference's, wanted are 95.00 %");
    }

    private static Selection.Request request(List<Integer> threads, Selection.Variant... variants) {
        return new Selection.Request(
                List.of(variants),
                threads,
                Map.of(),
                Map.of(),
                List.of(Map.of("input", features(1)), Map.of("input", features(2))),
                List.of(),
                SHORT);
    }

    private static Tensor features(long seed) {
        long[] dims = {1, 49, 10, 1};
        float[] values = new float[Math.toIntExact(Shape.of(dims).elements().orElseThrow())];
        var random = new Random(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat();
        }
        return Tensor.ofFloats("input", dims, values);
    }

    /** A runtime that isn't installed. */
    private static final class Absent implements RuntimeProvider {
        private final Problem problem = Problem.environment("runtime.missing", "not installed");

        @Override
        public String name() {
            return "absent";
        }

        @Override
        public Availability probe() {
            return new Availability.Missing(problem);
        }

        @Override
        public Session open(Path model, SessionOptions options) {
            throw problem.toException();
        }

        @Override
        public Session open(byte[] onnx, String name, SessionOptions options) {
            throw problem.toException();
        }
    }
}
