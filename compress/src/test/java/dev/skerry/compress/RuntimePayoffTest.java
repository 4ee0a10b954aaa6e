package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.RuntimePayoff.Row;
import dev.skerry.measure.Interval;
import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.pipeline.Sample;
import dev.skerry.runtime.TfliteRuntime;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RuntimePayoffTest {
    private static Row row(String runtime, String variant, double ratio, double margin) {
        var latency = new Latency(100 * ratio, 200 * ratio, ratio, new Interval(ratio - margin, ratio + margin));
        return new Row(runtime, variant, latency, 1000, null);
    }

    private static Row failed(String runtime, @Nullable String reason) {
        return new Row(runtime, "int8", null, 0, reason);
    }

    @Test
    void theRuntimeThatMakesItFasterThanFloatAnywhereIsNamed() {
        var payoff = new RuntimePayoff(List.of(
                row("onnxruntime", "float", 1, 0),
                row("onnxruntime", "int8", 1.96, 0.02),
                row("tflite", "float", 0.76, 0.01),
                row("tflite", "int8", 0.26, 0.01)));
        assertThat(payoff.paying()).map(Row::runtime).contains("tflite");
        assertThat(payoff.answer())
                .isEqualTo(
                        "tflite makes it pay: int8 on tflite takes 0.26 (0.25–0.27) of the time of float on onnxruntime");
    }

    @Test
    void noRuntimeIsNamedWhereFloatIsAsFastOnAnother() {
        var payoff = new RuntimePayoff(List.of(
                row("onnxruntime", "float", 1, 0),
                row("onnxruntime", "int8", 1.33, 0.02),
                row("tflite", "float", 0.81, 0.02),
                row("tflite", "int8", 0.79, 0.02)));
        assertThat(payoff.paying()).isEmpty();
        assertThat(payoff.answer())
                .isEqualTo(
                        "no runtime here makes it faster than float: int8 on tflite takes 0.79 (0.77–0.81) of the time of"
                                + " float on onnxruntime, float on tflite 0.81 (0.79–0.83)");
    }

    @Test
    void aModelThatRunsNowherePaysNowhere() {
        var payoff = new RuntimePayoff(List.of(row("onnxruntime", "float", 1, 0), failed("onnxruntime", "no kernel")));
        assertThat(payoff.paying()).isEmpty();
        assertThat(payoff.answer()).isEqualTo("no runtime here runs the compressed model");
        assertThat(payoff.toJson().getLast())
                .containsEntry("reason", "no kernel")
                .containsEntry("ratio", null)
                .containsEntry("samples", null);
    }

    @Test
    void bothFormsAreTimedOnEveryRuntimeAndARefusalIsARow() {
        var random = Samples.random(1);
        long[] x = {1, 8, 8, 8};
        Model plain = Nets.net(
                17,
                x,
                x,
                List.of(Samples.gaussian("w", random, 8, 8, 1, 1)),
                Node.of("Conv", List.of("x", "w"), List.of("y")));
        // stands for a compressed model that only one of the runtimes has operators for
        Model other = Nets.net(17, x, x, List.of(), Node.of("Erf", List.of("x"), List.of("y")));
        Sample sample = Samples.random(plain, 1, 2).iterator().next();
        RuntimePayoff payoff = RuntimePayoff.measure(
                plain,
                "other",
                other,
                other,
                sample,
                Nets.SESSIONS,
                List.of(Nets.RUNTIME, new TfliteRuntime()),
                Duration.ofMillis(40),
                System::nanoTime,
                Progress.NONE);
        assertThat(payoff.rows())
                .extracting(row -> row.runtime() + " " + row.variant())
                .containsExactly("onnxruntime float", "onnxruntime other", "tflite float", "tflite other");
        assertThat(payoff.rows().subList(0, 3)).allSatisfy(row -> {
            assertThat(row.reason()).isNull();
            assertThat(row.samples()).isPositive();
        });
        assertThat(payoff.rows().getFirst().latency())
                .isNotNull()
                .satisfies(latency -> assertThat(latency.ratio()).isEqualTo(1));
        assertThat(payoff.rows().getLast().latency()).isNull();
        assertThat(payoff.rows().getLast().reason()).contains("Erf");
    }
}
