package dev.skerry.assess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.model.ModelCost;
import dev.skerry.model.Node;
import dev.skerry.runtime.spi.NodePlacement;
import java.util.List;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class NodeProfileTest {
    private static ModelCost.NodeCost node(String name, String op, String input, String output, long macs) {
        return new ModelCost.NodeCost(
                Node.of(op, List.of(input), List.of(output)).withName(name), name, macs, 0, 0, 0, 0);
    }

    private static final ModelCost COST = new ModelCost(
            List.of(
                    node("pre/cast", "Cast", "frame", "pre/x", 0),
                    node("conv1", "Conv", "pre/x", "conv1_out", 1_000_000),
                    node("bn1", "BatchNormalization", "conv1_out", "bn1_out", 0),
                    node("relu1", "Relu", "bn1_out", "relu1_out", 0),
                    node("conv2", "Conv", "relu1_out", "conv2_out", 500_000),
                    node("post/softmax", "Softmax", "conv2_out", "score", 0)),
            1_500_000,
            0,
            0,
            0,
            0,
            0,
            true,
            List.of());

    private static NodePlacement ran(String name, String op, double micros) {
        return new NodePlacement(name, op, "CPUExecutionProvider", micros);
    }

    /** As ONNX Runtime names what it made: after the last value that a fused node gives, with a suffix. */
    @Test
    void fusedNodesAreFoundByWhatTheyGive() {
        NodeProfile profile = NodeProfile.of(
                "onnxruntime",
                10,
                List.of(
                        ran("pre/cast", "Cast", 10),
                        ran("ReorderInput_token_3", "ReorderInput", 5),
                        ran("relu1_out_nchwc", "Conv", 50),
                        ran("conv2_out_nchwc", "Conv", 25),
                        ran("post/softmax", "Softmax", 10)),
                COST,
                true);
        assertThat(profile.rows().stream().map(NodeProfile.Row::origin))
                .containsExactly(
                        NodeProfile.Origin.PRE,
                        NodeProfile.Origin.RUNTIME,
                        NodeProfile.Origin.MODEL,
                        NodeProfile.Origin.MODEL,
                        NodeProfile.Origin.POST);
        assertThat(profile.rows().stream().map(NodeProfile.Row::macs))
                .containsExactly(null, null, 1_000_000L, 500_000L, null);
        assertThat(profile.rows().get(2).gigaMacsPerSecond()).isCloseTo(20, within(1e-9));
        assertThat(profile.micros(NodeProfile.Origin.MODEL)).isCloseTo(75, within(1e-9));
        assertThat(profile.micros()).isCloseTo(100, within(1e-9));
        assertThat(profile.rows().get(2).share()).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void workIsCountedOnceWhereANodeIsSplit() {
        NodeProfile profile = NodeProfile.of(
                "onnxruntime", 1, List.of(ran("conv1", "Conv", 1), ran("conv1_again", "Conv", 1)), COST, false);
        assertThat(profile.rows().stream().map(NodeProfile.Row::macs)).containsExactly(1_000_000L, null);
    }

    @Test
    void whatARuntimePutsBesideALayerDoesNoneOfItsWork() {
        NodeProfile profile = NodeProfile.of("onnxruntime", 1, List.of(ran("conv1_cast", "Cast", 1)), COST, false);
        assertThat(profile.rows().getFirst().macs()).isNull();
        assertThat(profile.rows().getFirst().origin()).isEqualTo(NodeProfile.Origin.MODEL);
    }
}
