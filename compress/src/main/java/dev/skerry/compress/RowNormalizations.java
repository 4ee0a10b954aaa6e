package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A LayerNormalization of the rows of [batch, rows, length] becomes an InstanceNormalization, which takes each row for a
 * channel, with scale and bias applied after it. ONNX Runtime's kernel of the one goes number by number, that of the other by
 * vectors.
 */
final class RowNormalizations {
    /** With fewer, there is nothing to gain. */
    private static final long LEAST_ROWS = 8;

    private RowNormalizations() {}

    static Model byVectors(Model model) {
        if (model.graph().nodes().stream().noneMatch(node -> node.is("LayerNormalization"))) {
            return model;
        }
        Types types = ShapeInference.infer(model, Map.of());
        var draft = new Draft(model.graph());
        for (Node node : model.graph().nodes()) {
            rows(node, draft, types).ifPresent(rows -> replace(node, rows, draft));
        }
        return model.withGraph(DeadCode.remove(draft.toGraph()));
    }

    private static Optional<Integer> rows(Node node, Draft draft, Types types) {
        boolean isPlain = node.is("LayerNormalization")
                && node.outputs().size() == 1
                && node.intAttribute("stash_type", 1) == 1
                && isVector(node.input(1), draft)
                && (!node.hasInput(2) || isVector(node.input(2), draft));
        long axis = node.intAttribute("axis", -1);
        return isPlain && (axis == -1 || axis == 2)
                ? types.tensor(node.input(0))
                        .filter(type -> type.element() == DataType.FLOAT)
                        .flatMap(type -> Optional.ofNullable(type.shape()))
                        .flatMap(RowNormalizations::rows)
                : Optional.empty();
    }

    private static Optional<Integer> rows(Shape shape) {
        return shape.rank() == 3 && shape.dim(1) instanceof Dim.Known(long rows) && rows >= LEAST_ROWS
                ? Optional.of((int) rows)
                : Optional.empty();
    }

    private static boolean isVector(String name, Draft draft) {
        return draft.constant(name)
                .filter(tensor -> tensor.type() == DataType.FLOAT && tensor.rank() == 1)
                .isPresent();
    }

    private static void replace(Node norm, int rows, Draft draft) {
        String made = norm.output(0);
        float[] ones = new float[rows];
        Arrays.fill(ones, 1);
        String one = constant(draft, made + "_ones", ones);
        String zero = constant(draft, made + "_zeros", new float[rows]);
        String plain = draft.fresh(made + "_plain");
        String scaled = norm.hasInput(2) ? draft.fresh(made + "_scaled") : made;
        Map<String, Attribute> epsilon = Map.of("epsilon", Attribute.of(norm.floatAttribute("epsilon", 1e-5f)));
        Node normalization =
                Node.of("InstanceNormalization", List.of(norm.input(0), one, zero), List.of(plain), epsilon);
        Node scale = Node.of("Mul", List.of(plain, norm.input(1)), List.of(scaled));
        if (norm.hasInput(2)) {
            draft.replace(norm, normalization, scale, Node.of("Add", List.of(scaled, norm.input(2)), List.of(made)));
        } else {
            draft.replace(norm, normalization, scale);
        }
    }

    private static String constant(Draft draft, String hint, float[] values) {
        String name = draft.fresh(hint);
        draft.initializers.put(name, Tensor.ofFloats(name, new long[] {values.length}, values));
        return name;
    }
}
