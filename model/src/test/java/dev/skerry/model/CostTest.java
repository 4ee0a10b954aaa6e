package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CostTest {
    /**
     * Multiply-accumulates as MLPerf Tiny's models are known for them. Peaks as an independent liveness analysis of the TFLite files
     * found (IC 49,152, KWS 16,000, VWW 55,296 bytes in int8), times four in float; the int8 VWW and AD take their input in float.
     */
    @ParameterizedTest
    @CsvSource({
        "mlperf-tiny/vww_float.onnx, 7489664, 210850, 221184",
        "mlperf-tiny/vww_int8_qdq.onnx, 7489664, 210850, 138240",
        "mlperf-tiny/ic_float.onnx, 12501632, 77706, 196608",
        "mlperf-tiny/ic_int8_qdq.onnx, 12501632, 77706, 49152",
        "mlperf-tiny/kws_int8_qdq.onnx, 2656768, 22604, 16000",
        "mlperf-tiny/ad_int8_qdq.onnx, 264192, 265864, 3200",
        "models/resnet8-cifar10/resnet8.onnx, 12501632, 77706, 196608",
        "models/kws-dscnn/kws_dscnn.onnx, 2656768, 24908, 64000",
        "models/ultraface/version-RFB-320.onnx, 100418560, 307624, 4915200"
    })
    void realModels(String file, long macs, long parameters, long peak) {
        Model model = ModelFile.read(SharedData.at(file));
        ModelCost cost = Cost.of(model, Map.of("N", 1L));
        assertThat(cost.complete()).as(cost.unknown().toString()).isTrue();
        assertThat(cost.macs()).isEqualTo(macs);
        assertThat(cost.parameters()).isEqualTo(parameters);
        assertThat(cost.peakActivationBytes()).isEqualTo(peak);
        assertThat(cost.nodes().stream().mapToLong(ModelCost.NodeCost::macs).sum())
                .isEqualTo(macs);
    }

    @Test
    void ofAnIfTheCostlierBranchCountsAndOfALoopEveryRound() {
        var vector = new ValueType.OfTensor(DataType.FLOAT, Shape.of(1, 4));
        Graph multiply = branch("multiply", Node.of("MatMul", List.of("x", "w"), List.of("a")), "a");
        Graph keep = branch("keep", Node.of("Relu", List.of("x"), List.of("b")), "b");
        Graph round = new Graph(
                "round",
                List.of(
                        Node.of("Identity", List.of("on"), List.of("still")),
                        Node.of("MatMul", List.of("s", "w"), List.of("next"))),
                Map.of(),
                List.of(),
                List.of(
                        ValueInfo.of("i", DataType.INT64, Shape.SCALAR),
                        ValueInfo.of("on", DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of("s", DataType.FLOAT, Shape.of(1, 4))),
                List.of(
                        ValueInfo.of("still", DataType.BOOL, Shape.SCALAR),
                        ValueInfo.of("next", DataType.FLOAT, Shape.of(1, 4))),
                List.of(),
                "",
                Map.of(),
                Extras.NONE);
        Graph graph = Graph.of(
                "g",
                List.of(
                        Node.of(
                                "If",
                                List.of("c"),
                                List.of("y"),
                                Map.of("then_branch", Attribute.of(multiply), "else_branch", Attribute.of(keep))),
                        Node.of("Loop", List.of("m", "", "y"), List.of("z"), Map.of("body", Attribute.of(round)))),
                List.of(Tensor.ofFloats("w", new long[] {4, 4}, new float[16]), Tensor.ofLongs("m", new long[] {}, 5)),
                List.of(
                        ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 4)),
                        ValueInfo.of("c", DataType.BOOL, Shape.SCALAR)),
                List.of(new ValueInfo("z", vector, "", Map.of(), Extras.NONE)));

        ModelCost cost = Cost.of(Model.of(graph, 17), Map.of());

        assertThat(cost.unknown()).isEmpty();
        assertThat(cost.macs()).isEqualTo(16 + 5 * 16);
        assertThat(cost.parameters()).as("w is shared, m is no parameter").isEqualTo(16);
        assertThat(cost.parameterBytes()).isEqualTo(16 * 4 + 8);
        assertThat(cost.nodes()).extracting(ModelCost.NodeCost::path).contains("Loop_z/MatMul_next");
    }

    private static Graph branch(String name, Node node, String output) {
        return Graph.of(
                name,
                List.of(node),
                List.of(),
                List.of(),
                List.of(ValueInfo.of(output, DataType.FLOAT, Shape.of(1, 4))));
    }

    @Test
    void whatIsNotKnownIsSaid() {
        Graph graph = Graph.of(
                "g",
                List.of(Node.of("Conv", List.of("x", "w"), List.of("y"))),
                List.of(Tensor.ofFloats("w", new long[] {8, 3, 3, 3}, new float[216])),
                List.of(ValueInfo.of(
                        "x", DataType.FLOAT, new Shape(List.of(Dim.of("N"), Dim.of(3), Dim.of(8), Dim.of(8))))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1))));
        Model model = Model.of(graph.withOutputs(List.of(new ValueInfo("y", null, "", Map.of(), Extras.NONE))), 17);

        ModelCost open = Cost.of(model, Map.of());
        assertThat(open.complete()).isFalse();
        assertThat(open.unknown()).contains("multiply-accumulates of Conv_y (Conv)", "the size of x");

        ModelCost pinned = Cost.of(model, Map.of("N", 2L));
        assertThat(pinned.complete()).isTrue();
        assertThat(pinned.macs()).isEqualTo(2 * 8 * 36 * 27);
    }
}
