package dev.skerry.model;

import static dev.skerry.model.TfliteLayout.CHANNELS_FIRST;
import static dev.skerry.model.TfliteLayout.DECLARED;

import dev.skerry.model.TfliteModel.TfliteOperator;
import dev.skerry.model.TfliteModel.TfliteTensor;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** One operator of a TensorFlow Lite graph on its way to ONNX: its tensors, its options, and the nodes that it becomes. */
final class TfliteCall {
    /** By the codes of {@code ActivationFunctionType}. */
    private static final int NONE = 0;

    /** Metadata of a node whose kernel multiplies integer weights with activations that it quantizes as they come. */
    static final String HYBRID = "dev.skerry.tflite.hybrid";

    private static final int RELU = 1;
    private static final int RELU_N1_TO_1 = 2;
    private static final int RELU6 = 3;
    private static final int TANH = 4;

    private final TfliteValues values;
    private final TfliteOperator operator;
    private final String name;
    private int made;
    /** Whether a node has the operator's integer arithmetic already. */
    private boolean carried;

    TfliteCall(TfliteValues values, TfliteOperator operator) {
        this.values = values;
        this.operator = operator;
        this.name = TfliteOperators.name(operator);
    }

    TfliteValues values() {
        return values;
    }

    /** The tensor of input {@code index}, which must be there. */
    int in(int index) {
        if (!has(index)) {
            throw refuse("input " + index + " isn't there");
        }
        return operator.inputs()[index];
    }

    boolean has(int index) {
        return index < operator.inputs().length && operator.inputs()[index] >= 0;
    }

    int inputs() {
        return operator.inputs().length;
    }

    int out(int index) {
        if (index >= operator.outputs().length) {
            throw refuse("output " + index + " isn't there");
        }
        return operator.outputs()[index];
    }

    int outputs() {
        return operator.outputs().length;
    }

    TfliteTensor tensor(int index) {
        return values.tensor(index);
    }

    long[] dims(int tensor) {
        return tensor(tensor).dims();
    }

    int rank(int tensor) {
        return tensor(tensor).rank();
    }

    /** Sizes that must be known. */
    long[] knownDims(int tensor) {
        long[] dims = dims(tensor);
        if (Arrays.stream(dims).anyMatch(size -> size < 0)) {
            throw refuse("the size of " + values.name(tensor) + " is known at run time only");
        }
        return dims;
    }

    /** The integers of a constant input. */
    long[] constantLongs(int index) {
        Tensor constant = values.constant(in(index));
        if (constant == null
                || switch (constant.type()) {
                    case INT32, INT64, INT16, INT8, UINT8, BOOL -> false;
                    default -> true;
                }) {
            throw refuse("input " + index + " isn't a constant of integers");
        }
        return constant.toLongs();
    }

    /** An axis, counted from the front. */
    int axis(long axis, int rank) {
        long fromFront = axis < 0 ? axis + rank : axis;
        if (fromFront < 0 || fromFront >= rank) {
            throw refuse("axis " + axis + " of " + rank);
        }
        return (int) fromFront;
    }

    int option(int field, int otherwise) {
        return operator.options() == null ? otherwise : operator.options().intAt(field, otherwise);
    }

    int byteOption(int field) {
        return operator.options() == null ? 0 : operator.options().byteAt(field, 0);
    }

    boolean flag(int field) {
        return byteOption(field) != 0;
    }

    float realOption(int field, float otherwise) {
        return operator.options() == null ? otherwise : operator.options().floatAt(field, otherwise);
    }

    String textOption(int field) {
        return operator.options() == null ? "" : operator.options().text(field);
    }

    int[] listOption(int field) {
        return operator.options() == null ? new int[0] : operator.options().ints(field);
    }

    /** A node of this operator, with a name that says which operator it comes from. */
    Node node(String op, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return node(op, inputs, List.of(output), attributes);
    }

    Node node(String op, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
        String number = name + "_" + operator.index();
        String own = made++ == 0 ? number : number + "_" + made;
        Node node = Node.of(op, inputs, outputs, attributes).withName(own);
        if (carried || !TfliteArithmetic.isMain(name, op)) {
            return node;
        }
        carried = true;
        if (hasHybridWeights()) {
            return node.withMetadata(Map.of(HYBRID, "1"));
        }
        Requantization arithmetic = TfliteArithmetic.of(name, this);
        return arithmetic == null ? node : node.withMetadata(arithmetic.asMetadata());
    }

