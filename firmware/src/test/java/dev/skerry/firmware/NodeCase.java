package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.Value;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A case of the ONNX backend tests. Its inputs of sizes and axes become constants of the model, which the code is made for; all
 * others are given to the compiled code.
 */
record NodeCase(String name, Path folder) {
    /** As ONNX's own runner of these tests compares. */
    private static final double RELATIVE = 1e-3;

    private static final double ABSOLUTE = 1e-7;

    /** The inputs that say sizes, axes or ways to compute. */
    private static final Map<String, List<Integer>> SETTINGS = Map.ofEntries(
            Map.entry("Reshape", List.of(1)),
            Map.entry("Slice", List.of(1, 2, 3, 4)),
            Map.entry("Squeeze", List.of(1)),
            Map.entry("Unsqueeze", List.of(1)),
            Map.entry("Expand", List.of(1)),
            Map.entry("Tile", List.of(1)),
            Map.entry("Pad", List.of(1, 3)),
            Map.entry("CenterCropPad", List.of(1)),
            Map.entry("Split", List.of(1)),
            Map.entry("Trilu", List.of(1)),
            Map.entry("Resize", List.of(1, 2, 3)),
            Map.entry("Upsample", List.of(1)),
            Map.entry("AffineGrid", List.of(1)),
            Map.entry("Col2Im", List.of(1, 2)),
            Map.entry("MaxUnpool", List.of(2)),
            Map.entry("TopK", List.of(1)),
            Map.entry("OneHot", List.of(1)),
            Map.entry("CumSum", List.of(1)),
            Map.entry("Range", List.of(0, 1, 2)),
            Map.entry("ConstantOfShape", List.of(0)),
            Map.entry("Dropout", List.of(1, 2)),
            Map.entry("If", List.of(0)),
            Map.entry("DFT", List.of(1, 2)),
            Map.entry("STFT", List.of(1, 3)),
            Map.entry("HannWindow", List.of(0)),
            Map.entry("HammingWindow", List.of(0)),
            Map.entry("BlackmanWindow", List.of(0)),
            Map.entry("MelWeightMatrix", List.of(0, 1, 2, 3, 4)));

    static List<NodeCase> in(Path root) throws IOException {
        try (var folders = Files.list(root)) {
            return folders.filter(folder -> Files.exists(folder.resolve("model.onnx")))
                    .sorted()
                    .map(folder -> new NodeCase(String.valueOf(folder.getFileName()), folder))
                    .toList();
        }
    }

    private Model original() {
        return ModelFile.read(folder.resolve("model.onnx"));
    }

    /** The operators of the case; those of its name come first. */
    String operator() {
        List<Node> nodes = original().graph().nodes();
        return name.contains("_expanded")
                ? "(functions as graphs)"
                : nodes.isEmpty() ? "" : nodes.getFirst().op();
    }

    /** The model with what is said before the run as constants, and the true shapes of its inputs. */
    Model model() {
        Model model = original();
        Graph graph = model.graph();
        var constants = new LinkedHashMap<>(graph.initializers());
        List<ValueInfo> inputs = new ArrayList<>();
        for (int i = 0; i < graph.dataInputs().size(); i++) {
            ValueInfo input = graph.dataInputs().get(i);
            Tensor tensor = tensor("input_" + i, input);
            if (tensor == null) {
                inputs.add(input);
            } else if (isSetting(graph, input.name())) {
                constants.put(input.name(), tensor.withName(input.name()));
            } else {
                inputs.add(ValueInfo.of(input.name(), tensor.type(), Shape.of(tensor.dims())));
            }
        }
        return model.withGraph(graph.withInputs(inputs).withInitializers(constants));
    }

    private boolean isSetting(Graph graph, String value) {
        // written out as a graph, a window is cast to real numbers first
        return name.matches("test_.*window.*_expanded")
                || graph.nodes().stream()
                        .anyMatch(node -> settings(node).stream()
                                .anyMatch(index -> node.input(index).equals(value)));
    }

    private static List<Integer> settings(Node node) {
        return node.op().startsWith("Reduce") ? List.of(1) : SETTINGS.getOrDefault(node.op(), List.of());
    }

    private @Nullable Tensor tensor(String file, ValueInfo info) {
        Path path = folder.resolve("test_data_set_0").resolve(file + ".pb");
        ValueType type = info.type();
        if (type == null || !Files.exists(path)) {
            return null;
        }
        if (!(TensorFile.readPb(path, type) instanceof Value.OfTensor(Tensor tensor))) {
            return null;
        }
        // these files hold the bits of bfloat16 as uint16
        boolean isMislabelled = tensor.type() == DataType.UINT16
                && type instanceof ValueType.OfTensor declared
                && declared.element() == DataType.BFLOAT16;
        return isMislabelled ? Tensor.of(tensor.name(), DataType.BFLOAT16, tensor.dims(), tensor.data()) : tensor;
    }

    /** The bytes of all inputs that the code takes, one after the other. */
    byte[] inputs(Firmware firmware) throws IOException {
        var bytes = new ByteArrayOutputStream();
        List<ValueInfo> given = original().graph().dataInputs();
        for (Firmware.End end : firmware.inputs()) {
            for (int i = 0; i < given.size(); i++) {
                if (given.get(i).name().equals(end.name())) {
                    Tensor tensor = Objects.requireNonNull(tensor("input_" + i, given.get(i)));
                    bytes.write(tensor.data().toArray(ValueLayout.JAVA_BYTE));
                }
            }
        }
        return bytes.toByteArray();
    }

    /** What is wrong with what the code gave; null where nothing is. */
    @Nullable
    String difference(Firmware firmware, byte[] given) {
        List<ValueInfo> outputs = original().graph().outputs();
        int at = 0;
        for (int i = 0; i < outputs.size(); i++) {
            Firmware.End end = firmware.outputs().get(i);
            byte[] bytes = java.util.Arrays.copyOfRange(given, at, at + end.bytes());
            at += end.bytes();
            Tensor expected = tensor("output_" + i, outputs.get(i));
            if (expected == null) {
                continue;
            }
            long[] dims = end.dims().stream().mapToLong(Integer::longValue).toArray();
            Tensor found = Tensor.of(end.name(), end.type(), dims, MemorySegment.ofArray(bytes));
            String difference = difference(expected, found);
            if (difference != null) {
                return difference;
            }
        }
        return at == given.length ? null : "it gives " + given.length + " bytes, not " + at;
    }

    static @Nullable String difference(Tensor expected, Tensor found) {
        if (expected.type() != found.type() || !expected.shape().equals(found.shape())) {
            return "expected %s%s, found %s%s"
                    .formatted(
                            expected.type().label(),
                            expected.shape(),
                            found.type().label(),
                            found.shape());
        }
        boolean isWhole = expected.type() == DataType.INT64 || expected.type() == DataType.UINT64;
        for (long i = 0; i < expected.elements(); i++) {
            double wanted = expected.valueAt(i);
            double actual = found.valueAt(i);
            boolean close = isWhole
                    ? expected.longAt(i) == found.longAt(i)
                    : wanted == actual
                            || Double.isNaN(wanted) && Double.isNaN(actual)
                            || Math.abs(wanted - actual) <= ABSOLUTE + RELATIVE * Math.abs(wanted);
            if (!close) {
                return "values differ";
            }
        }
        return null;
    }
}
