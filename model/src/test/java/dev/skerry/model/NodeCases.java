package dev.skerry.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** A case of the ONNX backend tests: a model, and what it takes and gives. */
record NodeCases(Path folder, Model model) {
    static List<NodeCases> in(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.getFileName().toString().equals("model.onnx"))
                    .sorted()
                    .map(file -> new NodeCases(Objects.requireNonNull(file.getParent()), ModelFile.read(file)))
                    .toList();
        }
    }

    /** The model without anything declared about the values that inference is to find. */
    Model undeclared() {
        Graph graph = model.graph();
        return model.withGraph(graph.withValues(List.of())
                .withOutputs(graph.outputs().stream()
                        .map(output ->
                                new ValueInfo(output.name(), null, output.doc(), output.metadata(), output.extras()))
                        .toList()));
    }

    /** The inputs of the first data set. */
    List<Value> inputs() {
        return values("input", model.graph().dataInputs());
    }

    List<Value> outputs() {
        return values("output", model.graph().outputs());
    }

    private List<Value> values(String kind, List<ValueInfo> infos) {
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < infos.size(); i++) {
            Path file = folder.resolve("test_data_set_0").resolve(kind + "_" + i + ".pb");
            ValueType type = infos.get(i).type();
            if (type != null && Files.exists(file)) {
                values.add(TensorFile.readPb(file, type));
            }
        }
        return values;
    }

    /** The model with its inputs given as weights, so that inference knows what is in them. */
    Model withKnownInputs() {
        Model bare = undeclared();
        var weights = new java.util.LinkedHashMap<>(bare.graph().initializers());
        List<ValueInfo> infos = bare.graph().dataInputs();
        List<Value> values = inputs();
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) instanceof Value.OfTensor(Tensor tensor)) {
                weights.put(infos.get(i).name(), tensor.withName(infos.get(i).name()));
            }
        }
        return bare.withGraph(bare.graph().withInitializers(weights));
    }

    static ValueType typeOf(Value value) {
        return switch (value) {
            case Value.OfTensor(Tensor tensor) -> new ValueType.OfTensor(tensor.type(), tensor.shape());
            case Value.OfSparseTensor(SparseTensor tensor) ->
                new ValueType.OfTensor(
                        tensor.values().type(),
                        Shape.of(tensor.dims().stream().mapToLong(d -> d).toArray()));
            case Value.OfSequence sequence -> {
                List<ValueType> types =
                        sequence.elements().stream().map(NodeCases::typeOf).toList();
                ValueType common = types.isEmpty() ? null : types.getFirst();
                for (ValueType type : types) {
                    common = ValueTypes.join(common, type);
                }
                yield new ValueType.OfSequence(common);
            }
            case Value.OfOptional optional ->
                new ValueType.OfOptional(optional.element() == null ? null : typeOf(optional.element()));
            case Value.OfMap map -> new ValueType.OfMap(map.keys().type(), null);
        };
    }
}
