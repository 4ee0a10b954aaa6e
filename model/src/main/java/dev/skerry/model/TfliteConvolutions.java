package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.CHANNELS_FIRST;
import static dev.skerry.model.TfliteLayout.DECLARED;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Convolutions. Their weights are turned into ONNX's order once, at reading. */
final class TfliteConvolutions {
    private TfliteConvolutions() {}

    /** Fields of the options: padding 0, strides 1 and 2 (width first), activation 3, dilations 4 and 5. */
    static void conv(TfliteCall call) {
        int x = call.in(0);
        int filter = call.in(1);
        long[] kernel = spatial(call, filter);
        long[] strides = strides(call, 1);
        long[] dilations = {call.option(5, 1), call.option(4, 1)};
        String weights = call.values().real(filter, CHANNELS_FIRST);
        long channels = call.dims(x)[3];
        long perGroup = call.dims(filter)[3];
        if (perGroup < 1 || channels % perGroup != 0) {
            throw call.refuse("filters of " + perGroup + " channels don't divide the input's " + channels);
        }
        emit(call, weights, kernel, strides, dilations, channels / perGroup, call.byteOption(3));
    }

    /** Fields: padding 0, strides 1 and 2, depth multiplier 3, activation 4, dilations 5 and 6. */
    static void depthwise(TfliteCall call) {
        int filter = call.in(1);
        long[] kernel = spatial(call, filter);
        long[] dims = call.dims(filter);
        String weights = turned(call, filter, 3, new long[] {dims[3], 1, dims[1], dims[2]});
        long channels = call.dims(call.in(0))[3];
        if (channels < 1 || dims[3] % channels != 0 || dims[0] != 1) {
            throw call.refuse(dims[3] + " filters for " + channels + " channels");
        }
        emit(
                call,
                weights,
                kernel,
                strides(call, 1),
                new long[] {call.option(6, 1), call.option(5, 1)},
                channels,
                call.byteOption(4));
    }

    /** Constant weights in another shape after channels came first; their scales lie along axis 0 then. */
    private static String turned(TfliteCall call, int filter, int axis, long[] dims) {
        TfliteValues values = call.values();
        Tensor constant = values.constant(filter);
        if (constant == null) {
            throw call.refuse("its weights aren't constant");
        }
        Tensor content =
                Transposition.of(constant, CHANNELS_FIRST.permutation()).reshape(dims);
        String stored = values.initializer(content);
        if (!values.isQuantized(filter)) {
            return stored;
        }
        TfliteScales scales = values.scales(filter);
        if (scales.perChannel() && scales.axis() != axis) {
            throw call.refuse("its weights have scales along axis " + scales.axis());
        }
        String real = values.unique(stored + "/dequantized");
        values.dequantize(stored, real, filter, 0);
        return real;
    }

    private static long[] spatial(TfliteCall call, int filter) {
        if (call.rank(filter) != 4 || call.rank(call.in(0)) != 4 || call.rank(call.out(0)) != 4) {
            throw call.refuse("input, weights and output have four dimensions, these have " + call.rank(call.in(0))
                    + ", " + call.rank(filter) + " and " + call.rank(call.out(0)));
        }
        long[] dims = call.dims(filter);
        return new long[] {dims[1], dims[2]};
    }

    /** Height before width, which the options have the other way around. */
    static long[] strides(TfliteCall call, int widthField) {
        long[] strides = {call.option(widthField + 1, 0), call.option(widthField, 0)};
        if (strides[0] < 1 || strides[1] < 1) {
            throw call.refuse("its strides are " + strides[0] + " and " + strides[1]);
        }
        return strides;
    }

