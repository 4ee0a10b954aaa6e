package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person reads when a model doesn't load or run, from real failures. */
class OnnxProblemsTest {
    private final OnnxRuntime runtime = new OnnxRuntime();

    @Test
    void noSuchFile() {
        Problem problem = failure(() -> runtime.open(Path.of("no/such.onnx"), SessionOptions.DEFAULT));
        assertThat(problem).hasToString("no/such.onnx: no such model file");
        assertThat(problem.code()).isEqualTo("runtime.load");
    }

    @Test
    void noModelAtAll() {
        assertThat(load(new byte[] {'h', 'e', 'l', 'l', 'o'}))
                .hasToString("m.onnx: ONNX Runtime can't load this model · the file is no ONNX model, or is truncated"
                        + " · try exporting or downloading it again");
    }

    @Test
    void truncatedFile() throws IOException {
        byte[] whole = Files.readAllBytes(SharedData.at("models/kws-dscnn/kws_dscnn.onnx"));
        assertThat(load(Arrays.copyOf(whole, whole.length / 2)).why()).contains("truncated");
    }

    @Test
    void opsetOfTheFuture() {
        Problem problem = load(relu().withOpset("", 99));
        assertThat(problem.why()).contains("opset 99 of ai.onnx is newer than 2");
        assertThat(problem.remedies()).singleElement().asString().startsWith("exporting the model with opset 2");
    }

    @Test
    void irVersionOfTheFuture() {
        Problem problem = load(relu().withIrVersion(99));
        assertThat(problem.why()).contains("IR version 99 is newer than 1");
    }

    @Test
    void customOperator() {
        var node = Node.of("Frobnicate", List.of("x"), List.of("y"));
        var custom = new Node(
                "frob",
                node.op(),
                "com.example",
                "",
                node.inputs(),
                node.outputs(),
                Map.of(),
                "",
                Map.of(),
                node.extras());
        Problem problem = load(of(custom, DataType.FLOAT, 1, 4).withOpset("com.example", 1));
        assertThat(problem.why()).contains("com.example:Frobnicate");
    }

    @Test
    void operatorThatDoesNotExist() {
        Problem problem = load(of(Node.of("Relux", List.of("x"), List.of("y")), DataType.FLOAT, 1, 4));
        assertThat(problem.why()).contains("Relux");
        assertThat(problem.remedies()).isNotEmpty();
    }

    @Test
    void noKernelForTheType() {
        Problem problem = load(of(Node.of("Relu", List.of("x"), List.of("y")), DataType.BFLOAT16, 1, 4));
        assertThat(problem.where()).isEqualTo("m.onnx, node Relu_y");
        assertThat(problem.why()).isEqualTo("no execution provider has Relu(14) for these types");
    }

    @Test
    void typeThatTheOperatorDoesNotTake() {
        Problem problem = load(of(Node.of("Sin", List.of("x"), List.of("y")), DataType.BFLOAT16, 1, 4));
        assertThat(problem.where()).isEqualTo("m.onnx, node Sin_y");
        assertThat(problem.why()).contains("tensor(bfloat16)");
    }

