package dev.skerry.agent;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Digest;
import dev.skerry.bundle.Egress;
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
import dev.skerry.pipeline.FrameFormat;
import dev.skerry.pipeline.PipelineSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;

/** An unpacked bundle whose decision is twice its sample. */
record RunBundle(Path folder, PipelineSpec pipeline, Set<Egress> egress) {
    static final String RECORDED = "'tensors': 'samples.npz'";

    /**
     * Writes it.
     *
     * @param source of the pipeline, and {@code actions} behind it, as JSON with single quotes
     * @param golden what it is expected to make of 3
     */
    static RunBundle in(Path folder, String source, String actions, float golden) throws IOException {
        Files.createDirectories(folder);
        boolean recorded = source.equals(RECORDED);
        String input = recorded ? "x" : FrameFormat.INPUT;
        ModelFile.write(
                Model.of(
                        Graph.of(
                                "doubling",
                                List.of(Node.of("Add", List.of(input, input), List.of("y"))),
                                List.of(),
                                List.of(ValueInfo.of(input, DataType.FLOAT, Shape.of(1, 1))),
                                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1)))),
                        13),
                folder.resolve("model.onnx"));
        Files.write(
                folder.resolve("golden.npz"),
                new GoldenVectors(List.of(new GoldenVectors.Case(
                                Map.of(input, Tensor.ofFloats(input, new long[] {1, 1}, 3)),
                                Map.of("y", Tensor.ofFloats("y", new long[] {1, 1}, golden)))))
                        .toBytes());
        TensorFile.writeNpz(
                folder.resolve("samples.npz"), Map.of("x", Tensor.ofFloats("x", new long[] {4, 1, 1}, 0, 1, 2, 3)));
        String pipeline = ("{'source': {" + source + "}, 'actions': [" + actions
                        + "], 'fallback': {'label': 'unknown'}}")
                .replace('\'', '"');
        var manifest = new BundleManifest(
                "doubling",
                "1",
                new BundleManifest.Lineage(Digest.of(new byte[0]), null, List.of()),
                new BundleManifest.Budgets(50, 20_000, 99, 0, 1),
                JsonMapper.builder().build().readTree(pipeline),
                JsonMapper.builder().build().nullNode(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeSet<>(List.of(Egress.METRICS, Egress.DECISIONS)),
                new TreeMap<>(Map.of("model.onnx", BundleManifest.MODEL, "golden.npz", BundleManifest.GOLDEN)),
                new BundleManifest.Golden("golden.npz", 1e-5),
                new BundleManifest.RuntimeChoice("onnxruntime", "cpu", 1, "float32"));
        Files.write(folder.resolve(BundleManifest.FILE), manifest.bytes());
        return new RunBundle(folder, PipelineSpec.parse(manifest.pipeline()), manifest.egress());
    }

    /** The same on a runtime that can be made to hang, with the runner's own limit for it. */
    RunBundle hanging(String restart) throws IOException {
        Path file = folder.resolve(BundleManifest.FILE);
        Files.writeString(
                file,
                Files.readString(file)
                        .replace("\"onnxruntime\"", "\"" + HangingRuntime.NAME + "\"")
                        .replace("\"unknown\"", "\"unknown\",\"restart\":\"" + restart + "\""));
        return new RunBundle(
                folder,
                PipelineSpec.parse(BundleManifest.parse(Files.readAllBytes(file), file.toString())
                        .pipeline()),
                egress);
    }
}
