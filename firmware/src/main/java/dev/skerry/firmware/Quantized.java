package dev.skerry.firmware;

import dev.skerry.model.DataType;

/** Between real numbers and integers, as the ONNX specification rounds: to nearest, ties to even, and saturated. */
final class Quantized {
    private Quantized() {}

    /** Stores {@code real / scale + zero}. */
    static void store(Body body, Body.Variable y, String at, String scaled, String zero) {
        DataType type = y.type();
        String shifted = zero.equals("0") ? "rintf(" + scaled + ")" : "rintf(" + scaled + ") + (float)" + zero;
        // the largest float that fits
        String most = type == DataType.INT32 ? "2147483520.0f" : "(float)" + Numbers.most(type);
        body.line(y.set(
                at,
                "(%s)fmaxf((float)%s, fminf(%s, %s))"
                        .formatted(CType.of(type).name(), Numbers.least(type), most, shifted)));
    }

    /** The zero point that an input gives: 0 where it is left out. */
    static String zero(Call call, Body body, String name, int input) {
        return call.has(input) ? body.number(name, call.input(input)) : "0";
    }

    /** {@code x - zero}, as a number of 32 bits. */
    static String centred(String x, String zero) {
        return zero.equals("0") ? "(int32_t)" + x : "(" + x + " - " + zero + ")";
    }

    /** A parameter that is one for all, or one for each place along an axis. */
    static String along(Call call, Body body, String name, int input, String place) {
        if (!call.has(input)) {
            return "0";
        }
        Operand operand = call.input(input);
        return operand.elements() == 1
                ? body.number(name, operand)
                : body.reads(name, operand).at(place);
    }
}
