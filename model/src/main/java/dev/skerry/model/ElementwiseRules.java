package dev.skerry.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that treat each element alone: the output has the shape of the input, or what the inputs broadcast to. */
final class ElementwiseRules {
    static final Map<String, Rule> RULES = rules();

    private ElementwiseRules() {}

    private static Map<String, Rule> rules() {
        Map<String, Rule> rules = new HashMap<>();
        for (String unary : List.of(
                "Abs",
                "Acos",
                "Acosh",
                "Asin",
                "Asinh",
                "Atan",
                "Atanh",
                "BitwiseNot",
                "Ceil",
                "Celu",
                "Clip",
                "Cos",
                "Cosh",
                "CumSum",
                "CumProd",
                "Elu",
                "Erf",
                "Exp",
                "Floor",
                "Gelu",
                "HardSigmoid",
                "HardSwish",
                "LeakyRelu",
                "Log",
                "Mish",
                "Neg",
                "Not",
                "PRelu",
                "Reciprocal",
                "Relu",
                "Round",
                "Selu",
                "Shrink",
                "Sigmoid",
                "Sign",
                "Sin",
                "Sinh",
                "Softplus",
                "Softsign",
                "Sqrt",
                "Swish",
                "Tan",
                "Tanh",
                "ThresholdedRelu",
                "Affine",
                "ParametricSoftplus",
                "ScaledTanh",
                "com.microsoft:Gelu",
                "com.microsoft:FastGelu",
                "com.microsoft:QuickGelu",
                "com.microsoft:QLinearSigmoid",
                "com.microsoft:QLinearLeakyRelu",
                "com.microsoft:QLinearSoftmax")) {
            rules.put(unary, ElementwiseRules::same);
        }
        for (String binary : List.of(
                "Add",
                "Sub",
                "Mul",
                "Div",
                "Pow",
                "Mod",
                "BitShift",
                "BitwiseAnd",
                "BitwiseOr",
                "BitwiseXor",
                "com.microsoft:BiasGelu")) {
            rules.put(binary, ElementwiseRules::binary);
        }
        for (String comparison :
                List.of("And", "Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")) {
            rules.put(comparison, ElementwiseRules::comparison);
        }
        for (String variadic : List.of("Max", "Min", "Sum", "Mean")) {
            rules.put(variadic, ElementwiseRules::variadic);
        }
        rules.put("Identity", op -> op.set(0, op.type(0)));
        rules.put("IsNaN", op -> op.set(0, DataType.BOOL, op.dims(0)));
        rules.put("IsInf", op -> op.set(0, DataType.BOOL, op.dims(0)));
        rules.put("Where", op -> op.set(0, op.element(1), op.broadcast(0, 1, 2)));
        rules.put("Cast", op -> op.set(0, op.typeAttribute("to", null), op.dims(0)));
        rules.put("CastLike", op -> op.set(0, op.element(1), op.dims(0)));
        rules.put("Dropout", ElementwiseRules::dropout);
        rules.put("com.microsoft:QLinearAdd", op -> op.set(0, op.element(0), op.broadcast(0, 3)));
        rules.put("com.microsoft:QLinearMul", op -> op.set(0, op.element(0), op.broadcast(0, 3)));
        return Map.copyOf(rules);
    }

    static void same(Operation op) {
        op.set(0, op.type(0));
    }

    private static void binary(Operation op) {
        DataType element = op.element(0) != null ? op.element(0) : op.element(1);
        // before opset 7 broadcasting was one-sided and asked for by an attribute
        op.set(0, element, op.opset() < 7 && op.node().isStandard() ? op.dims(0) : op.broadcast(0, 1));
    }

    private static void comparison(Operation op) {
        op.set(0, DataType.BOOL, op.opset() < 7 ? op.dims(0) : op.broadcast(0, 1));
    }

    private static void variadic(Operation op) {
        int[] all = new int[op.inputs()];
        java.util.Arrays.setAll(all, i -> i);
        op.set(0, op.element(0), op.broadcast(all));
    }

    private static void dropout(Operation op) {
        op.set(0, op.type(0));
        op.set(1, op.opset() < 10 ? op.element(0) : DataType.BOOL, op.dims(0));
    }
}
