package dev.skerry.cli;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A project that says which of two channels is louder, over windows of eight rows, with a recording and a live source. */
final class LouderProject {
    static final String RECORDED =
            "{csv: recorded.csv, columns: [a, b], window: 8, hop: 8, label: label, names: names.txt}";

    private LouderProject() {}

    static Path in(Path folder, String name, String source, String evaluation) throws IOException {
        Files.createDirectories(folder);
        float[] weights = new float[16 * 2];
        for (int i = 0; i < 16; i++) {
            weights[2 * i] = i % 2;
            weights[2 * i + 1] = 1 - i % 2;
        }
        Graph graph = Graph.of(
                "louder",
                List.of(
                        Node.of("Reshape", List.of("window", "flat"), List.of("row")),
                        Node.of("MatMul", List.of("row", "weights"), List.of("scores"))),
                List.of(
                        Tensor.ofLongs("flat", new long[] {2}, 1, 16),
                        Tensor.ofFloats("weights", new long[] {16, 2}, weights)),
                List.of(ValueInfo.of("window", DataType.FLOAT, Shape.of(1, 8, 2))),
                List.of(ValueInfo.of("scores", DataType.FLOAT, Shape.of(1, 2))));
        ModelFile.write(Model.of(graph, 13), folder.resolve("louder.onnx"));
        var recorded = new StringBuilder("a,b,label\n");
        for (int i = 0; i < 400; i++) {
            int label = i / 8 % 2;
            recorded.append(label == 1 ? i % 7 : 100 + i % 5)
                    .append(',')
                    .append(label == 1 ? 100 + i % 3 : i % 6)
                    .append(',')
                    .append(label == 1 ? "a" : "b")
                    .append('\n');
        }
        Files.writeString(folder.resolve("recorded.csv"), recorded);
        Files.writeString(folder.resolve("names.txt"), "a\nb\n");
        Files.writeString(folder.resolve("skerry.yaml"), """
                name: %s
                model: louder.onnx
                budget: {rate: 50Hz, latency: 15ms}
                compression: {method: none}
                samples:
                  evaluation: %s
                pipeline:
                  source: %s
                  post:
                    - argmax: names.txt
                  actions:
                    - json-lines: decisions.jsonl
                  fallback: nobody
                """.formatted(name, evaluation, source));
        return folder;
    }
}
