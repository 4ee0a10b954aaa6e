package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;

/** Models whose layers lie inside subgraphs. */
final class InnerNets {
    private InnerNets() {}

    /** A graph without inputs of its own. */
    static Graph branch(String name, List<Tensor> weights, String output, Node... nodes) {
        return Graph.of(name, List.of(nodes), weights, List.of(), List.of(untyped(output)));
    }

    static ValueInfo untyped(String name) {
        return new ValueInfo(name, null, "", Map.of(), Extras.NONE);
    }

    static Node branching(String condition, String output, Graph then, Graph otherwise) {
        var attributes = new LinkedHashMap<String, Attribute>();
        attributes.put("then_branch", Attribute.of(then));
        attributes.put("else_branch", Attribute.of(otherwise));
        return Node.of("If", List.of(condition), List.of(output), attributes);
    }

    /** {@code x} goes through two convolutions, in a branch if {@code c}, else in another with names of the same kind. */
    static Model twoBranches(RandomGenerator random) {
        Graph graph = Graph.of(
                "net",
                List.of(
                        Node.of("Relu", List.of("x"), List.of("r")),
                        branching("c", "y", convolutions("then", random), convolutions("else", random))),
                List.of(),
                List.of(
                        ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 4, 8, 8)),
                        ValueInfo.of("c", DataType.BOOL, Shape.of())),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 6, 4, 4))));
        return Model.of(graph, 13);
    }

    private static Graph convolutions(String name, RandomGenerator random) {
        return branch(
                name,
                List.of(
                        Samples.gaussian("w", random, 6, 4, 3, 3),
                        Samples.gaussian("b", random, 6),
                        Samples.gaussian("v", random, 6, 6, 3, 3)),
                "out",
                Node.of("Conv", List.of("r", "w", "b"), List.of("h")).withName("first"),
                Node.of("Relu", List.of("h"), List.of("a")),
                Node.of("Conv", List.of("a", "v"), List.of("out")).withName("second"));
    }

    /** {@code x} is multiplied by a matrix, cut to one sign and scaled down, five times over. */
    static Model looping(RandomGenerator random) {
        Graph body = Graph.of(
                "body",
                List.of(
                        Node.of("MatMul", List.of("s", "w"), List.of("m")),
                        Node.of("Relu", List.of("m"), List.of("p")),
                        Node.of("Mul", List.of("p", "small"), List.of("next")),
                        Node.of("Identity", List.of("go"), List.of("on"))),
                List.of(Samples.gaussian("w", random, 16, 16), Tensor.ofFloats("small", new long[0], 0.25f)),
                List.of(
                        ValueInfo.of("i", DataType.INT64, Shape.of()),
                        ValueInfo.of("go", DataType.BOOL, Shape.of()),
                        ValueInfo.of("s", DataType.FLOAT, Shape.of(3, 16))),
                List.of(untyped("on"), untyped("next")));
        return Model.of(
                Graph.of(
                        "net",
                        List.of(Node.of(
                                "Loop", List.of("n", "", "x"), List.of("y"), Map.of("body", Attribute.of(body)))),
                        List.of(Tensor.ofLongs("n", new long[0], 5)),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(3, 16))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(3, 16)))),
                13);
    }

    /** Random samples with the condition true for the first {@code taken} and false for the others. */
    static Samples conditional(Model model, int count, int taken, RandomGenerator random) {
        List<Sample> samples = new ArrayList<>();
        long[] dims = {1, 4, 8, 8};
        for (int i = 0; i < count; i++) {
            samples.add(new Sample(
                    "sample " + i,
                    Map.of(
                            "x",
                            Samples.gaussian("x", random, dims),
                            "c",
                            Tensor.ofBytes("c", DataType.BOOL, new long[0], (byte) (i < taken ? 1 : 0))),
                    OptionalInt.empty(),
                    false));
        }
        return new Samples(samples);
    }
}
