package dev.skerry.bench;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A project of a model and inputs of noise, 100 decisions a second: what they are is nothing to the time. Packed by {@code ./skerry}. */
record NoiseProject(Path folder) {
    private static final int SAMPLES = 8;

    /**
     * Writes it.
     *
     * @param work where its folder and its key are made
     * @param action as it stands in {@code skerry.yaml}
     */
    static NoiseProject write(Path work, Path model, String action) throws IOException {
        Path project = Files.createDirectories(work.resolve("project"));
        Model read = ModelFile.read(model);
        var inputs = new TreeMap<String, Tensor>();
        var random = new Random(1);
        for (ValueInfo input : read.graph().dataInputs()) {
            if (!(input.type() instanceof ValueType.OfTensor(DataType type, var shape))
                    || shape == null
                    || !shape.isStatic()
                    || type != DataType.FLOAT) {
                throw new IllegalArgumentException(input + " is no tensor of floats of known size");
            }
            long[] dims = shape.sizes();
            dims[0] = SAMPLES;
            float[] values = new float[Math.toIntExact(Arrays.stream(dims).reduce(1, (x, y) -> x * y))];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat();
            }
            inputs.put(input.name(), Tensor.ofFloats(input.name(), dims, values));
        }
        TensorFile.writeNpz(project.resolve("samples.npz"), inputs);
        Files.writeString(project.resolve("skerry.yaml"), """
                name: start
                model: %s
                budget: {rate: 100Hz, latency: 10ms}
                compression: {method: none}
                pipeline:
                  source: {tensors: samples.npz}
                  actions: [%s]
                """.formatted(model, action));
        return new NoiseProject(project);
    }

    private Path key() {
        return folder.resolveSibling("key.pem");
    }

    /** Of those who trust its bundles. */
    Path publicKey() {
        return folder.resolveSibling("key.pem.pub");
    }

    Path pack(Path out, String... options) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                "./skerry",
                "pack",
                folder.toString(),
                "--runtime",
                "onnxruntime",
                "--key",
                key().toString(),
                "-o",
                out.toString()));
        command.addAll(List.of(options));
        call(command, Map.of());
        return out;
    }

    static void call(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        int exit = builder.start().waitFor();
        if (exit != 0) {
            throw new IllegalStateException(command + " ended with " + exit);
        }
    }
}
