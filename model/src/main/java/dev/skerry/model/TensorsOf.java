package dev.skerry.model;

import java.util.List;
import java.util.stream.Stream;

/** All tensors that a model holds: weights, constants in attributes, those of subgraphs and functions. */
final class TensorsOf {
    private TensorsOf() {}

    static Stream<Tensor> model(Model model) {
        return Stream.concat(
                graph(model.graph()),
                model.functions().stream()
                        .flatMap(function -> Stream.concat(
                                function.attributeDefaults().values().stream().flatMap(TensorsOf::attribute),
                                nodes(function.nodes()))));
    }

    private static Stream<Tensor> graph(Graph graph) {
        return Stream.of(
                        graph.initializers().values().stream(),
                        graph.sparseInitializers().stream().flatMap(TensorsOf::sparse),
                        nodes(graph.nodes()))
                .flatMap(tensors -> tensors);
    }

    private static Stream<Tensor> nodes(List<Node> nodes) {
        return nodes.stream()
                .flatMap(node -> node.attributes().values().stream())
                .flatMap(TensorsOf::attribute);
    }

    private static Stream<Tensor> attribute(Attribute attribute) {
        return switch (attribute) {
            case Attribute.TensorValue(Tensor tensor) -> Stream.of(tensor);
            case Attribute.Tensors(List<Tensor> tensors) -> tensors.stream();
            case Attribute.SparseTensorValue(SparseTensor tensor) -> sparse(tensor);
            case Attribute.SparseTensors(List<SparseTensor> tensors) ->
                tensors.stream().flatMap(TensorsOf::sparse);
            case Attribute.GraphValue(Graph graph) -> graph(graph);
            case Attribute.Graphs(List<Graph> graphs) -> graphs.stream().flatMap(TensorsOf::graph);
            default -> Stream.empty();
        };
    }

    private static Stream<Tensor> sparse(SparseTensor tensor) {
        return Stream.of(tensor.values(), tensor.indices());
    }
}
