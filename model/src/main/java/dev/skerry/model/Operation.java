package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One node under inference: what a {@link Rule} sees of its inputs, and where it writes its outputs. */
final class Operation {
    private final Node node;
    private final Scope scope;
    private final Inference inference;
    private final @Nullable ValueType[] results;
    private final @Nullable Elements[] resultElements;

    Operation(Node node, Scope scope, Inference inference) {
        this.node = node;
        this.scope = scope;
        this.inference = inference;
        this.results = new @Nullable ValueType[node.outputs().size()];
        this.resultElements = new @Nullable Elements[node.outputs().size()];
    }

    Node node() {
        return node;
    }

    Scope scope() {
        return scope;
    }

    Inference inference() {
        return inference;
    }

    /** The version of the operator set that the node's domain is used in. */
    long opset() {
        return scope.opsets.getOrDefault(node.isStandard() ? "" : node.domain(), 1L);
    }

    boolean has(int input) {
        return node.hasInput(input);
    }

    int inputs() {
        return node.inputs().size();
    }

    int outputs() {
        return node.outputs().size();
    }

    @Nullable
    ValueType type(int input) {
        return has(input) ? scope.type(node.input(input)) : null;
    }

    @Nullable
    DataType element(int input) {
        return type(input) instanceof ValueType.OfTensor tensor ? tensor.element() : null;
    }

    /** The dimensions of an input; null where the rank is unknown or the input absent. */
    @Nullable
    List<Dim> dims(int input) {
        return type(input) instanceof ValueType.OfTensor tensor && tensor.shape() != null
                ? tensor.shape().dims()
                : null;
    }

    /** The dimensions of an input that must have {@code rank} of them; null where unknown. */
    @Nullable
    List<Dim> dims(int input, int rank) {
        List<Dim> dims = dims(input);
        if (dims != null && dims.size() != rank) {
            throw new Mismatch(describe(input) + " needs " + rank + " dimensions");
        }
        return dims;
    }

    /** The content of an input as far as known; null where nothing is, or it is absent. */
    @Nullable
    Elements elements(int input) {
        return has(input) ? scope.elements(node.input(input)) : null;
    }

    /** The integers of an input, where all are known. */
    long @Nullable [] longs(int input) {
        Elements elements = elements(input);
        return elements == null ? null : elements.longs();
    }

    /** The numbers of an input, where all are known. */
    double @Nullable [] reals(int input) {
        Elements elements = elements(input);
        return elements == null ? null : elements.reals();
    }

    /** Integers that older opsets give as an attribute and newer ones as an input; null where absent or unknown. */
    long @Nullable [] longs(String attribute, int input) {
        return node.intsAttribute(attribute).orElseGet(() -> longs(input));
    }

    boolean given(String attribute, int input) {
        return node.attributes().containsKey(attribute) || has(input);
    }

    /** A single size given by an input; unknown where it is not known. */
    Dim size(int input) {
        Elements elements = elements(input);
        return elements != null && elements.size() == 1 ? elements.sizes().getFirst() : Dims.UNKNOWN;
    }

    long attribute(String name, long otherwise) {
        return node.intAttribute(name, otherwise);
    }

    /** The element type that an attribute gives by its code. */
    @Nullable
    DataType typeAttribute(String name, @Nullable DataType otherwise) {
        return node.attributes().get(name) instanceof Attribute.IntValue(long code)
                ? DataType.ofCode((int) code).orElse(null)
                : otherwise;
    }

    /** {@code axis} counted from the front. */
    int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new Mismatch("axis " + axis + " lies outside of the " + rank + " dimensions of " + describe(0));
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    void set(int output, @Nullable ValueType type) {
        if (output < results.length) {
            results[output] = type;
        }
    }

    void set(int output, @Nullable DataType element, @Nullable List<Dim> dims) {
        if (element != null) {
            set(output, new ValueType.OfTensor(element, dims == null ? null : new Shape(dims)));
        }
    }

    void setElements(int output, @Nullable Elements elements) {
        if (output < resultElements.length) {
            resultElements[output] = elements;
        }
    }

    @Nullable
    ValueType result(int output) {
        return output < results.length ? results[output] : null;
    }

    Optional<Elements> resultElements(int output) {
        return Optional.ofNullable(resultElements[output]);
    }

    /** How messages speak of an input: {@code weight [8×3×3×3]}. */
    String describe(int input) {
        List<Dim> dims = dims(input);
        return "\"" + node.input(input) + "\" " + (dims == null ? "[…]" : new Shape(dims));
    }

    Mismatch mismatch(String what, int input, int other) {
        return new Mismatch(what + ": " + describe(input) + " and " + describe(other));
    }

    /** The common shape of broadcast inputs; null where a rank is unknown. */
    @Nullable
    List<Dim> broadcast(int... inputs) {
        List<Dim> result = List.of();
        for (int input : inputs) {
            List<Dim> dims = dims(input);
            if (dims == null) {
                return null;
            }
            List<Dim> wider = Dims.broadcast(result, dims);
            if (wider == null) {
                throw mismatch("shapes do not broadcast", inputs[0], input);
            }
            result = wider;
        }
        return result;
    }

    static List<Dim> with(List<Dim> dims, int index, Dim dim) {
        List<Dim> changed = new ArrayList<>(dims);
        changed.set(index, dim);
        return changed;
    }
}
