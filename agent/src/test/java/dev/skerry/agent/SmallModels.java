package dev.skerry.agent;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Models that are small enough to foretell. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SmallModels {
    private static final long OPSET = 17;

    private SmallModels() {}

    private static Path write(Path file, Graph graph) {
        ModelFile.write(Model.of(graph, OPSET), file);
        return file;
    }

    /** y = 2 x for any number of rows of three. */
    static Path doubling(Path folder) {
        var rows = new Shape(List.of(Dim.of("rows"), Dim.of(3)));
        return write(
                folder.resolve("doubling.onnx"),
                Graph.of(
                        "doubling",
                        List.of(Node.of("Add", List.of("x", "x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, rows)),
                        List.of(ValueInfo.of("y", DataType.FLOAT, rows))));
    }

    /** Each input is its output; named as the datatype. */
    static Path mirror(Path folder, List<DataType> types) {
        var nodes = new ArrayList<Node>();
        var inputs = new ArrayList<ValueInfo>();
        var outputs = new ArrayList<ValueInfo>();
        for (DataType type : types) {
            nodes.add(Node.of("Identity", List.of("in_" + type.label()), List.of("out_" + type.label())));
            inputs.add(ValueInfo.of("in_" + type.label(), type, Shape.of(2, 2)));
            outputs.add(ValueInfo.of("out_" + type.label(), type, Shape.of(2, 2)));
        }
        return write(folder.resolve("mirror.onnx"), Graph.of("mirror", nodes, List.of(), inputs, outputs));
    }

    /** The places of x that aren't zero: of a size that x's content says. */
    static Path nonZero(Path folder) {
        return write(
                folder.resolve("nonzero.onnx"),
                Graph.of(
                        "nonzero",
                        List.of(Node.of("NonZero", List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(4))),
                        List.of(ValueInfo.of("y", DataType.INT64, new Shape(List.of(Dim.of(1), Dim.of("found")))))));
    }

    /** The logarithm, which is no number for some. */
    static Path logarithm(Path folder) {
        return write(
                folder.resolve("log.onnx"),
                Graph.of(
                        "log",
                        List.of(Node.of("Log", List.of("x"), List.of("y"))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1)))));
    }

    /** An element of x by its index; fails for an index that it hasn't. */
    static Path picking(Path folder) {
        return write(
                folder.resolve("picking.onnx"),
                Graph.of(
                        "picking",
                        List.of(Node.of("Gather", List.of("table", "index"), List.of("y"))),
                        List.of(Tensor.ofFloats("table", new long[] {3}, 1, 2, 3)),
                        List.of(ValueInfo.of("index", DataType.INT64, Shape.of(1))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1)))));
    }

    /** Some hundred million operations: tens of milliseconds on any machine. */
    static Path slow(Path folder) {
        int size = 384;
        float[] identity = new float[size * size];
        for (int i = 0; i < size; i++) {
            identity[i * size + i] = 1;
        }
        var nodes = new ArrayList<Node>();
        nodes.add(Node.of("Expand", List.of("x", "shape"), List.of("m0")));
        int times = 30;
        for (int i = 0; i < times; i++) {
            nodes.add(Node.of("MatMul", List.of("m" + i, "identity"), List.of("m" + (i + 1))));
        }
        nodes.add(Node.of("ReduceMax", List.of("m" + times), List.of("y")));
        return write(
                folder.resolve("slow.onnx"),
                Graph.of(
                        "slow",
                        nodes,
                        List.of(
                                Tensor.ofFloats("identity", new long[] {size, size}, identity),
                                Tensor.ofLongs("shape", new long[] {2}, size, size)),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1))),
                        List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1)))));
    }
}
