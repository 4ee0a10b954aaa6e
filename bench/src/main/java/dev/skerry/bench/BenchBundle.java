package dev.skerry.bench;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.bundle.Digest;
import dev.skerry.bundle.GoldenVectors;
import dev.skerry.model.Attribute;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;

/**
 * An unpacked bundle with a small convolutional network of random weights: depthwise-separable blocks as in MobileNet, ten
 * classes, from a frame of bytes as a fused graph takes it. What it says is of no interest, how long it takes is.
 */
final class BenchBundle {
    static final String MODEL = "model.onnx";
    static final String INPUT = "image";
    static final String OUTPUT = "scores";
    private static final int SAMPLES = 16;

    private final int side;
    private final int width;
    private final SplittableRandom random = new SplittableRandom(42);
    private final List<Node> nodes = new ArrayList<>();
    private final List<Tensor> weights = new ArrayList<>();

    /**
     * For images of {@code side} × {@code side} in RGB.
     *
     * @param width channels of the first layer
     */
    BenchBundle(int side, int width) {
        this.side = side;
        this.width = width;
    }

    long[] inputDims() {
        return new long[] {1, 3, side, side};
    }

    /** Writes the folder that a run plan names. */
    void write(Path folder) throws IOException {
        ModelFile.write(model(), folder.resolve(MODEL));
        int elements = 3 * side * side;
        TensorFile.writeNpz(
                folder.resolve("samples.npz"),
                Map.of(
                        INPUT,
                        Tensor.ofBytes(
                                INPUT,
                                DataType.UINT8,
                                new long[] {SAMPLES, 3, side, side},
                                pixels(SAMPLES * elements))));
        // a golden vector that holds without knowing the weights: the scores' number is what it is about here
        Files.write(
                folder.resolve("golden.npz"),
                new GoldenVectors(List.of(new GoldenVectors.Case(
                                Map.of(INPUT, Tensor.ofBytes(INPUT, DataType.UINT8, inputDims(), new byte[elements])),
                                Map.of(OUTPUT, Tensor.ofFloats(OUTPUT, new long[] {1, 10}, new float[10])))))
                        .toBytes());
        var json = JsonMapper.builder().build();
        var manifest = new BundleManifest(
                "bench",
                "1",
                new BundleManifest.Lineage(Digest.of(new byte[0]), null, List.of()),
                new BundleManifest.Budgets(120, 8000, 99, 0, 0),
                json.readTree("{\"source\": {\"tensors\": \"samples.npz\"}, \"fallback\": {\"label\": \"none\"}}"),
                json.nullNode(),
                new TreeMap<>(),
                new TreeMap<>(),
                new TreeSet<>(),
                new TreeMap<>(Map.of(MODEL, BundleManifest.MODEL, "golden.npz", BundleManifest.GOLDEN)),
                new BundleManifest.Golden("golden.npz", 1),
                new BundleManifest.RuntimeChoice("onnxruntime", "cpu", 1, "float32"));
        Files.write(folder.resolve(BundleManifest.FILE), manifest.bytes());
    }

    private Model model() {
        nodes.add(Node.of("Cast", List.of(INPUT), List.of("pixels"), Map.of("to", new Attribute.IntValue(1))));
        nodes.add(Node.of("Mul", List.of("pixels", "scale"), List.of("scaled")));
        weights.add(Tensor.ofFloats("scale", new long[] {}, 1 / 255f));
        String value = conv("scaled", 3, width, 3, 2, 1);
        int channels = width;
        for (int stride : new int[] {1, 2, 1, 2, 1, 2, 1}) {
            value = conv(value, channels, channels, 3, stride, channels);
            int more = stride == 2 ? channels * 2 : channels;
            value = conv(value, channels, more, 1, 1, 1);
            channels = more;
        }
        nodes.add(Node.of("GlobalAveragePool", List.of(value), List.of("pooled")));
        nodes.add(Node.of("Flatten", List.of("pooled"), List.of("flat")));
        weights.add(Tensor.ofFloats("dense", new long[] {channels, 10}, values(channels * 10, 0.1)));
        nodes.add(Node.of("MatMul", List.of("flat", "dense"), List.of("logits")));
        nodes.add(Node.of("Softmax", List.of("logits"), List.of(OUTPUT)));
        return Model.of(
                Graph.of(
                        "bench",
                        nodes,
                        weights,
                        List.of(ValueInfo.of(INPUT, DataType.UINT8, Shape.of(inputDims()))),
                        List.of(ValueInfo.of(OUTPUT, DataType.FLOAT, Shape.of(1, 10)))),
                13);
    }

    private String conv(String input, int from, int to, int kernel, int stride, int group) {
        String name = "conv" + nodes.size();
        long[] dims = {to, from / group, kernel, kernel};
        int fanIn = from / group * kernel * kernel;
        weights.add(Tensor.ofFloats(name + ".w", dims, values(to * fanIn, Math.sqrt(2.0 / fanIn))));
        weights.add(Tensor.ofFloats(name + ".b", new long[] {to}, values(to, 0.01)));
        long pad = kernel / 2;
        nodes.add(Node.of(
                "Conv",
                List.of(input, name + ".w", name + ".b"),
                List.of(name),
                Map.of(
                        "group", new Attribute.IntValue(group),
                        "pads", new Attribute.Ints(List.of(pad, pad, pad, pad)),
                        "strides", new Attribute.Ints(List.of((long) stride, (long) stride)))));
        nodes.add(Node.of("Relu", List.of(name), List.of(name + ".relu")));
        return name + ".relu";
    }

    private byte[] pixels(int count) {
        byte[] pixels = new byte[count];
        random.nextBytes(pixels);
        return pixels;
    }

    private float[] values(int count, double scale) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) ((random.nextDouble() * 2 - 1) * scale);
        }
        return values;
    }
}
