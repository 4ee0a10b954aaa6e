package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.DECLARED;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Operators that work element by element, in whichever layout their operands lie. */
final class TfliteElementwise {
    private TfliteElementwise() {}

    /** An operator with a fused activation, in field 0 of its options. */
    static void binary(TfliteCall call, String op) {
        TfliteLayout layout = layout(call);
        List<String> operands = operands(call, layout);
        call.activated(layout, call.byteOption(0), name -> call.node(op, operands, name));
    }

    static void plain(TfliteCall call, String op) {
        TfliteLayout layout = layout(call);
        List<String> operands = operands(call, layout);
        call.values().realFrom(call.out(0), layout, name -> call.node(op, operands, name));
    }

    private static TfliteLayout layout(TfliteCall call) {
        return call.meeting(IntStream.range(0, call.inputs()).map(call::in).toArray());
    }

    private static List<String> operands(TfliteCall call, TfliteLayout layout) {
        return IntStream.range(0, call.inputs())
                .mapToObj(i -> call.operand(call.in(i), layout))
                .toList();
    }

    /** The result has no scales: a truth value. */
    static void compare(TfliteCall call, String op) {
        TfliteLayout layout = layout(call);
        List<String> operands = operands(call, layout);
        call.values().storedFrom(call.out(0), layout, name -> call.node(op, operands, name));
    }

    static void notEqual(TfliteCall call) {
        TfliteLayout layout = layout(call);
        String equal = call.step("Equal", operands(call, layout));
        call.values().storedFrom(call.out(0), layout, name -> call.node("Not", List.of(equal), name));
    }

    static void select(TfliteCall call) {
        TfliteLayout layout = layout(call);
        List<String> operands = List.of(
                call.storedOperand(call.in(0), layout),
                call.operand(call.in(1), layout),
                call.operand(call.in(2), layout));
        if (call.rank(call.in(0)) == 1 && call.rank(call.in(1)) > 1) {
            throw call.refuse("it selects whole rows");
        }
        call.values().realFrom(call.out(0), layout, name -> call.node("Where", operands, name));
    }

    static void unary(TfliteCall call, String op) {
        unary(call, op, Map.of());
    }

    private static void unary(TfliteCall call, String op, Map<String, Attribute> attributes) {
        TfliteLayout layout = call.meeting(call.in(0));
        String x = call.operand(call.in(0), layout);
        call.values().realFrom(call.out(0), layout, name -> call.node(op, List.of(x), name, attributes));
    }

    static void clip(TfliteCall call, float min, float max) {
        TfliteLayout layout = call.meeting(call.in(0));
        List<String> inputs =
                List.of(call.operand(call.in(0), layout), call.scalar("min", min), call.scalar("max", max));
        call.values().realFrom(call.out(0), layout, name -> call.node("Clip", inputs, name));
    }

    /** Field: slope 0. */
    static void leakyRelu(TfliteCall call) {
        unary(call, "LeakyRelu", Map.of("alpha", Attribute.of(call.realOption(0, 0))));
    }

    /** Field: approximated by tanh 0. */
    static void gelu(TfliteCall call) {
        unary(call, "Gelu", Map.of("approximate", Attribute.of(call.flag(0) ? "tanh" : "none")));
    }

    static void rsqrt(TfliteCall call) {
        TfliteLayout layout = call.meeting(call.in(0));
        String root = call.step("Sqrt", List.of(call.operand(call.in(0), layout)));
        call.values().realFrom(call.out(0), layout, name -> call.node("Reciprocal", List.of(root), name));
    }

    static void square(TfliteCall call) {
        TfliteLayout layout = call.meeting(call.in(0));
        String x = call.operand(call.in(0), layout);
        call.values().realFrom(call.out(0), layout, name -> call.node("Mul", List.of(x, x), name));
    }

