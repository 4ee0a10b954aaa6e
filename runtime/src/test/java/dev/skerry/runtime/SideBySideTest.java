package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.SessionOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SideBySideTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private final RuntimeProvider onnx = new OnnxRuntime();
    private final RuntimeProvider tflite = new TfliteRuntime();

    private static Model net(String operator, DataType type) {
        return Model.of(
                Graph.of(
                        "net",
                        List.of(Node.of(operator, List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", type, Shape.of(2, 2))),
                        List.of(ValueInfo.of("y", type, operator.equals("Det") ? Shape.of() : Shape.of(2, 2)))),
                17);
    }

    private static SideBySide.Entry entry(String name, RuntimeProvider runtime, String operator, DataType type) {
        var x = type == DataType.FLOAT
                ? Tensor.ofFloats("x", new long[] {2, 2}, 1, 2, 3, 4)
                : Tensor.ofBytes("x", type, new long[] {2, 2}, new byte[] {1, 0, 1, 0});
        return new SideBySide.Entry(
                name, () -> runtime.open(net(operator, type), SessionOptions.DEFAULT), session -> Map.of("x", x));
    }

    @Test
    void modelsWithInputsOfTheirOwnStandSideBySideAndWhatFailsKeepsItsPlace() {
        List<SideBySide.Row> rows = SideBySide.time(
                List.of(
                        entry("float here", onnx, "Relu", DataType.FLOAT),
                        entry("Det there", tflite, "Det", DataType.FLOAT),
                        entry("Det again", tflite, "Det", DataType.FLOAT),
                        entry("bool there", tflite, "Not", DataType.BOOL)),
                SHORT,
                System::nanoTime);
        assertThat(rows)
                .extracting(SideBySide.Row::name)
                .containsExactly("float here", "Det there", "Det again", "bool there");
        assertThat(rows.get(0)).isInstanceOfSatisfying(SideBySide.Row.Timed.class, timed -> {
            assertThat(timed.ratio().ratio()).isEqualTo(1);
            assertThat(timed.ratio().rounds()).isGreaterThanOrEqualTo(8);
            assertThat(timed.latency().samples()).isPositive();
        });
        assertThat(rows.get(1))
                .isInstanceOfSatisfying(
                        SideBySide.Row.Failed.class,
                        failed -> assertThat(failed.problem().toString()).contains("Det"));
        assertThat(rows.get(3)).isInstanceOf(SideBySide.Row.Timed.class);
    }

    @Test
    void withoutTheFirstThereIsNothingToCompareWith() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> SideBySide.time(
                        List.of(
                                entry("Det there", tflite, "Det", DataType.FLOAT),
                                entry("float here", onnx, "Relu", DataType.FLOAT)),
                        SHORT,
                        System::nanoTime))
                .withMessageContaining("Det");
    }
}
