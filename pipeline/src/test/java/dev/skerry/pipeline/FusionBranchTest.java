package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.testing.SharedData;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * A voice model with all layers inside an If, one branch for each sample rate. ONNX Runtime 1.29 ends the process where it
 * settles such an If by itself and the branch holds QuantizeLinear, so no If may be left whose condition is known.
 */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class FusionBranchTest {
    private static final Model MODEL = ModelFile.read(SharedData.at("models/silero-vad/silero_vad.onnx"));
    private static final PipelineSpec SPEC = spec("{'constants': {'sr': 8000}}");
    private static final FrameFormat FRAME = new FrameFormat.Signal(DataType.FLOAT, List.of(288L));

    private static Tensor frame() {
        float[] values = new float[288];
        var random = new SplittableRandom(5);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-0.5, 0.5);
        }
        return Tensor.ofFloats(FrameFormat.INPUT, new long[] {288}, values);
    }

    private static Tensor state() {
        return Tensor.ofFloats("state", new long[] {2, 1, 128}, new float[256]);
    }

    @Test
    void fusedGraphOfFixedFramesHasNoBranches() {
        Model fused = Fusion.fuse(MODEL, SPEC, FRAME);
        assertThat(fused.graph().nodes()).noneMatch(node -> node.is("If"));
        Map<String, Tensor> plain = Ran.once(
                MODEL,
                Map.of(
                        "input", frame().withName("input").reshape(new long[] {1, 288}),
                        "state", state(),
                        "sr", Tensor.ofLongs("sr", new long[0], 8000)));
        Map<String, Tensor> found = Ran.once(fused, Map.of(FrameFormat.INPUT, frame(), "state", state()));
        assertThat(found.get("output").toFloats())
                .containsExactly(plain.get("output").toFloats());
        assertThat(found.get("stateN").toFloats())
                .containsExactly(plain.get("stateN").toFloats());
    }

    @Test
    void constantsRuleOutTheWeightsOfTheOtherRate() {
        Model settled = Fusion.settle(MODEL, SPEC, Map.of());
        assertThat(ModelFile.bytes(settled).length).isLessThan(ModelFile.bytes(MODEL).length / 2);
        assertThat(settled.graph().inputs()).isEqualTo(MODEL.graph().inputs());
        Map<String, Tensor> inputs = Map.of(
                "input", frame().withName("input").reshape(new long[] {1, 288}),
                "state", state(),
                "sr", Tensor.ofLongs("sr", new long[0], 8000));
        assertThat(Ran.once(settled, inputs).get("output").toFloats())
                .containsExactly(Ran.once(MODEL, inputs).get("output").toFloats());
    }
}
