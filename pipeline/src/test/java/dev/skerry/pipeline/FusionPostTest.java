package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every post step through ONNX Runtime, at old and new opsets, against plain Java; read as decisions. */
@NullUnmarked // a missing output fails the test by itself
class FusionPostTest {
    private static final FrameFormat RECORDED = new FrameFormat.ModelInputs();

    private static Decision decide(long opset, String post, float... values) {
        Model model = FusionPreTest.echo(opset, DataType.FLOAT, Dim.of("N"), Dim.of(values.length));
        PipelineSpec spec = spec("{'post': " + post + "}");
        Model fused = Fusion.fuse(model, spec, RECORDED);
        var out = Ran.once(fused, Map.of("x", Tensor.ofFloats("x", new long[] {1, values.length}, values)));
        return DecisionReader.of(fused, spec, Path.of(".")).read(out);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 10, 11, 13, 21})
    void softmaxThenTheBestClasses(long opset) {
        Decision decision = decide(opset, "['softmax', {'top-k': 2}]", 1, 3, 2, -1);
        double sum = Math.exp(1) + Math.exp(3) + Math.exp(2) + Math.exp(-1);
        assertThat(decision.kind()).isEqualTo(Decision.Kind.CLASSES);
        assertThat(decision.count()).isEqualTo(2);
        assertThat(decision.index(0)).isEqualTo(1);
        assertThat((double) decision.score(0)).isCloseTo(Math.exp(3) / sum, within(1e-6));
        assertThat(decision.label(1)).isEqualTo("2");
        assertThat((double) decision.score(1)).isCloseTo(Math.exp(2) / sum, within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 13, 21})
    void argmaxTakesTheFirstOfEquals(long opset) {
        Decision decision = decide(opset, "['argmax']", 1, 5, 5, 0);
        assertThat(decision.index(0)).isEqualTo(1);
        assertThat(decision.score(0)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 13, 21})
    void thresholdOfOneValueIsYesOrNo(long opset) {
        String post = "['sigmoid', {'threshold': {'at': 0.5, 'names': ['silence', 'speech']}}]";
        assertThat(decide(opset, post, 0).label(0)).isEqualTo("speech");
        assertThat(decide(opset, post, -0.01f).label(0)).isEqualTo("silence");
        assertThat(decide(opset, post, Float.NaN).label(0)).isEqualTo("silence");
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 13, 21})
    void thresholdAfterArgmaxRejects(long opset) {
        String post = "['argmax', {'threshold': {'at': 2, 'otherwise': 'unsure'}}]";
        assertThat(decide(opset, post, 1, 2).index(0)).isEqualTo(1);
        Decision unsure = decide(opset, post, 1, 1.5f);
        assertThat(unsure.index(0)).isEqualTo(-1);
        assertThat(unsure.label(0)).isEqualTo("unsure");
        assertThat(unsure.score(0)).isEqualTo(1.5f);
        Decision several = decide(opset, "[{'threshold': 2}]", 1, 2, 0, 3);
        assertThat(several.count()).isEqualTo(2);
        assertThat(several.index(1)).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"mse", "mae", "rmse"})
    void anomalyIsTheErrorOfTheReconstruction(String measure) {
        Graph graph = Graph.of(
                "half",
                List.of(Node.of("Mul", List.of("x", "half"), List.of("y"))),
                List.of(Tensor.ofFloats("half", new long[0], 0.5f)),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 4))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 4))));
        PipelineSpec spec = spec("{'pre': [{'scale': 2}], 'post': [{'anomaly': '" + measure + "'}]}");
        Model fused = Fusion.fuse(Model.of(graph, 13), spec, RECORDED);
        var out = Ran.once(fused, Map.of("x", Tensor.ofFloats("x", new long[] {1, 4}, 1, -2, 3, 4)));
        double wanted = switch (measure) {
            case "mse" -> 30 / 4.0;
            case "mae" -> 10 / 4.0;
            default -> Math.sqrt(30 / 4.0);
        };
        assertThat(out.get(PostLowering.SCORE).valueAt(0)).isCloseTo(wanted, within(1e-5));
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 9, 13, 21})
    void suppressionIsTheGreedyOne(long opset) {
        int n = 300;
        int classes = 3;
        var random = new SplittableRandom(opset);
        float[] boxes = new float[n * 4];
        float[] scores = new float[n * classes];
        for (int i = 0; i < n; i++) {
            boxes[i * 4] = 0.2f + 0.6f * (float) random.nextDouble();
            boxes[i * 4 + 1] = 0.2f + 0.6f * (float) random.nextDouble();
            boxes[i * 4 + 2] = 0.05f + 0.2f * (float) random.nextDouble();
            boxes[i * 4 + 3] = 0.05f + 0.2f * (float) random.nextDouble();
            for (int c = 0; c < classes; c++) {
                scores[i * classes + c] = (float) random.nextDouble();
            }
        }
        Graph graph = Graph.of(
                "detector",
                List.of(
                        Node.of("Identity", List.of("x"), List.of("scores")),
                        Node.of("Identity", List.of("b"), List.of("boxes"))),
                List.of(Tensor.ofFloats("b", new long[] {1, n, 4}, boxes)),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, n, classes))),
                List.of(
                        ValueInfo.of("scores", DataType.FLOAT, Shape.of(1, n, classes)),
                        ValueInfo.of("boxes", DataType.FLOAT, Shape.of(1, n, 4))));
        PipelineSpec spec = spec("{'post': [{'nms': {'format': 'centers', 'score': 0.4, 'iou': 0.3, 'background': 0,"
                + " 'max': 60, 'candidates': 200}}]}");
        Model fused = Fusion.fuse(Model.of(graph, opset).withIrVersion(8), spec, RECORDED);
        var out = Ran.once(fused, Map.of("x", Tensor.ofFloats("x", new long[] {1, n, classes}, scores)));
        Decision found = DecisionReader.of(fused, spec, Path.of(".")).read(out);
        List<int[]> wanted = greedy(boxes, scores, classes, 0.4f, 0.3f, 200, 60);
        assertThat(found.count()).isEqualTo(wanted.size()).isGreaterThan(20);
        for (int i = 0; i < found.count(); i++) {
            int box = wanted.get(i)[0];
            assertThat(found.index(i)).isEqualTo(wanted.get(i)[1]);
            assertThat(found.score(i)).isEqualTo(scores[box * classes + wanted.get(i)[1]]);
            assertThat(found.box(i, 0)).isCloseTo(boxes[box * 4] - boxes[box * 4 + 2] / 2, within(1e-6f));
            assertThat(found.box(i, 3)).isCloseTo(boxes[box * 4 + 1] + boxes[box * 4 + 3] / 2, within(1e-6f));
        }
    }

    private static List<int[]> greedy(
            float[] boxes, float[] scores, int classes, float least, float most, int candidates, int max) {
        var all = new ArrayList<int[]>();
        for (int i = 0; i < scores.length; i++) {
            if (i % classes != 0) {
                all.add(new int[] {i / classes, i % classes});
            }
        }
        all.sort((a, b) -> Float.compare(scores[b[0] * classes + b[1]], scores[a[0] * classes + a[1]]));
        var kept = new ArrayList<int[]>();
        for (int[] one : all.subList(0, candidates)) {
            boolean free = scores[one[0] * classes + one[1]] > least
                    && kept.stream().noneMatch(k -> k[1] == one[1] && iou(boxes, k[0], one[0]) > most);
            if (free) {
                kept.add(one);
            }
        }
        return kept.subList(0, Math.min(max, kept.size()));
    }

    private static double iou(float[] b, int i, int j) {
        double width = Math.min(b[i * 4] + b[i * 4 + 2] / 2, b[j * 4] + b[j * 4 + 2] / 2)
                - Math.max(b[i * 4] - b[i * 4 + 2] / 2, b[j * 4] - b[j * 4 + 2] / 2);
        double height = Math.min(b[i * 4 + 1] + b[i * 4 + 3] / 2, b[j * 4 + 1] + b[j * 4 + 3] / 2)
                - Math.max(b[i * 4 + 1] - b[i * 4 + 3] / 2, b[j * 4 + 1] - b[j * 4 + 3] / 2);
        double shared = Math.max(0, width) * Math.max(0, height);
        return shared / (b[i * 4 + 2] * b[i * 4 + 3] + b[j * 4 + 2] * b[j * 4 + 3] - shared);
    }

    @Test
    void withoutPostStepsValuesAreRead() {
        Decision decision = decide(13, "[]", 1, 2.5f);
        assertThat(decision).hasToString("{\"values\":[1,2.5]}");
    }

    @Test
    void tooManyOfTheBestAreAProblem() {
        assertThatThrownBy(() -> decide(13, "[{'top-k': 5}]", 1, 2))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("top 5 of 2");
    }
}
