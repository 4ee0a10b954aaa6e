package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that compute each element from those at the same place. */
final class ElementwiseOperators {
    static final Map<String, Operator> ALL = new HashMap<>();

    static {
        // functions of one number
        ALL.put("Abs", Elementwise.of("fabs@(a)", "a < 0 ? -a : a", "a"));
        ALL.put("Sign", Elementwise.of("a > 0 ? 1.0@ : a < 0 ? -1.0@ : 0.0@", "a > 0 ? 1 : a < 0 ? -1 : 0", "a > 0"));
        ALL.put("Neg", Elementwise.of("-a", "-a", "0 - a"));
        for (String function : List.of(
                "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "Log",
                "Sin", "Sinh", "Sqrt", "Tan", "Tanh")) {
            ALL.put(function, Elementwise.of(function.toLowerCase(java.util.Locale.ROOT) + "@(a)"));
        }
        ALL.put("Round", Elementwise.of("rint@(a)")); // ties to even
        ALL.put("Reciprocal", Elementwise.of("1.0@ / a"));
        ALL.put("IsNaN", Elementwise.of("isnan(a) != 0"));
        ALL.put("IsInf", ElementwiseOperators::isInfinite);
        ALL.put("Not", Elementwise.of("!a"));
        ALL.put("BitwiseNot", Elementwise.of("~a"));
        // activations
        ALL.put("Relu", Elementwise.of("a > 0 ? a : 0.0@", "a > 0 ? a : 0", "a"));
        ALL.put("LeakyRelu", Elementwise.of("a < 0 ? {alpha=0.01} * a : a"));
        ALL.put("ThresholdedRelu", Elementwise.of("a > {alpha=1.0} ? a : 0.0@"));
        ALL.put("PRelu", Elementwise.of("a < 0 ? b * a : a", "a < 0 ? b * a : a", "a"));
        ALL.put("Elu", Elementwise.of("a < 0 ? {alpha=1.0} * (exp@(a) - 1.0@) : a"));
        ALL.put("Celu", Elementwise.of("a < 0 ? {alpha=1.0} * (exp@(a / {alpha=1.0}) - 1.0@) : a"));
        ALL.put(
                "Selu",
                Elementwise.of(
                        "{gamma=1.05070102214813232421875} * (a > 0 ? a : {alpha=1.67326319217681884765625} * (exp@(a) - 1.0@))"));
        ALL.put("Sigmoid", Elementwise.of("1.0@ / (1.0@ + exp@(-a))"));
        ALL.put("HardSigmoid", Elementwise.of("fmax@(0.0@, fmin@(1.0@, {alpha=0.2} * a + {beta=0.5}))"));
        ALL.put("HardSwish", Elementwise.of("a * fmax@(0.0@, fmin@(1.0@, a / 6.0@ + 0.5@))"));
        ALL.put("Softplus", Elementwise.of("a > 0 ? a + log1p@(exp@(-a)) : log1p@(exp@(a))"));
        ALL.put("Softsign", Elementwise.of("a / (1.0@ + fabs@(a))"));
        ALL.put("Mish", Elementwise.of("a * tanh@(a > 0 ? a + log1p@(exp@(-a)) : log1p@(exp@(a)))"));
        ALL.put("Swish", Elementwise.of("a / (1.0@ + exp@(-{alpha=1.0} * a))"));
        ALL.put("Gelu", ElementwiseOperators::gelu);
        ALL.put("com.microsoft:Gelu", Elementwise.of("0.5@ * a * (1.0@ + erf@(a * 0.7071067811865476@))"));
        ALL.put(
                "Shrink",
                Elementwise.of("a < -{lambd=0.5} ? a + {bias=0.0} : a > {lambd=0.5} ? a - {bias=0.0} : 0.0@"));
        ALL.put("Clip", ElementwiseOperators::clip);
        // of two numbers
        ALL.put("Add", wrapped("+"));
        ALL.put("Sub", wrapped("-"));
        ALL.put("Mul", wrapped("*"));
        ALL.put("Div", ElementwiseOperators::divide);
        ALL.put("Mod", ElementwiseOperators::modulo);
        ALL.put("Pow", ElementwiseOperators::power);
        ALL.put("BitShift", ElementwiseOperators::shift);
        ALL.put("BitwiseAnd", Elementwise.of("a & b"));
        ALL.put("BitwiseOr", Elementwise.of("a | b"));
        ALL.put("BitwiseXor", Elementwise.of("a ^ b"));
        ALL.put("And", Elementwise.of("a && b"));
        ALL.put("Or", Elementwise.of("a || b"));
        ALL.put("Xor", Elementwise.of("!a != !b"));
        ALL.put("Equal", Elementwise.of("a == b"));
        ALL.put("Greater", Elementwise.of("a > b"));
        ALL.put("GreaterOrEqual", Elementwise.of("a >= b"));
        ALL.put("Less", Elementwise.of("a < b"));
        ALL.put("LessOrEqual", Elementwise.of("a <= b"));
        ALL.put("Where", Elementwise.of("a ? b : c"));
        // of any number of numbers
        ALL.put("Max", call -> chosen(call, ">"));
        ALL.put("Min", call -> chosen(call, "<"));
        ALL.put("Sum", call -> Elementwise.write(call, Elementwise.all(call), names -> String.join(" + ", names)));
        ALL.put(
                "Mean",
                call -> Elementwise.write(
                        call,
                        Elementwise.all(call),
                        names -> "(" + String.join(" + ", names) + ") / "
                                + Numbers.literal(call.type(0), names.size())));
        // from type to type
        ALL.put("Cast", ElementwiseOperators::cast);
        ALL.put("CastLike", ElementwiseOperators::cast);
        ALL.put("Dropout", ElementwiseOperators::dropout);
    }

