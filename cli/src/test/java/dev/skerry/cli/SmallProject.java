package dev.skerry.cli;

import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A handwritten-digit project with a few labelled samples, so small that all of the way takes seconds. */
final class SmallProject {
    private static final int SAMPLES = 120;

    private SmallProject() {}

    static Path in(Path folder, String method) throws IOException {
        Files.createDirectories(folder);
        Files.copy(SharedData.at("models/mnist-cnn/mnist.onnx"), folder.resolve("mnist.onnx"));
        samples(folder.resolve("samples.npz"), true);
        Files.writeString(folder.resolve("skerry.yaml"), """
                name: digits
                model: mnist.onnx
                budget:
                  rate: 50Hz
                  latency: 20ms
                compression:
                  method: %s
                  range: minmax
                pipeline:
                  source: {tensors: samples.npz}
                  post:
                    - softmax: {}
                    - top-k: {k: 1}
                  actions:
                    - json-lines: decisions.jsonl
                """.formatted(method));
        return folder;
    }

    static Path samples(Path file, boolean labelled) {
        Map<String, Tensor> all = TensorFile.readNpz(SharedData.at("models/mnist-cnn/evaluation.npz"));
        var some = new LinkedHashMap<String, Tensor>();
        all.forEach((name, tensor) -> {
            if (labelled || !name.equals("labels")) {
                some.put(name, head(tensor));
            }
        });
        TensorFile.writeNpz(file, some);
        return file;
    }

    private static Tensor head(Tensor tensor) {
        long[] dims = tensor.dims().clone();
        long bytes = tensor.data().byteSize() / dims[0] * SAMPLES;
        dims[0] = SAMPLES;
        return Tensor.of(tensor.name(), tensor.type(), dims, tensor.data().asSlice(0, bytes));
    }
}
