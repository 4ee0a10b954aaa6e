package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.skerry.model.onnx.AttributeProto;
import dev.skerry.model.onnx.GraphProto;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.model.onnx.NodeProto;
import dev.skerry.model.onnx.StringStringEntryProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.model.onnx.TensorShapeProto;
import dev.skerry.model.onnx.TypeProto;
import dev.skerry.model.onnx.ValueInfoProto;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models that were damaged or made to harm. Each ends in one clear problem that says where. */
class BrokenModelTest {
    @TempDir
    Path folder;

    /** x → Add(x, w) → y, with what {@code change} makes of it. */
    private static byte[] model(Consumer<GraphProto.Builder> change) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("g")
                .addInput(value("x", 2))
                .addOutput(value("y", 2))
                .addInitializer(weight("w"))
                .addNode(node("add", "Add", List.of("x", "w"), "y"));
        change.accept(graph);
        ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(9).setGraph(graph);
        model.addOpsetImportBuilder().setVersion(20);
        return model.build().toByteArray();
    }

    private static ValueInfoProto value(String name, long... sizes) {
        var shape = TensorShapeProto.newBuilder();
        for (long size : sizes) {
            shape.addDimBuilder().setDimValue(size);
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();
    }

    private static TensorProto.Builder weight(String name) {
        return TensorProto.newBuilder()
                .setName(name)
                .setDataType(1)
                .addDims(2)
                .setRawData(ByteString.copyFrom(new byte[8]));
    }

    private static NodeProto.Builder node(String name, String op, List<String> inputs, String output) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType(op)
                .addAllInput(inputs)
                .addOutput(output);
    }

    private static Problem parse(Consumer<GraphProto.Builder> change) {
        return problem(() -> ModelFile.parse(model(change)));
    }

    private Problem read(String name, byte[] content) throws IOException {
        Path file = Files.write(folder.resolve(name), content);
        return problem(() -> ModelFile.read(file));
    }

    private static Problem problem(org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
        ProblemException thrown = catchThrowableOfType(ProblemException.class, read);
        assertThat(thrown).isNotNull();
        assertThat(thrown.problem().kind()).isEqualTo(Problem.Kind.USAGE);
        assertThat(thrown.problem().code()).startsWith("model.");
        assertThat(thrown.problem().where()).isNotEmpty();
        return thrown.problem();
    }

    @Test
    void soundModelIsRead() {
        assertThat(ModelFile.parse(model(_ -> {})).graph().nodes()).hasSize(1);
    }

    @Test
    void truncated() throws IOException {
        byte[] sound = model(_ -> {});
        Problem problem = read("m.onnx", Arrays.copyOf(sound, sound.length - 5));
        assertThat(problem.code()).isEqualTo("model.truncated");
        assertThat(problem.where()).endsWith("m.onnx");
    }

    @Test
    void empty() throws IOException {
        assertThat(read("m.onnx", new byte[0]).what()).isEqualTo("it is empty");
    }

    @Test
    void folderInsteadOfAFile() throws IOException {
        Files.write(folder.resolve("m.onnx"), model(_ -> {}));
        Problem problem = problem(() -> ModelFile.read(folder));
        assertThat(problem.code()).isEqualTo("model.directory");
        assertThat(problem.remedies()).containsExactly(folder.resolve("m.onnx").toString());
    }

    @Test
    void missingFileNamesTheNearestOne() throws IOException {
        Files.write(folder.resolve("mnist.onnx"), model(_ -> {}));
        assertThat(problem(() -> ModelFile.read(folder.resolve("minst.onnx"))).remedies())
                .containsExactly(folder.resolve("mnist.onnx").toString());
        assertThat(problem(() -> ModelFile.read(folder.resolve("mnist"))).remedies())
                .containsExactly(folder.resolve("mnist.onnx").toString());
        assertThat(problem(() -> ModelFile.read(folder.resolve("no/such/m.onnx")))
                        .why())
                .contains("no folder");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u00ff\u00d8\u00ff\u00e0..|a JPEG image",
                "PK\u0003\u0004..|a zip archive",
                "name: net\nlayers: 3\n|a text file",
                "version https://git-lfs.github.com/spec/v1\noid|a Git LFS pointer",
                "<!DOCTYPE html><html>|a web page",
                "\u0089HDF\r\n|an HDF5 file",
                "\u0080\u0002}q|a Python pickle",
                "\u0000\u0000\u0000\u0000\u0000|a file of zeros",
            })
    void somethingElse(String contentAndKind) throws IOException {
        String[] parts = contentAndKind.split("\\|", -1);
        Problem problem = read("m.onnx", parts[0].getBytes(StandardCharsets.ISO_8859_1));
        assertThat(problem.code()).isEqualTo("model.not-onnx");
        assertThat(problem.what()).contains("it looks like " + parts[1]);
    }

    @Test
    void tensorInsteadOfAModel() throws IOException {
        assertThat(read("m.onnx", weight("w").build().toByteArray()).code()).startsWith("model.");
    }

    @Test
    void wrongWireType() {
        // field 7 of a model is its graph; here it is a number
        assertThat(problem(() -> ModelFile.parse(new byte[] {8, 9, 7 << 3, 5})).what())
                .isEqualTo("field graph of ModelProto has the wrong wire type");
    }

    @Test
    void wrongWireTypeInside() {
        byte[] model = model(graph -> graph.getNodeBuilder(0)
                .setUnknownFields(com.google.protobuf.UnknownFieldSet.newBuilder()
                        .addField(
                                NodeProto.OP_TYPE_FIELD_NUMBER,
                                com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                                        .addVarint(7)
                                        .build())
                        .build()));
        Problem problem = problem(() -> ModelFile.parse(model));
        assertThat(problem.what()).isEqualTo("field op_type of NodeProto has the wrong wire type");
        assertThat(problem.where()).contains("node add");
    }

    @Test
    void cycle() {
        Problem problem = parse(graph -> graph.addNode(node("b", "Add", List.of("c_out", "x"), "b_out"))
                .addNode(node("c", "Relu", List.of("b_out"), "c_out")));
        assertThat(problem.code()).isEqualTo("model.cycle");
        assertThat(problem.what()).contains("c → b → c");
    }

    @Test
    void nodeThatUsesItself() {
        assertThat(parse(graph -> graph.addNode(node("own", "Relu", List.of("z"), "z")))
                        .what())
                .contains("own → own");
    }

    @Test
    void nodesOutOfOrderAreSorted() {
        Model model = ModelFile.parse(model(graph -> graph.clearNode()
                .addNode(node("second", "Relu", List.of("t"), "y"))
                .addNode(node("first", "Add", List.of("x", "w"), "t"))));
        assertThat(model.graph().nodes()).extracting(Node::name).containsExactly("first", "second");
    }

    @Test
    void missingInitializer() {
        Problem problem = parse(GraphProto.Builder::clearInitializer);
        assertThat(problem.code()).isEqualTo("model.undefined");
        assertThat(problem.toString()).contains("node add", "\"w\"");
    }

    @Test
    void outputThatNothingMakes() {
        assertThat(parse(graph -> graph.addOutput(value("z", 2))).what())
                .contains("output \"z\" of the graph is made by no node");
    }

    @Test
    void valueMadeTwice() {
        Problem problem = parse(graph -> graph.addNode(node("again", "Relu", List.of("x"), "y")));
        assertThat(problem.toString()).contains("node again", "output \"y\" is defined a second time");
    }

    @Test
    void duplicateInitializer() {
        assertThat(parse(graph -> graph.addInitializer(weight("w"))).what())
                .isEqualTo("initializer \"w\" is there twice");
    }

    @Test
    void duplicateAttribute() {
        AttributeProto axis =
                AttributeProto.newBuilder().setName("axis").setType(2).setI(1).build();
        assertThat(parse(graph -> graph.getNodeBuilder(0).addAttribute(axis).addAttribute(axis))
                        .what())
                .isEqualTo("attribute \"axis\" is there twice");
    }

    @Test
    void undefinedValueInASubgraph() {
        GraphProto branch = GraphProto.newBuilder()
                .addNode(node("inner", "Relu", List.of("nowhere"), "out"))
                .addOutput(value("out"))
                .build();
        Problem problem = parse(graph -> graph.getNodeBuilder(0)
                .addAttribute(AttributeProto.newBuilder()
                        .setName("then_branch")
                        .setType(5)
                        .setG(branch)));
        assertThat(problem.toString()).contains("add", "then_branch", "nowhere");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, -9, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 60, 3, 1})
    void absurdDimensionOfAWeight(long dim) {
        Problem problem = parse(graph -> graph.setInitializer(0, weight("w").setDims(0, dim)));
        assertThat(problem.code()).isIn("model.dimension", "model.tensor-size");
        assertThat(problem.where()).contains("tensor w");
    }

    @Test
    void dimensionsThatOverflow() {
        assertThat(parse(graph -> graph.setInitializer(
                                0, weight("w").setDims(0, 1L << 32).addDims(1L << 32)))
                        .what())
                .contains("more elements than can exist");
        assertThat(parse(graph -> graph.setInput(0, value("x", 1L << 32, 1L << 32)))
                        .what())
                .contains("more elements than can exist");
        assertThat(parse(graph -> graph.setInput(0, value("x", -7))).what()).isEqualTo("dimension 0 is -7");
    }

    @Test
    void contentOfAnotherLength() {
        assertThat(parse(graph -> graph.setInitializer(0, weight("w").setRawData(ByteString.copyFrom(new byte[7]))))
                        .what())
                .isEqualTo("float32[2] takes 8 bytes, found 7");
    }

    @Test
    void unknownDataType() {
        assertThat(parse(graph -> graph.setInitializer(0, weight("w").setDataType(99)))
                        .what())
                .isEqualTo("unknown data type 99");
    }

    @Test
    void graphsNestedWithoutEnd() {
        GraphProto graph = GraphProto.newBuilder().addOutput(value("x", 2)).build();
        for (int i = 0; i < 500; i++) {
            graph = GraphProto.newBuilder()
                    .addNode(node("n" + i, "If", List.of("x"), "o")
                            .addAttribute(AttributeProto.newBuilder()
                                    .setName("then_branch")
                                    .setType(5)
                                    .setG(graph)))
                    .build();
        }
        GraphProto deep = graph;
        assertThat(parse(outer -> outer.addAllNode(deep.getNodeList())).code()).isEqualTo("model.nesting");
    }

    @Test
    void noOperatorSet() {
        byte[] bytes = ModelProto.newBuilder()
                .setIrVersion(9)
                .setGraph(GraphProto.getDefaultInstance())
                .build()
                .toByteArray();
        assertThat(problem(() -> ModelFile.parse(bytes)).code()).isEqualTo("model.opset");
    }

    private byte[] external(String location, String offset, String length) {
        return model(graph -> graph.setInitializer(
                0,
                weight("w")
                        .clearRawData()
                        .setDataLocation(1)
                        .addExternalData(entry("location", location))
                        .addExternalData(entry("offset", offset))
                        .addExternalData(entry("length", length))));
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "../secret.bin",
                "data/../../secret.bin",
                "..\\secret.bin",
                "C:\\secret.bin",
                "",
                ".",
                "a\u0000b"
            })
    void externalPathThatEscapes(String location) throws IOException {
        Files.createDirectories(folder.resolve("model/data"));
        Files.write(folder.resolve("secret.bin"), new byte[8]);
        Problem problem = read("model/m.onnx", external(location, "0", "8"));
        assertThat(problem.code()).isEqualTo("model.external-path");
        assertThat(problem.where()).contains("tensor w");
    }

    @Test
    void externalPathThatEscapesByALink() throws IOException {
        Files.createDirectories(folder.resolve("model"));
        Path secret = Files.write(folder.resolve("secret.bin"), new byte[8]);
        Files.createSymbolicLink(folder.resolve("model/w.bin"), secret);
        assertThat(read("model/m.onnx", external("w.bin", "0", "8")).why()).contains("symbolic link");
        Files.createSymbolicLink(folder.resolve("model/sub"), folder);
        assertThat(read("model/m.onnx", external("sub/secret.bin", "0", "8")).why())
                .contains("symbolic link");
    }

    @Test
    void missingExternalFile() throws IOException {
        Problem problem = read("m.onnx", external("w.bin", "0", "8"));
        assertThat(problem.code()).isEqualTo("model.external-missing");
        assertThat(problem.what()).contains("w.bin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"5|8", "9|8", "-1|8", "0|9", "0|-8", "x|8", "9223372036854775807|8", "0|99999999999999999999"})
    void externalRangeOutsideOfTheFile(String range) throws IOException {
        Files.write(folder.resolve("w.bin"), new byte[12]);
        String[] parts = range.split("\\|", -1);
        assertThat(read("m.onnx", external("w.bin", parts[0], parts[1])).code())
                .isIn("model.external", "model.tensor-size");
    }

    @Test
    void externalDataWithoutAFolder() {
        assertThat(problem(() -> ModelFile.parse(external("w.bin", "0", "8"))).code())
                .isEqualTo("model.external");
    }
}