    private static void emit(
            TfliteCall call,
            String weights,
            long[] kernel,
            long[] strides,
            long[] dilations,
            long groups,
            int activation) {
        int x = call.in(0);
        List<String> inputs = new ArrayList<>(List.of(call.values().real(x, CHANNELS_FIRST), weights));
        if (call.has(2)) {
            inputs.add(bias(call, x, call.in(1), call.in(2)));
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel));
        attributes.put("strides", Attribute.ofInts(strides));
        attributes.put("dilations", Attribute.ofInts(dilations));
        attributes.put("group", Attribute.of(groups));
        attributes.put("pads", Attribute.ofInts(pads(call, call.byteOption(0), kernel, strides, dilations)));
        call.activated(CHANNELS_FIRST, activation, name -> call.node("Conv", inputs, name, attributes));
    }

    /** A bias of 32-bit integers means multiples of the product of the scales of input and weights. */
    static String bias(TfliteCall call, int x, int filter, int bias) {
        TfliteValues values = call.values();
        Tensor constant = values.constant(bias);
        if (constant == null
                || constant.type() != DataType.INT32
                || !values.isQuantized(x)
                || !values.isQuantized(filter)) {
            return values.real(bias, DECLARED);
        }
        float[] scales = values.scales(filter).scales().clone();
        for (int i = 0; i < scales.length; i++) {
            scales[i] *= values.scales(x).scale();
        }
        if (scales.length > 1 && scales.length != constant.elements()) {
            throw call.refuse(scales.length + " scales for " + constant.elements() + " biases");
        }
        long[] dims = scales.length > 1 ? new long[] {scales.length} : new long[0];
        String stored = values.stored(bias, DECLARED);
        String scale = values.initializer(Tensor.ofFloats(stored + "/scale", dims, scales));
        String zero =
                values.initializer(Numbers.of(stored + "/zero_point", DataType.INT32, dims, new long[scales.length]));
        String real = values.unique(stored + "/dequantized");
        values.emit(Node.of(
                "DequantizeLinear",
                List.of(stored, scale, zero),
                List.of(real),
                dims.length == 1 ? Map.of("axis", Attribute.of(0)) : Map.of()));
        return real;
    }

    /** Padding 0 is SAME: as many outputs as strides fit, the odd row at the end; 1 is VALID: none. */
    static long[] pads(TfliteCall call, int padding, long[] kernel, long[] strides, long[] dilations) {
        if (padding == 1) {
            return new long[4];
        }
        if (padding != 0) {
            throw call.refuse("the padding " + padding + " isn't known");
        }
        long[] in = call.knownDims(call.in(0));
        long[] pads = new long[4];
        for (int axis = 0; axis < 2; axis++) {
            long size = in[axis + 1];
            long out = Math.ceilDiv(size, strides[axis]);
            long all = Math.max(0, (out - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - size);
            pads[axis] = all / 2;
            pads[axis + 2] = all - all / 2;
        }
        return pads;
    }

    /** Inputs: sizes of the output, weights, values, bias. Fields: padding 0, strides 1 and 2, activation 3. */
    static void transposed(TfliteCall call) {
        int filter = call.in(1);
        int x = call.in(2);
        TfliteValues values = call.values();
        Tensor constant = values.constant(filter);
        if (constant == null || constant.rank() != 4 || call.rank(x) != 4) {
            throw call.refuse("its weights aren't a constant of four dimensions");
        }
        // outputs × height × width × inputs, and ONNX wants inputs × outputs × height × width
        String stored = values.initializer(Transposition.of(constant, 3, 0, 1, 2));
        String weights = stored;
        if (values.isQuantized(filter)) {
            weights = values.unique(stored + "/dequantized");
            values.dequantize(stored, weights, filter, 1);
        }
        List<String> inputs = new ArrayList<>(List.of(values.real(x, CHANNELS_FIRST), weights));
        if (call.has(3)) {
            inputs.add(bias(call, x, filter, call.in(3)));
        }
        long[] kernel = {constant.dims()[1], constant.dims()[2]};
        long[] strides = strides(call, 1);
        long[] in = call.knownDims(x);
        long[] out = call.constantLongs(0);
        if (out.length != 4) {
            throw call.refuse("the size of its output has " + out.length + " numbers");
        }
        long[] pads = new long[4];
        long[] more = new long[2];
        for (int axis = 0; axis < 2; axis++) {
            long full = (in[axis + 1] - 1) * strides[axis] + kernel[axis];
            long all = Math.max(0, full - out[axis + 1]);
            pads[axis] = call.byteOption(0) == 1 ? 0 : all / 2;
            pads[axis + 2] = all - pads[axis];
            more[axis] = Math.max(0, out[axis + 1] - full);
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel));
        attributes.put("strides", Attribute.ofInts(strides));
        attributes.put("pads", Attribute.ofInts(pads));
        attributes.put("output_padding", Attribute.ofInts(more));
        call.activated(
                CHANNELS_FIRST, call.byteOption(3), name -> call.node("ConvTranspose", inputs, name, attributes));
    }
}
