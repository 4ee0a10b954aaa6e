package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
    @TempDir
    Path home;

    private Console console;

    @BeforeEach
    void open() {
        console = new Console(home);
    }

    @Test
    void showsWhatAModelCostsAndWhereItRuns() {
        assertThat(console.run("inspect", SharedData.at("models/mnist-cnn/mnist.onnx")))
                .isZero();
        assertThat(console.out())
                .contains("Input3 float32[1×1×28×28]")
                .contains("types        float32, int64")
                .contains("parameters   5,994 in 24.0 kB")
                .contains("MACs         0.787 M")
                .contains("onnxruntime  12 of 12 nodes run on its CPU")
                .contains("fits         ~ microcontroller")
                .contains("heaviest layers")
                .containsPattern("Conv +2 +0.784 M +3,400 +runs")
                .contains("next: skerry compress");
        assertThat(console.err()).isEmpty();
    }

    @Test
    void theSameAsDataForPrograms() {
        assertThat(console.run("inspect", SharedData.at("models/kws-dscnn/kws_dscnn.onnx"), "--dim", "N=1", "--json"))
                .isZero();
        JsonNode json = console.json();
        assertThat(json.path("schema").asString()).isEqualTo("skerry.inspect/1");
        assertThat(json.path("complete").asBoolean()).isTrue();
        assertThat(json.path("macs").asLong()).isPositive();
        long nodes = 0;
        for (JsonNode operator : json.path("operators")) {
            JsonNode support = operator.path("onnxruntime");
            assertThat(support.path("runs").asLong()
                            + support.path("noKernel").asLong()
                            + support.path("unknown").asLong())
                    .isEqualTo(operator.path("nodes").asLong());
            nodes += operator.path("nodes").asLong();
        }
        assertThat(nodes).isEqualTo(json.path("nodes").asLong());
        assertThat(json.path("tierEstimate").path("tier").asString()).isEqualTo("microcontroller");
    }

    @Test
    void dimensionsWithoutANameArePinnedByTheirPlace() {
        Path silero = SharedData.at("models/silero-vad/silero_vad.onnx");
        assertThat(console.run("inspect", silero)).isZero();
        assertThat(console.out())
                .contains("no size yet: input[0], input[1], state[1]")
                .contains("--dim 'input[0]=1'")
                .contains("MACs         ≥ 0");
        assertThat(console.run(
                        "inspect", silero, "--dim", "input[0]=1", "--dim", "input[1]=512", "--dim", "state[1]=1"))
                .isZero();
        assertThat(console.out()).contains("input float32[1×512]").doesNotContain("no size yet");
    }

    @Test
    void operatorsThatNobodyKnowsAreShownAsSuch() {
        Model model = ModelFile.read(SharedData.at("models/mnist-cnn/mnist.onnx"));
        Graph graph = model.graph();
        Model strange = model.withGraph(graph.withNodes(graph.nodes().stream()
                .map(node -> node.is("MaxPool") ? foreign(node) : node)
                .toList()));
        Path file = home.resolve("strange.onnx");
        ModelFile.write(strange, file);
        assertThat(console.run("inspect", file)).isZero();
        assertThat(console.out())
                .containsPattern("com.example:Pool +2 .*unknown")
                .contains("of 2 no trial tells");
    }

    @Test
    void everyModelThatLiesAboutIsShownWithoutADefect() throws IOException {
        var models = new ArrayList<Path>();
        for (String folder : List.of("models", "mlperf-tiny", "onnx-node-tests")) {
            try (Stream<Path> files = Files.walk(SharedData.at(folder))) {
                files.filter(file -> file.toString().endsWith(".onnx")).forEach(models::add);
            }
        }
        assertThat(models).hasSizeGreaterThan(300);
        for (Path model : models) {
            assertThat(console.run("inspect", model, "--json"))
                    .as(model.toString())
                    .isZero();
            assertThat(console.json().path("nodes").asLong())
                    .as(model.toString())
                    .isPositive();
            assertThat(console.run("inspect", model)).as(model.toString()).isZero();
        }
    }

    private static Node foreign(Node node) {
        return new Node(
                node.name(),
                "Pool",
                "com.example",
                node.overload(),
                node.inputs(),
                node.outputs(),
                node.attributes(),
                node.doc(),
                node.metadata(),
                node.extras());
    }
}