    static void squaredDifference(TfliteCall call) {
        TfliteLayout layout = layout(call);
        String difference = call.step("Sub", operands(call, layout));
        call.values().realFrom(call.out(0), layout, name -> call.node("Mul", List.of(difference, difference), name));
    }

    static void floorDiv(TfliteCall call) {
        requireReal(call, "ONNX divides integers towards zero");
        TfliteLayout layout = layout(call);
        String quotient = call.step("Div", operands(call, layout));
        call.values().realFrom(call.out(0), layout, name -> call.node("Floor", List.of(quotient), name));
    }

    /** x − ⌊x / y⌋ × y of real numbers; ONNX's Mod does it of integers. */
    static void floorMod(TfliteCall call) {
        TfliteLayout layout = layout(call);
        List<String> operands = operands(call, layout);
        if (call.tensor(call.in(0)).type() != DataType.FLOAT) {
            call.values().storedFrom(call.out(0), layout, name -> call.node("Mod", operands, name));
            return;
        }
        String whole = call.step("Floor", List.of(call.step("Div", operands)));
        String taken = call.step("Mul", List.of(whole, operands.get(1)));
        call.values().realFrom(call.out(0), layout, name -> call.node("Sub", List.of(operands.get(0), taken), name));
    }

    private static void requireReal(TfliteCall call, String why) {
        if (call.tensor(call.in(0)).type() != DataType.FLOAT && !call.values().isQuantized(call.in(0))) {
            throw call.refuse(why);
        }
    }

    static void cast(TfliteCall call) {
        DataType to = call.values().type(call.out(0));
        if (to == null) {
            throw call.refuse("it makes no numbers");
        }
        TfliteLayout layout = call.meeting(call.in(0));
        String x = call.storedOperand(call.in(0), layout);
        call.values()
                .storedFrom(
                        call.out(0),
                        layout,
                        name -> call.node("Cast", List.of(x), name, Map.of("to", Attribute.of(to.code()))));
    }

    /** From real numbers, or from one quantization to another. */
    static void quantize(TfliteCall call) {
        if (!call.values().isQuantized(call.out(0))) {
            throw call.refuse("its output has no scale");
        }
        TfliteLayout layout = call.meeting(call.in(0));
        call.values().quantized(call.out(0), layout, call.operand(call.in(0), layout));
    }

    /** A constant of half precision becomes one of single precision, so that the layers that use it find their weights. */
    static void dequantize(TfliteCall call) {
        TfliteValues values = call.values();
        int x = call.in(0);
        Tensor constant = values.constant(x);
        if (call.tensor(x).type() == DataType.FLOAT16) {
            if (constant != null) {
                values.constant(call.out(0), Tensor.ofFloats("", constant.dims(), constant.toFloats()));
            } else {
                cast(call);
            }
            return;
        }
        if (!values.isQuantized(x)) {
            throw call.refuse("its input has no scale");
        }
        if (constant != null) {
            values.constant(
                    call.out(0),
                    dequantized(constant, Objects.requireNonNull(call.tensor(x).scales())));
            return;
        }
        TfliteLayout layout = call.meeting(x);
        String stored = values.stored(x, call.rank(x) == 4 ? layout : DECLARED);
        values.dequantizeTo(call.out(0), stored, x, layout);
    }

    /** What the integers of a constant mean. */
    static Tensor dequantized(Tensor stored, TfliteModel.TfliteScales scales) {
        long[] dims = stored.dims();
        long inner = 1;
        for (int axis = scales.axis() + 1; axis < dims.length; axis++) {
            inner *= dims[axis];
        }
        float[] values = new float[Math.toIntExact(stored.elements())];
        for (int i = 0; i < values.length; i++) {
            int channel = scales.perChannel() ? (int) (i / inner % scales.scales().length) : 0;
            values[i] = (stored.longAt(i) - scales.zeroPoints()[channel]) * scales.scales()[channel];
        }
        return Tensor.ofFloats("", dims, values);
    }
}
