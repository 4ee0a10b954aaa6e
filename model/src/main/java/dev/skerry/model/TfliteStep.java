package dev.skerry.model;

import dev.skerry.model.TfliteForms.Stored;
import dev.skerry.model.TfliteFusion.Tail;
import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One ONNX node on its way to TensorFlow Lite: what it reads, in integers or real numbers, and the operators that it becomes. It
 * works in integers where all that it reads is quantized and its result is quantized at once; otherwise in real numbers.
 */
final class TfliteStep {
    private static final String REMEDY =
            "keeping the ONNX file, whose runtimes know it; with a model that is trained anew, an"
                    + " operator from the table in docs/tflite.md";

    private final TfliteForms forms;
    private final TfliteFusion fusion;
    private final Node node;
    private final long opset;
    private final Tail tail;
    private boolean inIntegers;

    TfliteStep(TfliteForms forms, TfliteFusion fusion, Node node, long opset) {
        this.forms = forms;
        this.fusion = fusion;
        this.node = node;
        this.opset = opset;
        this.tail = fusion.tail(node);
    }

    TfliteForms forms() {
        return forms;
    }

    TfliteDraft draft() {
        return forms.draft();
    }

    Node node() {
        return node;
    }

    long opset() {
        return opset;
    }

    String in(int index) {
        if (!node.hasInput(index)) {
            throw refuse("input " + index + " isn't there");
        }
        return node.input(index);
    }

    boolean has(int index) {
        return node.hasInput(index);
    }

    long[] dims(String value) {
        return forms.dims(value);
    }

    int rank(String value) {
        return forms.rank(value);
    }

    /** Dimensions of the first output. */
    long[] outDims() {
        return forms.dims(node.output(0));
    }

    /** An axis of a value, counted from the front. */
    int axis(long axis, int rank) {
        long fromFront = axis < 0 ? axis + rank : axis;
        if (fromFront < 0 || fromFront >= rank) {
            throw refuse("axis " + axis + " of " + rank);
        }
        return (int) fromFront;
    }

    @Nullable
    Stored constant(int index) {
        return node.hasInput(index) ? forms.constant(node.input(index)) : null;
    }

    /** The integers of a constant input. */
    long[] constantLongs(int index) {
        Stored constant = constant(index);
        if (constant == null
                || switch (constant.content().type()) {
                    case INT32, INT64, BOOL -> false;
                    default -> true;
                }) {
            throw refuse("its input " + index + " is known at run time only");
        }
        return constant.content().toLongs();
    }

    /** A constant number; NaN where the input is left out. */
    double constantNumber(int index) {
        if (!has(index)) {
            return Double.NaN;
        }
        Stored constant = constant(index);
        if (constant == null || constant.content().elements() != 1 || constant.scales() != null) {
            throw refuse("its input " + index + " isn't one constant number");
        }
        return constant.content().valueAt(0);
    }

    /** By code of {@code ActivationFunctionType}: what the operator does to its result. */
    int activation() {
        return tail.activation();
    }

    /**
     * Whether the node works in integers: all of {@code values} are quantized in 8 bits, and so is the result. Asked once, before
     * anything is made.
     */
    boolean integers(List<String> values) {
        String quantized = tail.quantized();
        inIntegers = quantized != null
                && forms.type(quantized) == DataType.INT8
                && forms.scalesOf(quantized) != null
                && values.stream().allMatch(this::isInt8);
        if (inIntegers) {
            fusion.absorbQuantization(tail);
        }
        return inIntegers;
    }

    private boolean isInt8(String value) {
        if (!forms.isQuantized(value)) {
            return false;
        }
        Stored constant = forms.constant(value);
        return constant == null
                ? forms.type(forms.storedOf(value)) == DataType.INT8
                : constant.content().type() == DataType.INT8
                        && Arrays.stream(
                                        constant.scales() == null
                                                ? new long[0]
                                                : constant.scales().zeroPoints())
                                .allMatch(zero -> zero >= Byte.MIN_VALUE && zero <= Byte.MAX_VALUE);
    }

    boolean isInIntegers() {
        return inIntegers;
    }

    /** The bias that a product takes in, a constant; empty where there is none. */
    String biasOf() {
        return fusion.biasOf(node);
    }

    /** The value that the operator makes, activation and quantization included. */
    String result() {
        return inIntegers ? java.util.Objects.requireNonNull(tail.quantized()) : tail.out();
    }

    TfliteScales resultScales() {
        return java.util.Objects.requireNonNull(forms.scalesOf(result()));
    }

    /** The tensor of an operand of full rank. */
    int operand(String value, TfliteAxes axes) {
        return inIntegers ? forms.stored(forms.storedOf(value), axes) : forms.real(value, axes);
    }

