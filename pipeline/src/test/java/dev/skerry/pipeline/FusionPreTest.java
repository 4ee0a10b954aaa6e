package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every pre step through ONNX Runtime, at old and new opsets, against plain Java. */
@NullUnmarked // a missing output fails the test by itself
class FusionPreTest {
    private static final int HEIGHT = 13;
    private static final int WIDTH = 17;

    /** A model that gives back what it is given. */
    static Model echo(long opset, DataType type, Dim... dims) {
        var shape = new Shape(List.of(dims));
        Graph graph = Graph.of(
                "echo",
                List.of(Node.of("Identity", List.of("x"), List.of("y"))),
                List.of(),
                List.of(ValueInfo.of("x", type, shape)),
                List.of(ValueInfo.of("y", type, shape)));
        return Model.of(graph, opset).withIrVersion(opset < 9 ? 3 : 8);
    }

    private static Model floats(long opset) {
        return echo(opset, DataType.FLOAT, Dim.of("n"), Dim.of("a"), Dim.of("b"), Dim.of("c"));
    }

    private static double[][][] noise(int height, int width, int channels) {
        var random = new SplittableRandom(7);
        double[][][] pixels = new double[height][width][channels];
        for (double[][] row : pixels) {
            for (double[] pixel : row) {
                for (int c = 0; c < channels; c++) {
                    pixel[c] = random.nextInt(256);
                }
            }
        }
        return pixels;
    }

