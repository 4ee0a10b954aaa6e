package dev.skerry.pipeline;

import static dev.skerry.pipeline.Ran.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.runtime.spi.Session;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@NullUnmarked // a missing input fails the test by itself
@SuppressWarnings("NullAway") // a null fails the test, as it should
class BytesSourceTest {
    @TempDir
    Path folder;

    private long[] read(String content, String options) throws IOException {
        Path file = folder.resolve("f");
        Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
        var spec = (SourceSpec.Bytes)
                spec("{'source': {'bytes': 'f', " + options + "}}").source();
        return BytesSource.read(file, spec).toLongs();
    }

    @Test
    void theFirstAndTheLast() throws IOException {
        assertThat(read("abcdefgh", "'first': 3, 'last': 2")).containsExactly('a', 'b', 'c', 'g', 'h');
        assertThat(read("ab", "'first': 3, 'last': 3, 'pad': 256")).containsExactly('a', 'b', 256, 256, 'a', 'b');
        assertThat(read("", "'first': 1, 'last': 1, 'pad': -1")).containsExactly(-1, -1);
        assertThat(read(" \t\u00ff b\n", "'first': 2, 'last': 2, 'strip': true"))
                .containsExactly(0xff, ' ', ' ', 'b');
        assertThat(read("abcd", "'first': 2")).containsExactly('a', 'b');
        // what is stripped is stripped from the block alone
        assertThat(read("    abcd    ", "'first': 2, 'last': 2, 'strip': true, 'block': 5, 'pad': 0"))
                .containsExactly('a', 0, 0, 'd');
        assertThatThrownBy(() -> spec("{'source': {'bytes': 'f'}}")).hasMessageContaining("first and last are 1 to");
        assertThatThrownBy(() -> spec("{'source': {'bytes': 'f', 'first': 10, 'block': 5}}"))
                .hasMessageContaining("block");
    }

    /** A real model that tells the type of a file: asked about files of this project. */
    @Test
    void aModelThatTellsTheTypeOfAFile() throws IOException {
        Path magika = SharedData.at("models/magika");
        List<String> names = JsonMapper.shared()
                .readTree(Files.readString(magika.resolve("config.min.json")))
                .path("target_labels_space")
                .values()
                .stream()
                .map(JsonNode::asString)
                .toList();
        Model model = ModelFile.read(magika.resolve("model.onnx"));
        Path root = SharedData.projectRoot();
        Path set = Files.createDirectories(folder.resolve("set"));
        Files.copy(root.resolve("pom.xml"), set.resolve("xml"));
        Files.copy(root.resolve("skerry"), set.resolve("shell"));
        Files.copy(root.resolve("bench/train/text.py"), set.resolve("python"));
        Files.copy(root.resolve("problem/src/main/java/dev/skerry/problem/Problem.java"), set.resolve("java"));
        Files.copy(magika.resolve("evaluation.npz"), set.resolve("npz"));
        PipelineSpec spec =
                spec("{'source': {'bytes': 'set', 'first': 1024, 'last': 1024, 'pad': 256, 'strip': true}}");
        Model fused = Fusion.fuse(model, spec, Sources.frame(spec.source(), folder, model));
        try (Session session = Ran.open(fused)) {
            for (Sample sample : Sources.open(spec, folder, model)) {
                Map<String, Tensor> outputs = session.infer(sample.inputs());
                float[] scores = outputs.values().iterator().next().toFloats();
                int best = 0;
                for (int i = 1; i < scores.length; i++) {
                    best = scores[i] > scores[best] ? i : best;
                }
                assertThat(names.get(best)).isEqualTo(sample.id());
            }
        }
    }
}
