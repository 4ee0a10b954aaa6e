package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The lowered graphs in ONNX Runtime against NumPy's FFT with the bands of librosa and TensorFlow, and against the definition. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class SpectrumTest {
    private static final int RATE = 16000;

    private static float[] signal(int samples) {
        float[] signal = new float[samples];
        for (int i = 0; i < samples; i++) {
            signal[i] = (float) (0.5 * Math.sin(2 * Math.PI * 440 * i / RATE)
                    + 0.25 * Math.sin(2 * Math.PI * 1234.5 * i / RATE + 1)
                    + 0.1 * (i * 7919L % 101 / 101.0 - 0.5));
        }
        return signal;
    }

    private static Model keeping(long frames, long width, long opset) {
        return Model.of(
                Graph.of(
                        "keeping",
                        List.of(Node.of("Identity", List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, frames, width))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, frames, width)))),
                opset);
    }

    private static float[] features(String step, float[] signal, long frames, long width, long opset) {
        Model fused = Fusion.fuse(
                keeping(frames, width, opset),
                Ran.spec("{'pre': [" + step + "]}"),
                new FrameFormat.Signal(DataType.FLOAT, List.of((long) signal.length)));
        Tensor frame = Tensor.ofFloats(FrameFormat.INPUT, new long[] {signal.length}, signal);
        return Ran.once(fused, Map.of(FrameFormat.INPUT, frame))
                .get("y")
                .data()
                .toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private static void close(float[] found, int row, int width, int[] columns, double... expected) {
        for (int i = 0; i < columns.length; i++) {
            assertThat(found[row * width + columns[i]])
                    .as("row %d, column %d", row, columns[i])
                    .isCloseTo((float) expected[i], within((float) (2e-4 + 2e-5 * Math.abs(expected[i]))));
        }
    }

    @Test
    void magnitudesAreThoseOfNumpysFft() {
        float[] found =
                features("{'stft': {'window': 400, 'hop': 160, 'fft': 512, 'power': 1}}", signal(1000), 4, 257, 13);
        close(
                found,
                2,
                257,
                new int[] {0, 1, 14, 15, 39, 40, 200, 256},
                0.099259,
                0.068990,
                49.709080,
                35.111547,
                22.579723,
                22.613510,
                0.002204,
                0.000031);
        float[] energy = features(
                "{'stft': {'window': 256, 'hop': 100, 'taper': 'hamming', 'periodic': false}}",
                signal(1000),
                8,
                129,
                7);
        close(
                energy,
                7,
                129,
                new int[] {0, 7, 8, 19, 20, 128},
                0.000290,
                1171.451596,
                243.550247,
                116.895797,
                269.344859,
                0.000540);
    }

    @Test
    void bandsAreThoseOfLibrosaAndTorchaudio() {
        float[] htk = features(
                "{'log-mel': {'rate': 16000, 'window': 400, 'hop': 160, 'mels': 40, 'low': 20, 'high': 7600}}",
                signal(1000),
                4,
                40,
                13);
        close(htk, 1, 40, new int[] {0, 5, 10, 20, 39}, -5.917948, 2.308610, -3.684864, -3.352710, -0.742923);
        float[] slaney = features(
                "{'log-mel': {'rate': 16000, 'window': 400, 'hop': 160, 'mels': 32, 'scale': 'slaney', 'area': true, 'log': 'db'}}",
                signal(1000),
                4,
                32,
                17);
        close(slaney, 0, 32, new int[] {0, 6, 10, 18, 31}, -39.576096, -31.371860, -30.079376, -33.211682, -31.256230);
    }

    /** What keyword spotting of MLPerf Tiny is trained on: 30 ms every 20 ms, 40 bands of magnitudes, 10 coefficients. */
    @Test
    void coefficientsAreThoseOfTensorFlow() {
        String step =
                "{'mfcc': {'rate': 16000, 'window': 480, 'hop': 320, 'mels': 40, 'low': 20, 'high': 4000, 'power': 1,"
                        + " 'scale': 'tensorflow', 'floor': 0, 'offset': 1e-6, 'coefficients': 10, 'cosine': '%s'}}";
        float[] tensorflow = features(step.formatted("tensorflow"), signal(1000), 2, 10, 13);
        close(
                tensorflow,
                1,
                10,
                new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                -4.844182,
                -1.804303,
                -2.179014,
                -3.661168,
                -1.918280,
                -5.301765,
                -3.964990,
                3.220899,
                4.457159,
                0.925601);
        float[] ortho = features(step.formatted("ortho"), signal(1000), 2, 10, 13);
        close(ortho, 0, 10, new int[] {0, 1, 2, 3}, -3.379987, -1.834073, -2.283643, -3.740805);
    }

    @Test
    void anyTransformIsTheSumThatDefinesIt() {
        var random = new SplittableRandom(11);
        for (int round = 0; round < 12; round++) {
            int window = random.nextInt(2, 90);
            int fft = window + random.nextInt(0, 40);
            int hop = random.nextInt(1, 60);
            int samples = window + random.nextInt(0, 200);
            int frames = (samples - window) / hop + 1;
            int bins = fft / 2 + 1;
            float[] signal = signal(samples);
            float[] found = features(
                    "{'stft': {'window': %d, 'hop': %d, 'fft': %d, 'taper': 'none'}}".formatted(window, hop, fft),
                    signal,
                    frames,
                    bins,
                    13);
            for (int frame = 0; frame < frames; frame++) {
                for (int bin = 0; bin < bins; bin++) {
                    double real = 0;
                    double imaginary = 0;
                    for (int i = 0; i < window; i++) {
                        double angle = 2 * Math.PI * bin * i / fft;
                        real += signal[frame * hop + i] * Math.cos(angle);
                        imaginary -= signal[frame * hop + i] * Math.sin(angle);
                    }
                    double expected = real * real + imaginary * imaginary;
                    assertThat(found[frame * bins + bin])
                            .isCloseTo((float) expected, within((float) (1e-4 + 1e-5 * expected)));
                }
            }
        }
    }

    /** A window that moves on by one frame gives the rows of the one before, moved up by one, and one new row. */
    @Test
    void aStreamsFeaturesAreTheRecordings() {
        String step = "{'log-mel': {'rate': 16000, 'window': 400, 'hop': 160, 'mels': 20}}";
        float[] whole = signal(2000);
        float[] all = features(step, whole, 11, 20, 13);
        for (int start = 0; start + 4 <= 11; start++) {
            float[] part = java.util.Arrays.copyOfRange(whole, start * 160, start * 160 + 400 + 3 * 160);
            float[] found = features(step, part, 4, 20, 13);
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(all[start * 20 + i], within(1e-4f));
            }
        }
    }

    @Test
    void whatCannotBeIsRefusedWithAReason() {
        for (String wrong : List.of(
                "{'stft': {'window': 400, 'fft': 256}}",
                "{'stft': {'window': 400, 'power': 3}}",
                "{'stft': {'hop': 400}}",
                "{'log-mel': {'window': 400}}",
                "{'log-mel': {'window': 400, 'rate': 8000, 'high': 5000}}",
                "{'log-mel': {'window': 16, 'rate': 8000, 'mels': 40}}",
                "{'log-mel': {'window': 400, 'rate': 8000, 'floor': 0}}",
                "{'mfcc': {'window': 400, 'rate': 8000, 'mels': 20, 'coefficients': 21}}",
                "{'mfcc': {'window': 400, 'rate': 8000, 'melz': 20}}")) {
            assertThatThrownBy(() -> Ran.spec("{'pre': [" + wrong + "]}"))
                    .as(wrong)
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("pipeline.pre[0]");
        }
        assertThatThrownBy(() -> features("{'stft': {'window': 400}}", signal(399), 1, 257, 13))
                .hasMessageContaining("a window of 400 samples in a signal of 399");
        PipelineSpec spec = Ran.spec("{'pre': [{'mfcc': {'window': 480, 'rate': 16000, 'scale': 'tensorflow'}}]}");
        assertThat(PipelineSpec.parse(spec.toJson())).isEqualTo(spec);
    }
}
