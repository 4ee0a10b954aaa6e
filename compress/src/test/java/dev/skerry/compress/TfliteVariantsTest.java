package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Variants in the scheme of TensorFlow Lite, written as such files and read back. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class TfliteVariantsTest {
    private static final int CALIBRATION = 48;
    private static final int JUDGED = 64;

    private static Model prepared(String folder, String file) {
        Model model = Nets.prepared(Samples.model(folder + "/" + file));
        Samples samples = Samples.recorded(folder, "calibration", model, 1);
        Calibration calibration = Calibration.run(model, samples, Nets.SESSIONS, Progress.NONE);
        return model.withGraph(DenseLayers.join(model.graph(), calibration.ranks()));
    }

    private static int decision(Map<String, Tensor> outputs) {
        return Verdicts.decisions(outputs.values().iterator().next())[0];
    }

    /**
     * What is read back decides as what was written. Between them lie a bias rounded anew, or a scale that the kernel fixes, so
     * that a few values may be a step apart.
     */
    @ParameterizedTest
    @CsvSource({
        "kws-dscnn, kws_dscnn.onnx",
        "resnet8-cifar10, resnet8.onnx",
        "mnist-cnn, mnist.onnx",
        "har-motion, har_cnn1d.onnx"
    })
    void integerVariantsKeepTheirArithmetic(String folder, String file) {
        Model model = prepared(folder, file);
        var studied = new Studied(
                model, Samples.recorded(folder, "calibration", model, CALIBRATION), Nets.SESSIONS, Progress.NONE);
        var int8 = new StaticInt8(Scope.all(Set.of()), RangeMethod.MSE, ActivationScheme.TFLITE);
        Model made = int8.apply(studied).model();
        byte[] written = ModelFile.tfliteBytes(made, Map.of());
        assertThat(ModelFile.tfliteBytes(made, Map.of())).isEqualTo(written);
        Model back = ModelFile.parse(written);
        // every layer computes in integers: it reads what was integers, and what it makes becomes integers at once
        assertThat(layers(back)).isEqualTo(layers(made)).allMatch(line -> line.endsWith("QuantizeLinear"));
        int same = 0;
        List<Sample> samples =
                Samples.recorded(folder, "evaluation", model, JUDGED).all();
        try (Sessions.Open one = Nets.SESSIONS.literal().open(made, "made");
                Sessions.Open two = Nets.SESSIONS.literal().open(back, "back")) {
            for (Sample sample : samples) {
                same += decision(one.infer(sample)) == decision(two.infer(sample)) ? 1 : 0;
            }
        }
        assertThat(same).as("equal decisions of %d", samples.size()).isGreaterThanOrEqualTo(samples.size() - 1);
    }

    /** Layers with their readers past activations, which become part of them. */
    private static List<String> layers(Model model) {
        List<Node> nodes = model.graph().nodes();
        return nodes.stream()
                .filter(node -> node.is("Conv") || node.is("Gemm"))
                .map(node -> node.op() + " " + reader(nodes, node.output(0)))
                .toList();
    }

    private static String reader(List<Node> nodes, String value) {
        Node reader = nodes.stream()
                .filter(node -> node.inputs().contains(value))
                .findFirst()
                .orElseThrow();
        return reader.is("Relu") || reader.is("Clip") ? reader(nodes, reader.output(0)) : reader.op();
    }
}
