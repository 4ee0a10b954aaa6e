package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Progress;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.Sample;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose every value is an integer. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class IntegersOnlyTest {
    private static final Map<String, Long> ONE = Map.of("N", 1L);

    private static Model preferred(String folder, String file) {
        return ChannelsLast.prefer(Nets.prepared(Samples.model(folder + "/" + file)), ONE);
    }

    /** Weights in another order, and pools instead of means: the outputs are the same up to rounding. */
    @ParameterizedTest
    @CsvSource({"mnist-cnn, mnist.onnx, Transpose", "kws-dscnn, kws_dscnn.onnx, AveragePool"})
    void channelsLastComputesTheSame(String folder, String file, String operator) {
        Model before = Nets.prepared(Samples.model(folder + "/" + file));
        Model after = ChannelsLast.prefer(before, ONE);
        assertThat(after.graph().nodes()).anyMatch(node -> node.is(operator));
        assertThat(after.graph()).isNotEqualTo(before.graph());
        for (Sample sample : Samples.recorded(folder, "calibration", before, 8).all()) {
            float[] expected =
                    Nets.run(before, sample).values().iterator().next().toFloats();
            float[] found = Nets.run(after, sample).values().iterator().next().toFloats();
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-3f * Math.max(1, Math.abs(expected[i]))));
            }
        }
    }

    private static Model full(String folder, String file, Scope scope) {
        Model model = preferred(folder, file);
        Samples samples = Samples.recorded(folder, "calibration", model, 32);
        Calibration calibration = Calibration.run(model, samples, Nets.SESSIONS, Progress.NONE);
        Model joined = model.withGraph(DenseLayers.join(model.graph(), calibration.ranks()));
        var studied = new Studied(joined, samples, Nets.SESSIONS, Progress.NONE);
        return new StaticInt8(scope, RangeMethod.MINMAX, ActivationScheme.TFLITE)
                .apply(studied)
                .model();
    }

    private static DataType element(ValueInfo value) {
        return value.type() instanceof ValueType.OfTensor(DataType element, var _) ? element : null;
    }

    /** With its conversions taken off, a model gives the integers that it took and gave between them. */
    @ParameterizedTest
    @CsvSource({"mnist-cnn, mnist.onnx", "kws-dscnn, kws_dscnn.onnx", "resnet8-cifar10, resnet8.onnx"})
    void endsAreTheIntegersBetweenTheConversions(String folder, String file) {
        Model real = full(folder, file, Scope.full());
        Model integer = IntegerEnds.of(real);
        String in = integer.graph().dataInputs().getFirst().name();
        String out = integer.graph().outputs().getFirst().name();
        assertThat(in).isEqualTo(real.graph().dataInputs().getFirst().name());
        assertThat(out).isEqualTo(real.graph().outputs().getFirst().name());
        assertThat(element(integer.graph().dataInputs().getFirst())).isEqualTo(DataType.INT8);
        assertThat(element(integer.graph().outputs().getFirst())).isEqualTo(DataType.INT8);
        assertThat(ModelFile.realOperators(ModelFile.tfliteBytes(integer, ONE))).isEmpty();

        var first = scale(real, "QuantizeLinear", in, 0);
        var last = scale(real, "DequantizeLinear", out, -1);
        for (Sample sample : Samples.recorded(folder, "evaluation", real, 4).all()) {
            float[] values = sample.inputs().get(in).toFloats();
            byte[] stored = new byte[values.length];
            for (int i = 0; i < values.length; i++) {
                stored[i] = (byte) Math.clamp((long) (Math.rint(values[i] / first.scale()) + first.zero()), -128, 127);
            }
            Tensor given =
                    Tensor.ofBytes(in, DataType.INT8, sample.inputs().get(in).dims(), stored);
            Tensor steps;
            try (var session = Nets.RUNTIME.open(
                    ModelFile.bytes(integer), "integer", Nets.SESSIONS.literal().options())) {
                steps = session.infer(Map.of(in, given)).get(out);
            }
            float[] expected = Nets.runLiterally(real, sample).get(out).toFloats();
            for (int i = 0; i < expected.length; i++) {
                assertThat((steps.longAt(i) - last.zero()) * last.scale()).isEqualTo(expected[i]);
            }
        }
    }

    private static AffineScale scale(Model model, String op, String value, int end) {
        var node = model.graph().nodes().stream()
                .filter(each -> each.is(op) && (end == 0 ? each.input(0) : each.output(0)).equals(value))
                .findFirst()
                .orElseThrow();
        Map<String, Tensor> constants = model.graph().initializers();
        return new AffineScale((float) constants.get(node.input(1)).valueAt(0), (int)
                constants.get(node.input(2)).longAt(0));
    }

    @Test
    void whatStaysRealIsNamed() {
        Model usual = full("kws-dscnn", "kws_dscnn.onnx", Scope.all(java.util.Set.of()));
        List<String> real = ModelFile.realOperators(ModelFile.tfliteBytes(usual, ONE));
        assertThat(real)
                .anyMatch(operator -> operator.startsWith("SOFTMAX, which makes"))
                .hasSizeGreaterThan(1);
    }
}
