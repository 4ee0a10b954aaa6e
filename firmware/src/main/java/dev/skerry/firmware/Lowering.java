package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Requantization;
import dev.skerry.model.SettledBranches;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * From the graph of a model to layers. What TensorFlow Lite computes in INT8 is the integer side's; everything else is the general
 * side's, node by node, in the layout that the graph has. Between the two lie layers that turn or scale.
 */
final class Lowering {
    private final Model model;
    private final Graph graph;
    private final Values values;
    private final List<Layer> layers = new ArrayList<>();
    private final IntegerLowering integers;

    /** Whether any node carries TensorFlow Lite's arithmetic; without, INT8 is a type like others. */
    private final boolean isOfBytes;

    private static final Set<String> VIEWS = Set.of("Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity");

    private Lowering(Model given, Map<String, Long> dims) {
        Model standard = QuantizedOperators.spread(given, node -> !node.isStandard());
        model = SettledBranches.take(standard, Map.of(), dims);
        graph = model.graph();
        values = new Values(model, dims);
        integers = new IntegerLowering(values, layers);
        isOfBytes =
                graph.nodes().stream().anyMatch(node -> Requantization.of(node).isPresent());
    }

    /**
     * @param name of the functions that are made
     * @param dims sizes of open dimensions
     * @throws dev.skerry.problem.ProblemException {@code firmware.unsupported}, with the node, where there is no code for it
     */
    static Program lower(Model model, String name, Map<String, Long> dims) {
        return new Lowering(model, dims).program(name);
    }

    private Program program(String name) {
        List<Port> inputs = graph.dataInputs().stream().map(this::taken).toList();
        graph.nodes().forEach(this::lower);
        // only now it is known which node says what their bytes stand for
        inputs = inputs.stream().map(integers::withGrid).toList();
        List<Port> outputs = graph.outputs().stream().map(this::given).toList();
        if (outputs.isEmpty()) {
            throw Values.unsupported("the model", "it has no output").toException();
        }
        return new Program(name, inputs, outputs, layers);
    }

    /** In a model of bytes: bytes, or real numbers that are made bytes before all else; then the code takes the bytes. */
    private Port taken(ValueInfo input) {
        String name = input.name();
        DataType type = values.type("input " + name, name);
        if (isOfBytes && (type == DataType.INT8 || type == DataType.FLOAT && becomesBytes(name))) {
            return integers.taken(name);
        }
        Buffer buffer = Buffer.of(name, type, values.sizes(name));
        values.put(name, new Operand.Held(buffer));
        return new Port(name, buffer, Grid.PLAIN);
    }

    /** Whether all that reads a value makes it bytes, at most under other dimensions. */
    private boolean becomesBytes(String value) {
        List<Node> readers = values.index().consumers(value);
        return !readers.isEmpty()
                && readers.stream()
                        .allMatch(node ->
                                node.is("QuantizeLinear") || VIEWS.contains(node.op()) && becomesBytes(node.output(0)));
    }

    private Port given(ValueInfo output) {
        String name = output.name();
        return integers.given(name).orElseGet(() -> switch (operand("output " + name, name)) {
            case Operand.Held(Buffer buffer) -> new Port(name, buffer, Grid.PLAIN);
            case Operand.Known known -> new Port(name, copied(name, known), Grid.PLAIN);
        });
    }

    /** What is known before the run, brought to where a caller can read it. */
    private Buffer copied(String name, Operand.Known known) {
        Buffer buffer = Buffer.of(name + " (output)", known.type(), known.dims());
        layers.add(Moves.copy(name, known, buffer));
        return buffer;
    }

    private void lower(Node node) {
        boolean isKnown = node.is("DequantizeLinear")
                ? values.known(node.input(0)) != null
                : node.outputs().stream().allMatch(output -> output.isEmpty() || values.known(output) != null);
        if (isKnown) {
            // it is looked up where it is read
            return;
        }
        if (isOfBytes && node.isStandard() && integers.takes(node)) {
            integers.lower(node);
        } else {
            Operator operator = Operators.of(node)
                    .orElseThrow(() -> values.refused(
                                    node,
                                    node.isStandard()
                                            ? "there is no code for it yet"
                                            : "it is of the domain " + node.domain())
                            .attempt("the operators that docs/firmware-operators.md lists")
                            .toException());
            operator.lower(new Call(node, opset(node), this, values));
        }
    }

    private long opset(Node node) {
        return node.isStandard() ? model.opset() : model.opsets().getOrDefault(node.domain(), 1L);
    }

    /** A value for the general side: as the graph has it, whatever that takes. */
    Operand operand(Node reader, String value) {
        return operand("node " + reader.label() + " (" + reader.op() + ")", value);
    }

    private Operand operand(String where, String value) {
        Operand found = values.find(value);
        if (found != null) {
            return found;
        }
        Tensor known = values.known(value);
        Operand made = known != null ? new Operand.Known(known) : integers.operand(where, value);
        values.put(value, made);
        return made;
    }

    /** Where the general side puts an output. */
    Buffer makeGeneral(Node node, String value) {
        Buffer buffer = Buffer.of(value, values.type(node, value), values.sizes(value));
        values.put(value, new Operand.Held(buffer));
        return buffer;
    }

    void add(Layer layer) {
        // what makes nothing needs no code
        if (layer.outputs().stream().anyMatch(buffer -> buffer.elements() > 0)) {
            layers.add(layer);
        }
    }
}