    private static Tensor frame(double[][][] pixels) {
        int channels = pixels[0][0].length;
        byte[] bytes = new byte[pixels.length * pixels[0].length * channels];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] =
                    (byte) (int) pixels[i / channels / pixels[0].length][i / channels % pixels[0].length][i % channels];
        }
        return Tensor.ofBytes(
                FrameFormat.INPUT, DataType.UINT8, new long[] {pixels.length, pixels[0].length, channels}, bytes);
    }

    private static Tensor run(Model model, String pre, double[][][] pixels, boolean fixed) {
        var format = fixed
                ? new FrameFormat.Image(pixels.length, pixels[0].length, pixels[0][0].length)
                : new FrameFormat.Image(0, 0, pixels[0][0].length);
        Model fused = Fusion.fuse(model, spec("{'pre': " + pre + "}"), format);
        return Ran.once(fused, Map.of(FrameFormat.INPUT, frame(pixels)))
                .values()
                .iterator()
                .next();
    }

    private static void same(Tensor found, double[][][] wanted, double tolerance) {
        int channels = wanted[0][0].length;
        assertThat(found.elements()).isEqualTo((long) wanted.length * wanted[0].length * channels);
        for (int y = 0; y < wanted.length; y++) {
            for (int x = 0; x < wanted[0].length; x++) {
                for (int c = 0; c < channels; c++) {
                    long at = ((long) y * wanted[0].length + x) * channels + c;
                    assertThat(found.valueAt(at))
                            .as("pixel %d,%d channel %d", x, y, c)
                            .isCloseTo(wanted[y][x][c], within(tolerance));
                }
            }
        }
    }

    record Case(
            long opset,
            String interpolation,
            String coordinates,
            boolean antialias,
            int width,
            int height,
            boolean fixed) {}

    static List<Case> resizes() {
        var cases = new ArrayList<Case>();
        for (long opset : new long[] {7, 9, 10, 11, 13, 19, 21}) {
            for (String interpolation : List.of("nearest", "linear", "cubic")) {
                for (String coordinates : List.of("half-pixel", "asymmetric", "align-corners", "pytorch-half-pixel")) {
                    cases.add(new Case(opset, interpolation, coordinates, false, 23, 7, opset % 2 == 0 || opset == 9));
                }
                cases.add(new Case(opset, interpolation, "half-pixel", false, 8, 29, true));
            }
            cases.add(new Case(opset, "linear", "half-pixel", true, 7, 5, true));
            cases.add(new Case(opset, "cubic", "half-pixel", true, 7, 20, true));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("resizes")
    void resizeIsWhatItsDefinitionSays(Case one) {
        String fields = "'width': %d, 'height': %d, 'interpolation': '%s', 'coordinates': '%s', 'antialias': %s"
                .formatted(one.width, one.height, one.interpolation, one.coordinates, one.antialias);
        String pre = "[{'resize': {" + fields + "}}]";
        double[][][] pixels = noise(HEIGHT, WIDTH, 3);
        Tensor found = run(floats(one.opset), pre, pixels, one.fixed);
        var step = (Step.Resize) spec("{'pre': " + pre + "}").pre().getFirst();
        assertThat(found.dims()).containsExactly(1, one.height, one.width, 3);
        same(found, PixelReference.resize(pixels, one.height, one.width, step), 2e-3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"linear", "cubic"})
    void antialiasIsWhatTheOperatorOfOpset18Gives(String interpolation) {
        double[][][] pixels = noise(HEIGHT, WIDTH, 1);
        Node resize = Node.of(
                "Resize",
                List.of("x", "", "", "sizes"),
                List.of("y"),
                Map.of(
                        "mode",
                        Attribute.of(interpolation),
                        "antialias",
                        Attribute.of(1L),
                        "cubic_coeff_a",
                        Attribute.of(-0.5f),
                        "exclude_outside",
                        Attribute.of(1L)));
        Graph graph = Graph.of(
                "resize",
                List.of(resize),
                List.of(Tensor.ofLongs("sizes", new long[] {4}, 1, 1, 6, 7)),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1, HEIGHT, WIDTH))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1, 6, 7))));
        float[] values = frame(pixels).toFloats();
        Tensor wanted = Ran.once(
                        Model.of(graph, 18),
                        Map.of("x", Tensor.ofFloats("x", new long[] {1, 1, HEIGHT, WIDTH}, values)))
                .get("y");
        String pre = "[{'resize': {'width': 7, 'height': 6, 'interpolation': '%s', 'antialias': true, 'cubic': -0.5}}]"
                .formatted(interpolation);
        Tensor found = run(floats(13), pre, pixels, true);
        for (int i = 0; i < 42; i++) {
            assertThat(found.valueAt(i)).isCloseTo(wanted.valueAt(i), within(2e-3));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 11, 13, 21})
    void letterboxKeepsTheRatioAndFillsTheBorder(long opset) {
        double[][][] pixels = noise(10, 20, 3);
        String pre = "[{'resize': {'width': 16, 'height': 16, 'fit': 'letterbox', 'pad': 114}}]";
        Tensor found = run(floats(opset), pre, pixels, true);
        var step = (Step.Resize) spec("{'pre': " + pre + "}").pre().getFirst();
        double[][][] inner = PixelReference.resize(pixels, 8, 16, step);
        double[][][] wanted = new double[16][16][3];
        for (int y = 0; y < 16; y++) {
            for (int x = 0; x < 16; x++) {
                wanted[y][x] = y >= 4 && y < 12 ? inner[y - 4][x] : new double[] {114, 114, 114};
            }
        }
        same(found, wanted, 2e-3);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 9, 10, 13, 21})
    void cropColorScaleNormalizeAndLayoutFollowOneAnother(long opset) {
        double[][][] pixels = noise(HEIGHT, WIDTH, 3);
        Tensor found = run(
                floats(opset),
                "[{'crop': {'width': 9, 'height': 6}}, {'color': 'bgr'}, {'scale': {'by': 0.5, 'offset': 1}},"
                        + " {'normalize': {'mean': [1,2,3], 'std': [2,4,8]}}, {'layout': 'nchw'}]",
                pixels,
                true);
        assertThat(found.dims()).containsExactly(1, 3, 6, 9);
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < 6; y++) {
                for (int x = 0; x < 9; x++) {
                    double value = pixels[y + 3][x + 4][2 - c] * 0.5 + 1;
                    double wanted = (value - (c + 1)) / (2 << c);
                    assertThat(found.valueAt((c * 6L + y) * 9 + x)).isCloseTo(wanted, within(1e-4));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 13, 21})
    void grayIsLumaAndCastRoundsHalfToEvenAndSaturates(long opset) {
        double[][][] pixels = noise(4, 5, 3);
        pixels[0][0] = new double[] {255, 255, 255};
        Tensor gray = run(
                echo(opset, DataType.UINT8, Dim.of(1), Dim.of(4), Dim.of(5), Dim.of(1)),
                "[{'color': 'gray'}, {'scale': {'by': 1.5, 'offset': -20}}, {'cast': 'uint8'}]",
                pixels,
                true);
        assertThat(gray.type()).isEqualTo(DataType.UINT8);
        for (int i = 0; i < 20; i++) {
            double[] p = pixels[i / 5][i % 5];
            float value = (float) (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]) * 1.5f - 20;
            assertThat(gray.longAt(i)).isBetween((long) Math.clamp(Math.rint(value - 1e-3), 0, 255), (long)
                    Math.clamp(Math.rint(value + 1e-3), 0, 255));
        }
        double[][][] halves = {{{1}, {3}, {5}, {255}}};
        Tensor even = run(
                echo(opset, DataType.INT8, Dim.of(1), Dim.of(1), Dim.of(4), Dim.of(1)),
                "[{'scale': 0.5}, {'cast': 'int8'}]",
                halves,
                true);
        assertThat(even.toLongs()).containsExactly(0, 2, 2, 127);
    }

    @Test
    void signalsAreReshapedAndTransposed() {
        Model model = echo(13, DataType.FLOAT, Dim.of("N"), Dim.of(2), Dim.of(3));
        Model fused = Fusion.fuse(
                model,
                spec("{'pre': [{'scale': 2}, {'transpose': [1, 0]}]}"),
                new FrameFormat.Signal(DataType.FLOAT, List.of(3L, 2L)));
        Tensor in = Tensor.ofFloats(FrameFormat.INPUT, new long[] {3, 2}, 1, 2, 3, 4, 5, 6);
        Tensor out = Ran.once(fused, Map.of(FrameFormat.INPUT, in)).get("y");
        assertThat(out.dims()).containsExactly(1, 2, 3);
        assertThat(out.toFloats()).containsExactly(2, 6, 10, 4, 8, 12);
        assertThat(fused.graph().outputs().getFirst().type()).hasToString("float32[1×2×3]");
    }

    @Test
    void recordedInputsKeepTheirName() {
        Model model = echo(13, DataType.FLOAT, Dim.of("N"), Dim.of(3));
        Model fused = Fusion.fuse(
                model, spec("{'pre': [{'normalize': {'mean': [1,2,3], 'std': 2}}]}"), new FrameFormat.ModelInputs());
        Tensor out = Ran.once(fused, Map.of("x", Tensor.ofFloats("x", new long[] {1, 3}, 1, 4, 9)))
                .get("y");
        assertThat(out.toFloats()).containsExactly(0, 1, 3);
    }

    @Test
    void namesOfTheModelThatCollideAreMoved() {
        Graph graph = Graph.of(
                "named",
                List.of(
                        Node.of("Neg", List.of("frame"), List.of("pre/normalize")),
                        Node.of("Neg", List.of("pre/normalize"), List.of("decision/score"))),
                List.of(),
                List.of(ValueInfo.of("frame", DataType.FLOAT, Shape.of(1, 4))),
                List.of(ValueInfo.of("decision/score", DataType.FLOAT, Shape.of(1, 4))));
        Model fused = Fusion.fuse(
                Model.of(graph, 13),
                spec("{'pre': [{'normalize': {'mean': 1, 'std': 2}}], 'post': ['argmax']}"),
                new FrameFormat.Signal(DataType.FLOAT, List.of(4L)));
        var out = Ran.once(fused, Map.of("frame", Tensor.ofFloats("frame", new long[] {4}, 1, 9, 3, 5)));
        assertThat(out.get(PostLowering.INDEX).toLongs()).containsExactly(1);
        assertThat(out.get(PostLowering.SCORE).toFloats()).containsExactly(4);
    }

    @Test
    void onlyTheFirstPartGivesTheModelsInputs() {
        Graph graph = Graph.of(
                "two",
                List.of(Node.of("Mul", List.of("x", "rate"), List.of("y"))),
                List.of(),
                List.of(
                        ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 2)),
                        ValueInfo.of("rate", DataType.FLOAT, Shape.SCALAR)),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 2))));
        Model model = Model.of(graph, 17);
        PipelineSpec spec = spec("{'constants': {'rate': 8}, 'pre': [{'scale': 2}]}");
        var format = new FrameFormat.Signal(DataType.FLOAT, List.of(2L));
        var in = Map.of("frame", Tensor.ofFloats("frame", new long[] {2}, 3, 4));
        var prepared = Ran.once(Fusion.pre(model, spec, format), in);
        assertThat(prepared.keySet()).containsExactly("x", "rate");
        assertThat(prepared.get("x").toFloats()).containsExactly(6, 8);
        assertThat(Ran.once(Fusion.fuse(model, spec, format), in).get("y").toFloats())
                .containsExactly(48, 64);
    }

    @Test
    void misfitsSayWhatToAdd() {
        Model model = echo(13, DataType.FLOAT, Dim.of("N"), Dim.of(3), Dim.of(8), Dim.of(8));
        var frame = new FrameFormat.Image(8, 8, 3);
        assertThatThrownBy(() -> Fusion.fuse(model, PipelineSpec.EMPTY, frame))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("float32[1×3×8×8]")
                .hasMessageContaining("layout: nchw");
        assertThatThrownBy(() -> Fusion.fuse(model, PipelineSpec.EMPTY, new FrameFormat.Image(9, 8, 3)))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("resize: {width: 8, height: 8}");
        assertThatThrownBy(() -> Fusion.fuse(model, spec("{'input': 'z'}"), frame))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("no input 'z'");
        assertThatThrownBy(() -> Fusion.fuse(model, spec("{'pre': [{'crop': {'width': 9, 'height': 2}}]}"), frame))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("pipeline.pre[0].crop")
                .hasMessageContaining("8×8");
    }
}