    /** The tensor of an operand that is broadcast to the rank of {@code axes}. */
    int spread(String value, TfliteAxes axes) {
        long[] dims = dims(value);
        int rank = (int)
                axes.order().stream().filter(axis -> axis != TfliteAxes.ADDED).count();
        if (dims.length == rank) {
            return operand(value, axes);
        }
        if (opset < 7) {
            throw refuse("before operator set 7 it broadcasts by rules of its own", "raising the model's operator set");
        }
        if (axes.isSame() || dims.length == 0) {
            return operand(value, TfliteAxes.same(dims.length));
        }
        long[] full = new long[rank];
        Arrays.fill(full, 1);
        System.arraycopy(dims, 0, full, rank - dims.length, dims.length);
        Stored constant = forms.constant(value);
        if (constant != null) {
            TfliteScales scales = constant.scales();
            if (scales != null && scales.perChannel()) {
                scales = new TfliteScales(scales.scales(), scales.zeroPoints(), scales.axis() + rank - dims.length);
            }
            Stored turned = TfliteForms.turned(new Stored(constant.content().reshape(full), scales), axes);
            return inIntegers
                    ? draft().constant(turned.content().withName(value), turned.scales())
                    : forms.real(turned, value);
        }
        int from = operand(value, TfliteAxes.same(dims.length));
        long[] wanted = axes.dims(full);
        if (!axes.sameOrder(TfliteAxes.same(rank), full)) {
            throw refuse("operands of " + dims.length + " and " + rank + " dimensions meet in different layouts");
        }
        int to = between(
                "spread",
                draft().tensor(from).type(),
                wanted,
                draft().tensor(from).scales());
        draft().reshape(from, to);
        return to;
    }

    /** The type of a value in real numbers or plain integers, where this operator's kernel takes it. */
    void requireType(String value, DataType... taken) {
        DataType type = forms.type(value);
        if (!Arrays.asList(taken).contains(type)) {
            throw refuse("its kernel doesn't take " + type.label());
        }
    }

    int shape(long... sizes) {
        return draft().ints("shape", new long[] {sizes.length}, sizes);
    }

    /** A tensor between this node's operators. */
    int between(String what, @Nullable DataType type, long[] dims, @Nullable TfliteScales scales) {
        return draft().tensor(
                        draft().unique(result() + "/" + what), type == null ? DataType.FLOAT : type, dims, scales);
    }

    /** Has an operator make real numbers between this node's others. */
    int real(String what, long[] dims, String operator, TfliteOptions options, Integer... inputs) {
        int to = between(what, DataType.FLOAT, dims, null);
        add(operator, options, List.of(inputs), to);
        return to;
    }

    void add(String operator, TfliteOptions options, List<Integer> inputs, int output) {
        draft().operator(operator, options, inputs, List.of(output));
    }

    /** Has an operator make the result, lying in the order of {@code axes}. */
    void make(String operator, TfliteOptions options, List<Integer> inputs, TfliteAxes axes) {
        add(operator, options, inputs, forms.make(result(), axes));
    }

    /** The same with an operator whose result has these scales by its definition; other ones take a QUANTIZE after it. */
    void makeScaled(
            TfliteScales scales, String operator, TfliteOptions options, List<Integer> inputs, TfliteAxes axes) {
        if (!inIntegers || scales.sameAs(resultScales())) {
            make(operator, options, inputs, axes);
            return;
        }
        int own = between("scaled", DataType.INT8, axes.dims(dims(result())), scales);
        add(operator, options, inputs, own);
        make("QUANTIZE", TfliteOptions.NONE, List.of(own), axes);
    }

    /** What an operator that only moves elements works on: the value as it is stored. */
    String source(String value) {
        return forms.constant(value) == null ? forms.storedOf(value) : value;
    }

    /** What such an operator makes of {@code from}: output {@code index} as it is stored. */
    String moved(String from, int index) {
        String out = node.output(index);
        boolean isBehind = forms.constant(from) == null ? !node.inputs().contains(from) : forms.isQuantized(from);
        if (!isBehind) {
            return out;
        }
        String stored = out + "/quantized";
        Stored constant = forms.constant(from);
        forms.declare(
                stored, constant == null ? forms.type(from) : constant.content().type(), forms.dims(out));
        forms.scales(stored, forms.scalesBehind(from));
        forms.means(out, stored);
        return stored;
    }

    RuntimeException refuse(String why) {
        return refuse(why, REMEDY);
    }

    RuntimeException refuse(String why, String remedy) {
        return Problem.usage(
                        "tflite.unsupported", "operator " + node.op() + " can't be written to a TensorFlow Lite file")
                .at("node " + node.label())
                .because(why)
                .attempt(remedy)
                .toException();
    }
}
