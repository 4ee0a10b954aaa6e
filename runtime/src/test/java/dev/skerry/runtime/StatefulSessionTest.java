package dev.skerry.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.measure.Auc;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** On Silero's voice activity detector: 32 samples of context and 256 new ones at 8 kHz, and a state of [2,1,128]. */
class StatefulSessionTest {
    private static final Path FOLDER = SharedData.at("models/silero-vad");
    private static final Map<String, String> STATE = Map.of("stateN", "state");
    private static final int CONTEXT = 32;
    private static final int FRAME = 256;
    private static final int WAV_HEADER_BYTES = 44;

    @Test
    void findsSpeechAsWellAsTheReference() throws IOException {
        float[] audio = audio();
        long[] labels = requireNonNull(
                        TensorFile.readNpz(FOLDER.resolve("stream-labels.npz")).get("labels"))
                .toLongs();
        double[] scores = new double[labels.length];
        boolean[] speech = new boolean[labels.length];
        try (var session = open();
                var binding = session.bind(Map.of("input", new long[] {1, CONTEXT + FRAME}, "sr", new long[0]))) {
            binding.input("sr").set(ValueLayout.JAVA_LONG, 0, 8000);
            for (int frame = 0; frame < labels.length; frame++) {
                feed(binding.input("input"), audio, frame);
                binding.run();
                scores[frame] = binding.output("output").get(ValueLayout.JAVA_FLOAT, 0);
                speech[frame] = labels[frame] == 1;
            }
        }
        assertThat(100 * Auc.of(scores, speech)).isCloseTo(91.88, within(0.01));
    }

    @Test
    void inferAndBindingCarryTheSameState() throws IOException {
        float[] audio = audio();
        try (var session = open();
                var binding = session.bind(Map.of("input", new long[] {1, CONTEXT + FRAME}, "sr", new long[0]))) {
            assertThat(session.inputs()).extracting(ValueInfo::name).containsExactly("input", "sr");
            binding.input("sr").set(ValueLayout.JAVA_LONG, 0, 8000);
            for (int round = 0; round < 2; round++) {
                for (int frame = 0; frame < 40; frame++) {
                    feed(binding.input("input"), audio, frame);
                    binding.run();
                    Map<String, Tensor> outputs = session.infer(Map.of(
                            "input",
                            Tensor.ofFloats(
                                    "input",
                                    new long[] {1, CONTEXT + FRAME},
                                    binding.input("input").toArray(ValueLayout.JAVA_FLOAT)),
                            "sr",
                            Tensor.ofLongs("sr", new long[0], 8000)));
                    outputs.forEach(
                            (name, tensor) -> assertThat(binding.output(name).mismatch(tensor.data()))
                                    .isEqualTo(-1));
                }
                session.reset();
                binding.reset();
            }
        }
    }

    @Test
    void resetGoesBackToTheFirstAnswer() throws IOException {
        float[] audio = audio();
        try (var session = open();
                var binding = session.bind(Map.of("input", new long[] {1, CONTEXT + FRAME}, "sr", new long[0]))) {
            binding.input("sr").set(ValueLayout.JAVA_LONG, 0, 8000);
            feed(binding.input("input"), audio, 100);
            binding.run();
            float first = binding.output("output").get(ValueLayout.JAVA_FLOAT, 0);
            binding.run();
            assertThat(binding.output("output").get(ValueLayout.JAVA_FLOAT, 0)).isNotEqualTo(first);
            binding.reset();
            binding.run();
            assertThat(binding.output("output").get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(first);
        }
    }

    @Test
    void aStateThatIsGivenIsTaken() {
        Tensor audio = Tensor.ofFloats("input", new long[] {1, CONTEXT + FRAME}, new float[CONTEXT + FRAME]);
        Tensor rate = Tensor.ofLongs("sr", new long[0], 8000);
        try (var session = open()) {
            Tensor first = requireNonNull(
                    session.infer(Map.of("input", audio, "sr", rate)).get("stateN"));
            Tensor second = requireNonNull(
                    session.infer(Map.of("input", audio, "sr", rate)).get("stateN"));
            assertThat(second).isNotEqualTo(first);
            session.reset();
            Tensor again =
                    requireNonNull(session.infer(Map.of("input", audio, "sr", rate, "state", first.withName("state")))
                            .get("stateN"));
            assertThat(again).isEqualTo(second);
        }
    }

    @Test
    void aStateThatTheModelDoesNotHaveIsNamed() {
        try (var session = new OnnxRuntime().open(FOLDER.resolve("silero_vad.onnx"), SessionOptions.DEFAULT)) {
            assertThatThrownBy(() -> StatefulSession.of(session, Map.of("statN", "state")))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("statN")
                    .hasMessageContaining("try the output stateN");
        }
    }

    private static StatefulSession open() {
        return StatefulSession.of(
                new OnnxRuntime().open(FOLDER.resolve("silero_vad.onnx"), SessionOptions.DEFAULT), STATE);
    }

    private static float[] audio() throws IOException {
        byte[] wav = Files.readAllBytes(FOLDER.resolve("stream.wav"));
        var samples = ByteBuffer.wrap(wav).order(ByteOrder.LITTLE_ENDIAN).position(WAV_HEADER_BYTES);
        float[] audio = new float[samples.remaining() / 2];
        for (int i = 0; i < audio.length; i++) {
            audio[i] = samples.getShort() / 32768f;
        }
        return audio;
    }

    /** The last 32 samples of the frame before, silence at the start, and the frame. */
    private static void feed(MemorySegment input, float[] audio, int frame) {
        for (int i = 0; i < CONTEXT + FRAME; i++) {
            int at = frame * FRAME - CONTEXT + i;
            input.setAtIndex(ValueLayout.JAVA_FLOAT, i, at < 0 ? 0 : audio[at]);
        }
    }
}
