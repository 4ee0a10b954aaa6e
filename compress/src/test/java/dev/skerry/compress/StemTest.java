package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.model.Model;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which first layers may stay float for speed, and that only those do. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class StemTest {
    @ParameterizedTest
    @CsvSource({
        "kws-dscnn/kws_dscnn.onnx, 1",
        "resnet8-cifar10/resnet8.onnx, 1",
        "mnist-cnn/mnist.onnx, 2",
        // its only convolution reads 256 channels
        "magika/model.onnx, 0"
    })
    void endsWhereChannelsBecomeMany(String file, int layers) {
        assertThat(Stem.of(Nets.prepared(Samples.model(file)).graph())).hasSize(layers);
    }

    @Test
    void onlyTheStemStaysFloatAndItIsSaidWhy() {
        Model model = Samples.model("kws-dscnn/kws_dscnn.onnx");
        Samples samples = Samples.recorded("kws-dscnn", "calibration", model, 5);
        Model prepared = Nets.prepared(model);
        CompressionRequest request = CompressionRequest.of(
                        model, samples, samples, ActivationScheme.U8S8, Nets.RUNTIME, System::nanoTime)
                .withRanges(List.of(RangeMethod.MINMAX));

        List<RecipeBook.Line> lines = Stem.lines(request, prepared.graph());
        Rewritten made = lines.getFirst()
                .recipes()
                .getFirst()
                .make(new Studied(prepared, samples, Nets.SESSIONS, Progress.NONE));

        assertThat(lines)
                .singleElement()
                .satisfies(line -> assertThat(line.kernels()).isEqualTo("int8-all-stem1"));
        assertThat(made.keptFloat())
                .filteredOn(kept -> kept.op().equals("Conv"))
                .singleElement()
                .satisfies(kept -> assertThat(kept.reason()).contains("few channels"));
        List<String> ops = Nets.optimizedOps(made.model(), samples.all().getFirst());
        assertThat(ops).filteredOn(op -> op.equals("Conv")).hasSize(1);
        assertThat(ops).filteredOn(op -> op.equals("QLinearConv")).hasSize(8);
    }
}
