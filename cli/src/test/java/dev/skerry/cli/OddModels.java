package dev.skerry.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Small models of 16 numbers and four classes that people bring though they can't, or needn't, be compressed; and samples. */
final class OddModels {
    private static final int WIDE = 16;
    private static final int CLASSES = 4;
    private static final String CONTRIB = "com.microsoft";

    private OddModels() {}

    static Path write(Path file, Model model) {
        ModelFile.write(model, file);
        return file;
    }

    static Tensor random(String name, long seed, long... dims) {
        var random = new SplittableRandom(seed);
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (one, other) -> one * other)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return Tensor.ofFloats(name, dims, values);
    }

    static Model net(long opset, Shape x, List<Tensor> weights, Node... nodes) {
        return Model.of(
                Graph.of(
                        "net",
                        List.of(nodes),
                        weights,
                        List.of(ValueInfo.of("x", DataType.FLOAT, x)),
                        List.of(ValueInfo.of("y", DataType.FLOAT, new Shape(List.of(x.dim(0), Dim.of(CLASSES)))))),
                opset);
    }

    static Model classifier(long opset) {
        return classifier(opset, Shape.of(1, WIDE));
    }

    static Model classifier(long opset, Shape x) {
        return net(
                opset,
                x,
                List.of(random("w", 1, WIDE, WIDE), random("v", 2, WIDE, CLASSES)),
                Node.of("MatMul", List.of("x", "w"), List.of("h")).withName("first"),
                Node.of("Relu", List.of("h"), List.of("a")).withName("act"),
                Node.of("MatMul", List.of("a", "v"), List.of("y")).withName("second"));
    }

    /** As a tool that quantizes in QDQ form leaves it. */
    static Model qdq() {
        var nodes = new ArrayList<Node>();
        nodes.add(Node.of("QuantizeLinear", List.of("x", "s", "z"), List.of("xq")));
        nodes.add(Node.of("DequantizeLinear", List.of("xq", "s", "z"), List.of("xd")));
        nodes.add(Node.of("DequantizeLinear", List.of("wq", "s", "z"), List.of("wd")));
        nodes.add(Node.of("MatMul", List.of("xd", "wd"), List.of("y")).withName("layer"));
        return net(13, Shape.of(1, WIDE), integers(), nodes.toArray(Node[]::new));
    }

    static Model qoperator() {
        return net(
                13,
                Shape.of(1, WIDE),
                integers(),
                Node.of("QuantizeLinear", List.of("x", "s", "z"), List.of("xq")),
                Node.of("QLinearMatMul", List.of("xq", "s", "z", "wq", "s", "z", "s", "z"), List.of("yq"))
                        .withName("layer"),
                Node.of("DequantizeLinear", List.of("yq", "s", "z"), List.of("y")));
    }

    static Model dynamic() {
        return net(
                13,
                Shape.of(1, WIDE),
                integers(),
                Node.of("DynamicQuantizeLinear", List.of("x"), List.of("xq", "xs", "xz")),
                Node.of("MatMulInteger", List.of("xq", "wq", "xz", "z"), List.of("yi"))
                        .withName("layer"),
                Node.of("Cast", List.of("yi"), List.of("yf"), Map.of("to", Attribute.of(DataType.FLOAT.code()))),
                Node.of("Mul", List.of("yf", "xs"), List.of("ys")),
                Node.of("Mul", List.of("ys", "s"), List.of("y")));
    }

    private static List<Tensor> integers() {
        byte[] weights = new byte[WIDE * CLASSES];
        var random = new SplittableRandom(3);
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (byte) random.nextInt(256);
        }
        return List.of(
                Tensor.ofBytes("wq", DataType.UINT8, new long[] {WIDE, CLASSES}, weights),
                Tensor.ofFloats("s", new long[0], 0.02f),
                Tensor.ofBytes("z", DataType.UINT8, new long[0], (byte) 128));
    }

    /** Four bits a weight, in blocks of 16. */
    static Model blocks() {
        byte[] packed = new byte[CLASSES * 8];
        new SplittableRandom(4).nextBytes(packed);
        float[] scales = new float[CLASSES];
        Arrays.fill(scales, 0.1f);
        var attributes = new LinkedHashMap<String, Attribute>();
        attributes.put("K", Attribute.of(WIDE));
        attributes.put("N", Attribute.of(CLASSES));
        attributes.put("bits", Attribute.of(4));
        attributes.put("block_size", Attribute.of(16));
        return net(
                        13,
                        Shape.of(1, WIDE),
                        List.of(
                                Tensor.ofBytes("b", DataType.UINT8, new long[] {CLASSES, 1, 8}, packed),
                                Tensor.ofFloats("s", new long[] {CLASSES}, scales)),
                        custom(CONTRIB, "MatMulNBits", "layer", List.of("x", "b", "s"), "y", attributes))
                .withOpset(CONTRIB, 1);
    }

    /** A layer, and behind it an operator that the runtime doesn't have, or one that it has and ONNX hasn't. */
    static Model custom(String domain, String op) {
        return net(
                        13,
                        Shape.of(1, WIDE),
                        List.of(random("w", 1, WIDE, WIDE), random("v", 2, WIDE, CLASSES)),
                        Node.of("MatMul", List.of("x", "w"), List.of("h")).withName("first"),
                        custom(domain, op, "special", List.of("h"), "a", Map.of()),
                        Node.of("MatMul", List.of("a", "v"), List.of("y")).withName("second"))
                .withOpset(domain, 1);
    }

    private static Node custom(
            String domain,
            String op,
            String name,
            List<String> inputs,
            String output,
            Map<String, Attribute> attributes) {
        Node plain = Node.of(op, inputs, List.of(output), attributes);
        return new Node(
                name,
                op,
                domain,
                "",
                inputs,
                List.of(output),
                attributes,
                plain.doc(),
                plain.metadata(),
                plain.extras());
    }

    /** What its layer reads is NaN for inputs below zero, and so is what it makes; its output never is. */
    static Model logarithm() {
        return net(
                13,
                Shape.of(1, WIDE),
                List.of(
                        random("w", 1, WIDE, CLASSES),
                        random("v", 2, WIDE, CLASSES),
                        Tensor.ofFloats("zero", new long[0], 0)),
                Node.of("Log", List.of("x"), List.of("l")).withName("log"),
                Node.of("MatMul", List.of("l", "w"), List.of("h")).withName("poisoned"),
                Node.of("IsNaN", List.of("h"), List.of("n")),
                Node.of("Where", List.of("n", "zero", "h"), List.of("f")),
                Node.of("MatMul", List.of("x", "v"), List.of("g")).withName("sound"),
                Node.of("Add", List.of("f", "g"), List.of("y")));
    }

    /** {@code y} is NaN for inputs whose first sum is below zero. */
    static Model logits() {
        return net(
                13,
                Shape.of(1, WIDE),
                List.of(random("w", 1, WIDE, CLASSES)),
                Node.of("MatMul", List.of("x", "w"), List.of("h")).withName("layer"),
                Node.of("Log", List.of("h"), List.of("y")));
    }

    /** Reads four of the numbers, and multiplies nothing. */
    static Model weightless() {
        return net(
                13,
                Shape.of(1, WIDE),
                List.of(
                        Tensor.ofLongs("from", new long[] {1}, 0),
                        Tensor.ofLongs("to", new long[] {1}, CLASSES),
                        Tensor.ofLongs("axis", new long[] {1}, 1)),
                Node.of("Slice", List.of("x", "from", "to", "axis"), List.of("t")),
                Node.of("Relu", List.of("t"), List.of("y")));
    }

    /** An input that is its output. */
    static Model empty() {
        return Model.of(
                Graph.of(
                        "net",
                        List.of(),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, CLASSES))),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, CLASSES)))),
                13);
    }

    /**
     * A table of 16 floats a row in a file beside the model, which takes no space on the disk as it holds zeros.
     *
     * @param elements a multiple of 16
     */
    static void writeLarge(Path file, long elements) throws IOException {
        Model small = net(
                13,
                Shape.of(1, WIDE),
                List.of(random("v", 2, WIDE, CLASSES), Tensor.ofLongs("i", new long[] {1}, 0)),
                Node.of("Gather", List.of("table", "i"), List.of("row")),
                Node.of("Add", List.of("x", "row"), List.of("s")),
                Node.of("MatMul", List.of("s", "v"), List.of("y")));
        Path weights = file.resolveSibling("large.bin");
        try (var out = new RandomAccessFile(weights.toFile(), "rw")) {
            out.setLength(elements * Float.BYTES);
        }
        // TensorProto: dims 1, data_type 2, name 8, external_data 13 of key 1 and value 2, data_location 14
        byte[] location = join(field(1, "location".getBytes(UTF_8)), field(2, "large.bin".getBytes(UTF_8)));
        byte[] tensor = join(
                join(number(1, elements / WIDE), number(1, WIDE), number(2, DataType.FLOAT.code())),
                field(8, "table".getBytes(UTF_8)),
                field(13, location),
                number(14, 1));
        // messages that follow each other are one: ModelProto has its graph in 7, that its initializers in 5
        Files.write(file, join(ModelFile.bytes(small), field(7, field(5, tensor))));
    }

    private static byte[] number(int field, long value) {
        return join(varint((long) field << 3), varint(value));
    }

    private static byte[] field(int field, byte[] content) {
        return join(varint((long) field << 3 | 2), varint(content.length), content);
    }

    private static byte[] varint(long value) {
        var bytes = new ByteArrayOutputStream();
        long left = value;
        while (left >= 128) {
            bytes.write((int) (left & 127 | 128));
            left >>>= 7;
        }
        bytes.write((int) left);
        return bytes.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        var bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    /** Samples of {@code x} with labels, or without where no {@code labels} are given. */
    static Path samples(Path file, Tensor x, long... labels) {
        var arrays = new LinkedHashMap<String, Tensor>();
        arrays.put("x", x.withName("x"));
        if (labels.length > 0) {
            arrays.put("labels", Tensor.ofLongs("labels", new long[] {labels.length}, labels));
        }
        TensorFile.writeNpz(file, arrays);
        return file;
    }

    static long[] labels(int count) {
        long[] labels = new long[count];
        for (int i = 0; i < count; i++) {
            labels[i] = i % CLASSES;
        }
        return labels;
    }
}