    private ElementwiseOperators() {}

    private static void isInfinite(Call call) {
        boolean negative = call.attribute("detect_negative", 1) != 0;
        boolean positive = call.attribute("detect_positive", 1) != 0;
        String sign = negative && positive ? "" : negative ? " && a < 0" : positive ? " && a > 0" : " && 0";
        Elementwise.write(call, List.of(0), "isinf(a) != 0" + sign);
    }

    private static void gelu(Call call) {
        String exact = "0.5@ * a * (1.0@ + erf@(a * 0.7071067811865476@))";
        String near = "0.5@ * a * (1.0@ + tanh@(0.7978845608028654@ * (a + 0.044715@ * a * a * a)))";
        boolean isExact = call.attribute("approximate", "none").equals("none");
        Elementwise.write(call, List.of(0), Elementwise.filled(call, isExact ? exact : near, call.type(0)));
    }

    private static void clip(Call call) {
        if (call.opset() < 11) {
            String pattern = "fmin@(fmax@(a, {min=-3.402823466e38}), {max=3.402823466e38})";
            Elementwise.write(call, List.of(0), Elementwise.filled(call, pattern, call.type(0)));
            return;
        }
        Elementwise.write(call, Elementwise.all(call), names -> {
            String value = "a";
            if (call.has(1)) {
                value = "(a < b ? b : a)";
            }
            if (call.has(2)) {
                String most = names.getLast();
                value = "(" + value + " > " + most + " ? " + most + " : " + value + ")";
            }
            return value;
        });
    }

    /** Integers wrap around, which C promises only of those without a sign. */
    private static Operator wrapped(String operator) {
        return call -> {
            String unsigned = Numbers.wrapping(call.type(0));
            Elementwise.write(
                    call,
                    List.of(0, 1),
                    Numbers.isReal(call.type(0))
                            ? "a " + operator + " b"
                            : "(" + unsigned + ")a " + operator + " (" + unsigned + ")b");
        };
    }

    /** Integers are cut towards zero; a division by 0 gives 0. */
    private static void divide(Call call) {
        DataType type = call.type(0);
        String negated = "0 - (" + Numbers.wrapping(type) + ")a";
        Elementwise.write(
                call,
                List.of(0, 1),
                Numbers.isReal(type)
                        ? "a / b"
                        : Numbers.isUnsigned(type)
                                ? "b == 0 ? 0 : a / b"
                                : "b == 0 ? 0 : b == -1 ? " + Numbers.as(type, negated) + " : a / b");
    }

    private static void modulo(Call call) {
        DataType type = call.type(0);
        boolean ofDividend = call.attribute("fmod", 0) != 0;
        String expression;
        if (Numbers.isReal(type)) {
            // the sign of the divisor is what older operator sets leave open for real numbers
            expression = "fmod" + Numbers.suffix(type) + "(a, b)";
        } else if (Numbers.isUnsigned(type)) {
            expression = "b == 0 ? 0 : a % b";
        } else {
            String rest = "b == 0 || b == -1 ? 0 : a % b";
            expression = ofDividend
                    ? rest
                    : "b == 0 || b == -1 ? 0 : a % b != 0 && (a % b < 0) != (b < 0) ? a % b + b : a % b";
        }
        Elementwise.write(call, List.of(0, 1), expression);
    }

    private static void power(Call call) {
        boolean single = CType.of(call.type(0)).computed().equals("float");
        Elementwise.write(call, List.of(0, 1), single ? "powf(a, (float)b)" : "pow((double)a, (double)b)");
    }

    private static void shift(Call call) {
        DataType type = call.type(0);
        String unsigned = Numbers.wrapping(type);
        String direction = call.attribute("direction", "LEFT").equals("LEFT") ? "<<" : ">>";
        int bits = 8 * CType.of(type).bytes();
        Elementwise.write(call, List.of(0, 1), "b >= " + bits + " ? 0 : (" + unsigned + ")a " + direction + " b");
    }

    private static void chosen(Call call, String better) {
        Elementwise.write(call, Elementwise.all(call), names -> {
            String best = names.getFirst();
            for (String name : names.subList(1, names.size())) {
                best = "(" + best + " " + better + " " + name + " ? " + best + " : " + name + ")";
            }
            return best;
        });
    }

    private static void cast(Call call) {
        DataType from = call.type(0);
        DataType to = call.outputType(0);
        if (from == to) {
            call.view(0, 0);
            return;
        }
        String expression = to == DataType.BOOL
                ? "a != 0"
                : Numbers.isReal(from) && !Numbers.isReal(to)
                        ? to == DataType.UINT64 ? "a" : "(int64_t)a"
                        : "(" + CType.of(to).computed() + ")a";
        Elementwise.write(call, List.of(0), expression);
    }

    /** Outside of training it does nothing. */
    private static void dropout(Call call) {
        boolean trains = call.has(2) && call.needed(2).longAt(0) != 0;
        if (trains && (!call.has(1) || call.needed(1).valueAt(0) != 0)) {
            throw call.unsupported("it drops at random, as in training");
        }
        call.view(0, 0);
        if (call.gives(1)) {
            Generators.filled(call, 1, 1);
        }
    }
}
