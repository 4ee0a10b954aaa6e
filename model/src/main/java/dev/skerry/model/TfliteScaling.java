package dev.skerry.model;

import dev.skerry.model.TfliteForms.Stored;
import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The scales of integers that stand for real numbers. ONNX names them where it converts; a TensorFlow Lite tensor carries them,
 * also where a node only moves the integers. Unsigned bytes become signed ones with the zero point 128 lower, as the kernels want
 * them: the numbers that they mean are the same.
 */
final class TfliteScaling {
    private static final int HALF = 128;

    /** Operators whose result has the scales of what they read. */
    private static final Set<String> MOVING = Set.of(
            "Transpose",
            "Reshape",
            "Flatten",
            "Squeeze",
            "Unsqueeze",
            "Slice",
            "MaxPool",
            "Concat",
            "Pad",
            "Gather",
            "Split",
            "Identity",
            "Tile",
            "Expand",
            "Resize",
            "DepthToSpace",
            "SpaceToDepth",
            "Dropout");

    private TfliteScaling() {}

    /** Scales of all stored values, by name. */
    static Map<String, TfliteScales> of(Graph graph, Types types) {
        Map<String, TfliteScales> known = new HashMap<>();
        for (Node node : graph.nodes()) {
            boolean quantizes = node.is("QuantizeLinear");
            String stored = quantizes ? node.output(0) : node.input(0);
            if (!quantizes && !node.is("DequantizeLinear")
                    || graph.initializers().containsKey(stored)) {
                continue;
            }
            TfliteScales scales = scales(graph, node, isUnsigned(types, stored));
            if (scales != null && !scales.perChannel()) {
                known.putIfAbsent(stored, scales);
            }
        }
        for (boolean more = true; more; ) {
            more = false;
            for (Node node : graph.nodes()) {
                more |= MOVING.contains(node.op()) && node.isStandard() && share(node, known, types);
            }
        }
        return known;
    }

    private static boolean share(Node node, Map<String, TfliteScales> known, Types types) {
        List<String> read =
                node.op().equals("Concat") ? node.inputs() : node.inputs().subList(0, 1);
        List<String> all = Stream.concat(read.stream(), node.outputs().stream())
                .filter(value -> types.tensor(value)
                        .filter(type -> type.element() == DataType.INT8
                                || type.element() == DataType.UINT8
                                || type.element() == DataType.INT16)
                        .isPresent())
                .toList();
        TfliteScales one = all.stream()
                .map(known::get)
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElse(null);
        boolean more = false;
        for (String value : all) {
            more |= one != null && known.putIfAbsent(value, one) == null;
        }
        return more;
    }

    private static boolean isUnsigned(Types types, String value) {
        return types.tensor(value)
                .filter(type -> type.element() == DataType.UINT8)
                .isPresent();
    }

    /** The scales of a conversion, shifted for unsigned bytes; null where they are not constants. */
    static @Nullable TfliteScales scales(Graph graph, Node conversion, boolean unsigned) {
        Tensor factors = graph.initializers().get(conversion.input(1));
        Tensor zeros = graph.initializers().get(conversion.input(2));
        if (factors == null || conversion.hasInput(2) && zeros == null || factors.elements() == 0) {
            return null;
        }
        float[] scales = factors.toFloats();
        long[] zeroPoints = new long[scales.length];
        for (int i = 0; zeros != null && i < zeroPoints.length; i++) {
            zeroPoints[i] = zeros.longAt(zeros.elements() == 1 ? 0 : i);
        }
        if (unsigned) {
            zeroPoints = Arrays.stream(zeroPoints).map(zero -> zero - HALF).toArray();
        }
        long axis = conversion.intAttribute("axis", 1);
        return new TfliteScales(scales, zeroPoints, (int) axis);
    }

    /** Scales of unsigned bytes, from those of the signed ones that stand for them. */
    static TfliteScales unsigned(TfliteScales signed) {
        return new TfliteScales(
                signed.scales(),
                Arrays.stream(signed.zeroPoints()).map(zero -> zero + HALF).toArray(),
                signed.axis());
    }

    /** The content of a quantized constant with signed integers of whole bytes. */
    static Stored signed(Tensor content, TfliteScales scales) {
        return switch (content.type()) {
            case UINT8 -> new Stored(shifted(content), scales);
            case INT4, INT2 ->
                new Stored(Numbers.of(content.name(), DataType.INT8, content.dims(), content.toLongs()), scales);
            case UINT4, UINT2 ->
                new Stored(Numbers.of(content.name(), DataType.INT8, content.dims(), content.toLongs()), scales);
            default -> new Stored(content, scales);
        };
    }

    private static Tensor shifted(Tensor content) {
        long[] values = content.toLongs();
        for (int i = 0; i < values.length; i++) {
            values[i] -= HALF;
        }
        return Numbers.of(content.name(), DataType.INT8, content.dims(), values);
    }
}