    Node node(String op, List<String> inputs, String output) {
        return node(op, inputs, output, Map.of());
    }

    private boolean hasHybridWeights() {
        return switch (name) {
            case "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED" ->
                tensor(in(1)).type() == DataType.INT8 && tensor(in(0)).type() == DataType.FLOAT;
            default -> false;
        };
    }

    /** A value between this operator's nodes. */
    String between(String what) {
        return values.unique(values.name(out(0)) + "/" + what);
    }

    /** Adds a node between, and gives the name of its value. */
    String step(String op, List<String> inputs, Map<String, Attribute> attributes) {
        String value = between(op.toLowerCase(java.util.Locale.ROOT));
        values.emit(node(op, inputs, value, attributes));
        return value;
    }

    String step(String op, List<String> inputs) {
        return step(op, inputs, Map.of());
    }

    String scalar(String what, float value) {
        return values.initializer(Tensor.ofFloats(values.name(out(0)) + "/" + what, new long[0], value));
    }

    String longs(String what, long... numbers) {
        return values.longs(values.name(out(0)) + "/" + what, numbers);
    }

    /** Has {@code node} make output 0, with the fused activation {@code function} after it. */
    void activated(TfliteLayout layout, int function, Function<String, Node> node) {
        if (function == NONE) {
            values.realFrom(out(0), layout, node);
            return;
        }
        String before = between("linear");
        values.emit(node.apply(before));
        values.realFrom(out(0), layout, name -> activation(function, before, name));
    }

    private Node activation(int function, String from, String to) {
        return switch (function) {
            case RELU -> node("Relu", List.of(from), to);
            case RELU_N1_TO_1 -> node("Clip", List.of(from, scalar("min", -1), scalar("max", 1)), to);
            case RELU6 -> node("Clip", List.of(from, scalar("min", 0), scalar("max", 6)), to);
            case TANH -> node("Tanh", List.of(from), to);
            default -> throw refuse("the fused activation " + function + " isn't known");
        };
    }

    /** The layout in which all of these tensors can meet with the fewest transpositions. */
    TfliteLayout meeting(int... tensors) {
        boolean first = false;
        for (int tensor : tensors) {
            boolean constant = values.constant(tensor) != null;
            if (!constant && rank(tensor) != 4) {
                return DECLARED;
            }
            first |= !constant && !values.lies(tensor, DECLARED);
        }
        return first && rank(out(0)) == 4 ? CHANNELS_FIRST : DECLARED;
    }

    /** The real numbers of an operand; one of lower rank is brought to rank 4 where channels come first, so that it broadcasts. */
    String operand(int tensor, TfliteLayout layout) {
        return operand(tensor, layout, values.isQuantized(tensor));
    }

    String storedOperand(int tensor, TfliteLayout layout) {
        return operand(tensor, layout, false);
    }

    private String operand(int tensor, TfliteLayout layout, boolean real) {
        Tensor constant = values.constant(tensor);
        if (layout == DECLARED || rank(tensor) == 4 || constant == null || constant.elements() == 1) {
            TfliteLayout own = rank(tensor) == 4 ? layout : DECLARED;
            return real ? values.real(tensor, own) : values.stored(tensor, own);
        }
        long[] full = {1, 1, 1, 1};
        long[] dims = constant.dims();
        System.arraycopy(dims, 0, full, 4 - dims.length, dims.length);
        Tensor turned = Transposition.of(constant.reshape(full), layout.permutation());
        String stored = values.initializer(turned.withName(constant.name() + "/channels_first"));
        if (!real) {
            return stored;
        }
        String name = values.unique(stored + "/dequantized");
        values.dequantize(stored, name, tensor, 1);
        return name;
    }

    RuntimeException refuse(String why) {
        return Problem.usage("model.tflite-operator", "operator " + name + " can't be read here")
                .at(values.source() + ": operator " + operator.index())
                .because(why)
                .attempt("an ONNX export of the model")
                .toException();
    }
}
