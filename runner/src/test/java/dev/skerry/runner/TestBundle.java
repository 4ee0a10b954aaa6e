package dev.skerry.runner;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Digest;
import dev.skerry.bundle.GoldenVectors;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;

/** Unpacked bundles with models that are small enough to foretell. */
final class TestBundle {
    static final int SAMPLES = 8;
    private static final String PIPELINE = """
            {"source": {"tensors": "samples.npz"}, "actions": [{"json-lines": "decisions.jsonl"}], "fallback": {"label": "reject"}}
            """;

    private TestBundle() {}

    /** y = 2 x, on samples x = 0, 1, 2 …; its golden vector says so. */
    static Path doubling(Path folder) {
        return doubling(folder, 6);
    }

    /** y = 2 · frame, for a live source of one column. */
    static Path doublingFrames(Path folder) {
        Graph graph = Graph.of(
                "doubling",
                List.of(Node.of("Add", List.of("frame", "frame"), List.of("y"))),
                List.of(),
                List.of(ValueInfo.of("frame", DataType.FLOAT, Shape.of(1, 1))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1))));
        return write(folder, graph, Map.of(), 6);
    }

    /** The same with another expectation of 2 · 3. */
    static Path doubling(Path folder, float golden) {
        Graph graph = Graph.of(
                "doubling",
                List.of(Node.of("Add", List.of("x", "x"), List.of("y"))),
                List.of(),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1))));
        return write(folder, graph, Map.of(), golden);
    }

    /** y = x + state, and the next state is y; the golden vector starts from zero. */
    static Path summing(Path folder) {
        Graph graph = Graph.of(
                "summing",
                List.of(
                        Node.of("Add", List.of("x", "state"), List.of("y")),
                        Node.of("Identity", List.of("y"), List.of("next"))),
                List.of(),
                List.of(
                        ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1)),
                        ValueInfo.of("state", DataType.FLOAT, Shape.of(1, 1))),
                List.of(
                        ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1)),
                        ValueInfo.of("next", DataType.FLOAT, Shape.of(1, 1))));
        return write(folder, graph, Map.of("next", "state"), 3);
    }

    /** y = x times the identity, some hundred times, at some hundred million operations: tens of milliseconds on any machine. */
    static Path slow(Path folder) {
        int size = 512;
        float[] identity = new float[size * size];
        for (int i = 0; i < size; i++) {
            identity[i * size + i] = 1;
        }
        var nodes = new ArrayList<Node>();
        nodes.add(Node.of("Expand", List.of("x", "shape"), List.of("m0")));
        int times = 40;
        for (int i = 0; i < times; i++) {
            nodes.add(Node.of("MatMul", List.of("m" + i, "identity"), List.of("m" + (i + 1))));
        }
        nodes.add(Node.of("ReduceMax", List.of("m" + times), List.of("y")));
        Graph graph = Graph.of(
                "slow",
                nodes,
                List.of(
                        Tensor.ofFloats("identity", new long[] {size, size}, identity),
                        Tensor.ofLongs("shape", new long[] {2}, size, size)),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1))));
        return write(folder, graph, Map.of(), 3);
    }

    /** The same bundle for another runtime. */
    static Path on(String runtime, Path bundle) {
        try {
            Path file = bundle.resolve(BundleManifest.FILE);
            String manifest = Files.readString(file);
            Files.writeString(file, manifest.replace("\"onnxruntime\"", "\"" + runtime + "\""));
            return bundle;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path folder, Graph graph, Map<String, String> state, float golden) {
        try {
            Files.createDirectories(folder);
            String input = graph.inputs().getFirst().name();
            ModelFile.write(Model.of(graph, 13), folder.resolve("model.onnx"));
            Files.write(
                    folder.resolve("golden.npz"),
                    new GoldenVectors(List.of(new GoldenVectors.Case(
                                    Map.of(input, Tensor.ofFloats(input, new long[] {1, 1}, 3)),
                                    Map.of("y", Tensor.ofFloats("y", new long[] {1, 1}, golden)))))
                            .toBytes());
            float[] values = new float[SAMPLES];
            for (int i = 0; i < SAMPLES; i++) {
                values[i] = i;
            }
            TensorFile.writeNpz(
                    folder.resolve("samples.npz"),
                    Map.of("x", Tensor.ofFloats("x", new long[] {SAMPLES, 1, 1}, values)));
            var manifest = new BundleManifest(
                    "test",
                    "1",
                    new BundleManifest.Lineage(Digest.of(new byte[0]), null, List.of()),
                    new BundleManifest.Budgets(40, 5000, 99, 0, 1),
                    JsonMapper.builder().build().readTree(PIPELINE),
                    JsonMapper.builder().build().nullNode(),
                    new TreeMap<>(state),
                    new TreeMap<>(),
                    new TreeSet<>(),
                    new TreeMap<>(Map.of("model.onnx", BundleManifest.MODEL, "golden.npz", BundleManifest.GOLDEN)),
                    new BundleManifest.Golden("golden.npz", 1e-5),
                    new BundleManifest.RuntimeChoice("onnxruntime", "cpu", 1, "float32"));
            Files.write(folder.resolve(BundleManifest.FILE), manifest.bytes());
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
