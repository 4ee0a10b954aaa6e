package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.runtime.spi.Session;
import dev.skerry.testing.SharedData;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Whole pipelines around real models. */
@NullUnmarked // a missing output fails the test by itself
class RealModelsTest {
    @Test
    void facesAreFoundInPhotos() {
        Path folder = SharedData.at("models/ultraface");
        Model model = ModelFile.read(folder.resolve("version-RFB-320.onnx"));
        PipelineSpec spec = spec("""
                {'source': {'images': 'imgs'},
                 'pre': [{'resize': {'width': 320, 'height': 240}}, {'normalize': {'mean': 127, 'std': 128}}, {'layout': 'nchw'}],
                 'post': [{'nms': {'background': 0, 'score': 0.7, 'iou': 0.5}}]}
                """);
        SampleSource source = Sources.open(spec, folder, model);
        FrameFormat format = Sources.frame(spec.source(), folder, model);
        assertThat(format).isEqualTo(new FrameFormat.Image(0, 0, 3));
        Model fused = Fusion.fuse(model, spec, format);
        var reader = DecisionReader.of(fused, spec, folder);
        var counts = new LinkedHashMap<String, Integer>();
        try (Session session = Ran.open(fused)) {
            for (Sample sample : source) {
                Decision decision = reader.read(session.infer(sample.inputs()));
                counts.put(sample.id(), decision.count());
                for (int i = 0; i < decision.count(); i++) {
                    assertThat(decision.index(i)).isEqualTo(1);
                    assertThat(decision.score(i)).isBetween(0.7f, 1f);
                    assertThat(decision.box(i, 2)).isGreaterThan(decision.box(i, 0));
                    assertThat(decision.box(i, 3)).isGreaterThan(decision.box(i, 1));
                }
            }
        }
        assertThat(counts).hasSize((int) source.size());
        assertThat(counts.values()).as("%s", counts).allMatch(count -> count > 0);
    }

    @Test
    void speechIsHeardInAStream() {
        Path folder = SharedData.at("models/silero-vad");
        Model model = ModelFile.read(folder.resolve("silero_vad.onnx"));
        PipelineSpec spec = spec("""
                {'source': {'wav': 'stream.wav', 'rate': 8000, 'frame': 256, 'context': 32, 'labels': 'stream-labels.npz'},
                 'constants': {'sr': 8000},
                 'post': [{'threshold': {'at': 0.5, 'names': ['silence', 'speech']}}]}
                """);
        SampleSource source = Sources.open(spec, folder, model);
        assertThat(source.size()).isEqualTo(9104);
        FrameFormat format = Sources.frame(spec.source(), folder, model);
        Model fused = Fusion.fuse(model, spec, format);
        var reader = DecisionReader.of(fused, spec, folder);
        long right = 0;
        long evaluated = 0;
        long frame = 0;
        Tensor state = Tensor.ofFloats("state", new long[] {2, 1, 128}, new float[256]);
        try (Session session = Ran.open(fused)) {
            for (Sample sample : source) {
                assertThat(sample.restart()).isEqualTo(frame == 0);
                var inputs = new HashMap<>(sample.inputs());
                inputs.put("state", state);
                Map<String, Tensor> out = session.infer(inputs);
                state = out.get("stateN").withName("state");
                if (frame++ >= 300) {
                    evaluated++;
                    right += reader.read(out).index(0) == sample.label().orElseThrow() ? 1 : 0;
                }
            }
        }
        // the README of the data says 90.55 % on the 9,104 frames
        assertThat(100.0 * right / evaluated).isBetween(89.5, 91.5);
    }

    @Test
    void digitsOfAnOldOpsetAreTold() {
        Path folder = SharedData.at("models/mnist-cnn");
        Model model = ModelFile.read(folder.resolve("mnist.onnx"));
        PipelineSpec spec = spec("{'source': {'tensors': 'calibration.npz'}, 'post': ['softmax', 'argmax']}");
        SampleSource source = Sources.open(spec, folder, model);
        Model fused = Fusion.fuse(model, spec, Sources.frame(spec.source(), folder, model));
        var reader = DecisionReader.of(fused, spec, folder);
        int right = 0;
        try (Session session = Ran.open(fused)) {
            for (Sample sample : source) {
                right += reader.read(session.infer(sample.inputs())).index(0)
                                == sample.label().orElseThrow()
                        ? 1
                        : 0;
            }
        }
        assertThat((double) right / source.size()).isGreaterThan(0.97);
    }
}