    @Test
    void shapesThatDoNotFit() {
        var graph = Graph.of(
                "g",
                List.of(Node.of("MatMul", List.of("x", "w"), List.of("y"))),
                List.of(Tensor.ofFloats("w", new long[] {3, 1}, 1, 2, 3)),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 4))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1))));
        Problem problem = load(Model.of(graph, 17));
        assertThat(problem.where()).isEqualTo("m.onnx, node MatMul_y");
        assertThat(problem.why()).contains("Incompatible dimensions");
    }

    @Test
    void nodeThatFailsAtRunTime() {
        var gather = Node.of("Gather", List.of("w", "x"), List.of("y"));
        var graph = Graph.of(
                "g",
                List.of(gather),
                List.of(Tensor.ofFloats("w", new long[] {3}, 1, 2, 3)),
                List.of(ValueInfo.of("x", DataType.INT64, Shape.of(1))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1))));
        Problem problem = failure(() -> with(
                Model.of(graph, 17), session -> session.infer(Map.of("x", Tensor.ofLongs("x", new long[] {1}, 7)))));
        assertThat(problem.code()).isEqualTo("runtime.run");
        assertThat(problem.where()).contains("node Gather_y");
        assertThat(problem.why()).contains("out of data bounds").doesNotContain("onnxruntime");
    }

    @Test
    void misspeltMissingAndIllTypedInputs() {
        Tensor good = Tensor.ofFloats("input", new long[] {1, 4}, 1, 2, 3, 4);
        Node node = Node.of("Relu", List.of("input"), List.of("y"));
        var graph = Graph.of(
                "g",
                List.of(node),
                List.of(),
                List.of(ValueInfo.of("input", DataType.FLOAT, Shape.of(1, 4))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 4))));
        with(Model.of(graph, 17), session -> {
            assertThat(failure(() -> session.infer(Map.of("inptu", good))))
                    .hasToString("g, input inptu: no such input · the model has input · try the input input");
            assertThat(failure(() -> session.infer(Map.of())).what()).isEqualTo("input is missing");
            assertThat(failure(() -> session.infer(
                                    Map.of("input", Tensor.ofLongs("input", new long[] {1, 4}, 1, 2, 3, 4))))
                            .what())
                    .isEqualTo("expected float32, found int64");
            assertThat(failure(() -> session.infer(Map.of("input", good.reshape(2, 2))))
                            .what())
                    .isEqualTo("expected [1×4], found [2×2]");
            assertThat(failure(() -> session.bind(Map.of("input", new long[] {4}))))
                    .hasToString("g, input input: expected [1×4], found [4] · rank 2 expected, 1 found");
        });
    }

    @Test
    void outputsWhoseShapeDependsOnDataCannotBeBound() {
        Node node = Node.of("NonZero", List.of("x"), List.of("y"));
        var graph = Graph.of(
                "g",
                List.of(node),
                List.of(),
                List.of(ValueInfo.of("x", DataType.INT64, Shape.of(4))),
                List.of(new ValueInfo("y", null, "", Map.of(), dev.skerry.model.Extras.NONE)
                        .withType(new dev.skerry.model.ValueType.OfTensor(DataType.INT64, null))));
        with(Model.of(graph, 17), session -> {
            try (var binding = session.bind(Map.of("x", new long[] {4}))) {
                binding.input("x").fill((byte) 1);
                Problem problem = failure(binding::run);
                assertThat(problem.why()).contains("its shape depends on the data");
                assertThat(problem.remedies()).contains("infer instead of a binding");
            }
        });
    }

    @Test
    void typesThatTheJavaInterfaceCannotCarry() {
        with(of(Node.of("Identity", List.of("x"), List.of("y")), DataType.UINT16, 4), session -> {
            Tensor input = Tensor.ofBytes("x", DataType.UINT16, new long[] {4}, new byte[8]);
            Problem problem = failure(() -> session.infer(Map.of("x", input)));
            assertThat(problem.code()).isEqualTo("runtime.type");
            assertThat(problem.what()).contains("uint16");
            assertThat(problem.remedies()).isNotEmpty();
        });
    }

    @Test
    void aPluginThatIsNone(@TempDir Path folder) throws IOException {
        Path library = Files.writeString(folder.resolve("libep.so"), "not a library");
        var plugin = new SessionOptions.Plugin("AcmeExecutionProvider", library, Map.of());
        var options =
                new SessionOptions(1, SessionOptions.Optimization.ALL, List.of(plugin), false, false, Map.of(), null);
        Problem problem = failure(() -> runtime.open(relu(), options));
        assertThat(problem.code()).isEqualTo("runtime.plugin");
        assertThat(problem.kind()).isEqualTo(Problem.Kind.ENVIRONMENT);
        assertThat(problem.where()).endsWith("libep.so");
    }

    static Model relu() {
        return of(Node.of("Relu", List.of("x"), List.of("y")), DataType.FLOAT, 1, 4);
    }

    private static Model of(Node node, DataType type, long... dims) {
        return Model.of(
                Graph.of(
                        "g",
                        List.of(node.withAttributes(Map.<String, Attribute>of())),
                        List.of(),
                        List.of(ValueInfo.of("x", type, Shape.of(dims))),
                        List.of(ValueInfo.of("y", type, Shape.of(dims)))),
                17);
    }

    private Problem load(Model model) {
        return load(dev.skerry.model.ModelFile.bytes(model));
    }

    private Problem load(byte[] onnx) {
        return failure(() -> runtime.open(onnx, "m.onnx", SessionOptions.DEFAULT));
    }

    private void with(Model model, Consumer<Session> use) {
        try (Session session = runtime.open(model, SessionOptions.DEFAULT)) {
            use.accept(session);
        }
    }

    private static Problem failure(Runnable action) {
        return catchThrowableOfType(ProblemException.class, action::run).problem();
    }
}
