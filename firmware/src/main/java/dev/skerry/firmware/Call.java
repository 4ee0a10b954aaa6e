package dev.skerry.firmware;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.problem.ProblemException;
import java.util.Optional;
import java.util.function.Consumer;

/** One node that becomes C: what its operator sees of it, and where it puts what it makes. */
final class Call {
    private final Node node;
    private final long opset;
    private final Lowering lowering;
    private final Values values;

    Call(Node node, long opset, Lowering lowering, Values values) {
        this.node = node;
        this.opset = opset;
        this.lowering = lowering;
        this.values = values;
    }

    Node node() {
        return node;
    }

    /** The version of the operator set that the node is of. */
    long opset() {
        return opset;
    }

    int inputs() {
        return node.inputs().size();
    }

    int outputs() {
        return node.outputs().size();
    }

    boolean has(int input) {
        return node.hasInput(input);
    }

    /** Whether anybody could read this output. */
    boolean gives(int output) {
        return !node.output(output).isEmpty();
    }

    Operand input(int index) {
        return lowering.operand(node, node.input(index));
    }

    long[] dims(int input) {
        return input(input).dims();
    }

    DataType type(int input) {
        return input(input).type();
    }

    long[] outputDims(int output) {
        return values.sizes(node.output(output));
    }

    DataType outputType(int output) {
        return values.type(node, node.output(output));
    }

    /** The place for an output, which is made by asking. */
    Buffer output(int index) {
        return lowering.makeGeneral(node, node.output(index));
    }

    /** Memory that lives as long as the function runs. */
    Buffer work(String name, DataType type, long... dims) {
        return Buffer.of(node.output(0) + " (" + name + ")", type, dims);
    }

    long attribute(String name, long otherwise) {
        return node.intAttribute(name, otherwise);
    }

    float attribute(String name, float otherwise) {
        return node.floatAttribute(name, otherwise);
    }

    String attribute(String name, String otherwise) {
        return node.stringAttribute(name, otherwise);
    }

    long[] attribute(String name, long[] otherwise) {
        return node.intsAttribute(name).orElse(otherwise);
    }

    float[] attribute(String name, float[] otherwise) {
        if (!(node.attributes().get(name) instanceof Attribute.Floats floats)) {
            return otherwise;
        }
        float[] values = new float[floats.values().size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = floats.values().get(i);
        }
        return values;
    }

    /** What an input holds, if that is known before the run. */
    Optional<Tensor> known(int input) {
        return has(input) && input(input) instanceof Operand.Known(Tensor tensor)
                ? Optional.of(tensor)
                : Optional.empty();
    }

    /** What an input holds that the code can't be made without: an axis, a size. */
    Tensor needed(int input) {
        return known(input)
                .orElseThrow(
                        () -> values.refused(node, "its input " + node.input(input) + " isn't known before it runs")
                                .attempt("a model in which " + node.input(input) + " is a constant")
                                .toException());
    }

    long[] integers(int input) {
        return needed(input).toLongs();
    }

    ProblemException unsupported(String why) {
        return values.refused(node, why).toException();
    }

    /** An output that is the memory of an input under other dimensions: it costs nothing. */
    void view(int output, int input) {
        values.put(node.output(output), input(input).withDims(outputDims(output)));
    }

    /** An output that is known before the run. */
    void knows(int output, Tensor tensor) {
        values.put(node.output(output), new Operand.Known(tensor.withName(node.output(output))));
    }

    /** Adds the function whose statements {@code writer} writes. */
    void function(Consumer<Body> writer) {
        function(0, writer);
    }

    /** @param macs multiply-accumulates of the function */
    void function(long macs, Consumer<Body> writer) {
        var body = new Body();
        writer.accept(body);
        lowering.add(new Layer.Loops(node.label(), node.op(), body.parameters(), body.text(), macs, body.isInPlace()));
    }
}
