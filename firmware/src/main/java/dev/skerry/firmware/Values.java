package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.GraphIndex;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The values of a graph while it is lowered: their types, what they hold, and where the code has them. */
final class Values {
    private final Graph graph;
    private final GraphIndex index;
    private final Types types;
    private final Map<String, Operand> places = new HashMap<>();

    Values(Model model, Map<String, Long> dims) {
        graph = model.graph();
        index = GraphIndex.of(graph);
        types = ShapeInference.infer(model, dims);
    }

    Graph graph() {
        return graph;
    }

    GraphIndex index() {
        return index;
    }

    /** Where the general side has a value; null where it has none yet. */
    @Nullable
    Operand find(String value) {
        return places.get(value);
    }

    void put(String value, Operand where) {
        places.put(value, where);
    }

    DataType type(Node node, String value) {
        return type("node " + node.label() + " (" + node.op() + ")", value);
    }

    DataType type(String where, String value) {
        DataType type = types.tensor(value)
                .map(ValueType.OfTensor::element)
                .orElseThrow(() -> unsupported(where, "the type of " + value + " isn't known, or it is no tensor")
                        .toException());
        if (!CType.isKnown(type)) {
            throw unsupported(where, value + " is of " + type.label() + ", which C has no numbers for")
                    .toException();
        }
        return type;
    }

    long[] sizes(String value) {
        return types.tensor(value)
                .flatMap(type -> Optional.ofNullable(type.shape()))
                .filter(shape -> shape.isStatic())
                .orElseThrow(() -> Problem.usage("firmware.shape", "the size of a value isn't known")
                        .at(value)
                        .because("memory is planned before the code runs")
                        .attempt("--dim NAME=SIZE")
                        .toException())
                .sizes();
    }

    /** What a value holds, where that is known before the run. */
    @Nullable
    Tensor known(String value) {
        Tensor weight = graph.initializers().get(value);
        if (weight != null) {
            return weight;
        }
        if (places.get(value) instanceof Operand.Known(Tensor tensor)) {
            return tensor;
        }
        return types.content(value)
                .or(() -> index.producer(value)
                        .filter(node -> node.is("DequantizeLinear"))
                        .flatMap(node -> Optional.ofNullable(known(node.input(0)))
                                .map(bytes -> Dequantization.folded(node, bytes, constant(node, 1), zeros(node)))))
                .orElse(null);
    }

    @Nullable
    Tensor zeros(Node node) {
        return node.hasInput(2) ? constant(node, 2) : null;
    }

    int zero(Node node) {
        return node.hasInput(2) ? Math.toIntExact(constant(node, 2).longAt(0)) : 0;
    }

    Tensor constant(Node node, int input) {
        Tensor found = weight(node, input);
        if (found == null) {
            throw refused(node, "its input " + node.input(input) + " is no constant")
                    .toException();
        }
        return found;
    }

    /** The constant that an input is, or was before it was made real. */
    @Nullable
    Tensor weight(Node node, int input) {
        String value = node.input(input);
        Tensor direct = graph.initializers().get(value);
        return direct != null
                ? direct
                : index.producer(value)
                        .filter(producer -> producer.is("DequantizeLinear"))
                        .map(producer -> graph.initializers().get(producer.input(0)))
                        .or(() -> types.content(value))
                        .orElse(null);
    }

    Problem refused(Node node, String why) {
        return unsupported("node " + node.label() + " (" + node.op() + ")", why);
    }

    static Problem unsupported(String where, String why) {
        return Problem.usage("firmware.unsupported", "no C can be made of this model")
                .at(where)
                .because(why);
    }
}
