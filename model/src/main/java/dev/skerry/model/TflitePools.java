package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.CHANNELS_FIRST;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pooling, resizing, and moving between depth and space. */
final class TflitePools {
    private TflitePools() {}

    static void average(TfliteCall call) {
        Map<String, Attribute> attributes = window(call);
        attributes.put("count_include_pad", Attribute.of(0));
        String x = call.values().real(call.in(0), CHANNELS_FIRST);
        call.activated(
                CHANNELS_FIRST, call.byteOption(5), name -> call.node("AveragePool", List.of(x), name, attributes));
    }

    /** The largest is the same of stored as of real numbers, so that quantized ones stay as they are. */
    static void max(TfliteCall call) {
        Map<String, Attribute> attributes = window(call);
        TfliteValues values = call.values();
        if (call.byteOption(5) == 0 && TfliteShapes.sameScales(call, call.in(0), call.out(0))) {
            String x = values.stored(call.in(0), CHANNELS_FIRST);
            values.storedFrom(call.out(0), CHANNELS_FIRST, name -> call.node("MaxPool", List.of(x), name, attributes));
            return;
        }
        String x = values.real(call.in(0), CHANNELS_FIRST);
        call.activated(CHANNELS_FIRST, call.byteOption(5), name -> call.node("MaxPool", List.of(x), name, attributes));
    }

    /** Fields of the options: padding 0, strides 1 and 2, width 3, height 4, activation 5. */
    private static Map<String, Attribute> window(TfliteCall call) {
        requireImages(call);
        long[] kernel = {call.option(4, 0), call.option(3, 0)};
        if (kernel[0] < 1 || kernel[1] < 1) {
            throw call.refuse("its window is " + kernel[0] + "×" + kernel[1]);
        }
        long[] strides = TfliteConvolutions.strides(call, 1);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel));
        attributes.put("strides", Attribute.ofInts(strides));
        long[] pads = TfliteConvolutions.pads(call, call.byteOption(0), kernel, strides, new long[] {1, 1});
        attributes.put("pads", Attribute.ofInts(pads));
        return attributes;
    }

    private static void requireImages(TfliteCall call) {
        if (call.rank(call.in(0)) != 4 || call.rank(call.out(0)) != 4) {
            throw call.refuse("input and output have four dimensions, these have " + call.rank(call.in(0)) + " and "
                    + call.rank(call.out(0)));
        }
    }

    /** Fields: corners aligned 2, pixels by their centers 3. */
    static void bilinear(TfliteCall call) {
        String mode = call.flag(2) ? "align_corners" : call.flag(3) ? "half_pixel" : "asymmetric";
        resize(
                call,
                Map.of("mode", Attribute.of("linear"), "coordinate_transformation_mode", Attribute.of(mode)),
                false);
    }

    /** Fields: corners aligned 0, pixels by their centers 1. */
    static void nearest(TfliteCall call) {
        boolean corners = call.flag(0);
        boolean centers = call.flag(1);
        // floor((i + ½) × scale) is rounding of the half pixel's place, up where it lies between two
        String mode = corners ? "align_corners" : centers ? "half_pixel" : "asymmetric";
        String rounding = corners || centers ? "round_prefer_ceil" : "floor";
        var attributes = new LinkedHashMap<String, Attribute>();
        attributes.put("mode", Attribute.of("nearest"));
        attributes.put("coordinate_transformation_mode", Attribute.of(mode));
        attributes.put("nearest_mode", Attribute.of(rounding));
        resize(call, attributes, TfliteShapes.sameScales(call, call.in(0), call.out(0)));
    }

    private static void resize(TfliteCall call, Map<String, Attribute> attributes, boolean stored) {
        requireImages(call);
        long[] size = call.constantLongs(1);
        long[] in = call.knownDims(call.in(0));
        if (size.length != 2) {
            throw call.refuse("its size has " + size.length + " numbers");
        }
        TfliteValues values = call.values();
        String sizes = call.longs("sizes", in[0], in[3], size[0], size[1]);
        String x = stored ? values.stored(call.in(0), CHANNELS_FIRST) : values.real(call.in(0), CHANNELS_FIRST);
        List<String> inputs = List.of(x, "", "", sizes);
        if (stored) {
            values.storedFrom(call.out(0), CHANNELS_FIRST, name -> call.node("Resize", inputs, name, attributes));
        } else {
            values.realFrom(call.out(0), CHANNELS_FIRST, name -> call.node("Resize", inputs, name, attributes));
        }
    }

    static void depthToSpace(TfliteCall call) {
        blocks(call, "DepthToSpace");
    }

    static void spaceToDepth(TfliteCall call) {
        blocks(call, "SpaceToDepth");
    }

    /** Field: size of a block 0. Depth counts block row, block column, channel, as ONNX's does (DCR). */
    private static void blocks(TfliteCall call, String op) {
        requireImages(call);
        TfliteShapes.requireSameScales(call, call.in(0), call.out(0));
        String x = call.values().stored(call.in(0), CHANNELS_FIRST);
        Map<String, Attribute> attributes = Map.of("blocksize", Attribute.of(call.option(0, 0)));
        call.values().storedFrom(call.out(0), CHANNELS_FIRST, name -> call.node(op, List.of(x), name, attributes));
    }
}
