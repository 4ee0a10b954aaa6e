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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Finds layer normalizations that an exporter wrote out with the variance as E[x²] − E[x]², along any axis, and puts a
 * LayerNormalization there, between two transpositions where the axis isn't the last. Runtimes themselves look for the form
 * with two passes along the last axis only.
 */
final class LayerNorms {
    private static final long FIRST_OPSET = 17;

    private final Draft draft;
    private final Types types;

    private LayerNorms(Model model) {
        draft = new Draft(model.graph());
        types = ShapeInference.infer(model, Map.of());
    }

    static Model join(Model model) {
        // RoiAlign is the one operator that means something else from 16 on
        if (model.graph().nodes().stream().anyMatch(node -> node.is("RoiAlign"))
                || !model.functions().isEmpty()) {
            return model;
        }
        var norms = new LayerNorms(model);
        boolean any = false;
        for (Node add : model.graph().nodes()) {
            if (add.is("Add")) {
                Optional<Norm> norm = norms.match(add);
                norm.ifPresent(found -> norms.replace(add, found));
                any |= norm.isPresent();
            }
        }
        return any
                ? model.withGraph(DeadCode.remove(norms.draft.toGraph()))
                        .withOpset("", Math.max(FIRST_OPSET, model.opset()))
                : model;
    }

    private record Norm(String x, int rank, int axis, float epsilon, Tensor scale, Tensor bias) {}

    /** A mean along one axis. */
    private record Mean(String of, int axis) {}

    /** (x − mean) · (1 / √(variance + ε) · scale) + bias, from the end. */
    private Optional<Norm> match(Node add) {
        for (int biasAt = 0; biasAt < 2; biasAt++) {
            Node product = producer(add.input(1 - biasAt), "Mul");
            if (draft.constant(add.input(biasAt)).isEmpty() || product == null) {
                continue;
            }
            for (int i = 0; i < 2; i++) {
                Node difference = producer(product.input(i), "Sub");
                Node factor = producer(product.input(1 - i), "Mul");
                if (difference != null && factor != null) {
                    Optional<Norm> norm = match(difference, factor, add.input(biasAt));
                    if (norm.isPresent()) {
                        return norm;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Norm> match(Node difference, Node factor, String bias) {
        String x = difference.input(0);
        Optional<Shape> shape = shape(x);
        int scaleAt = draft.constant(factor.input(0)).isPresent() ? 0 : 1;
        Node reciprocal = producer(factor.input(1 - scaleAt), "Reciprocal");
        Node root = reciprocal == null ? null : producer(reciprocal.input(0), "Sqrt");
        Node guarded = root == null ? null : producer(root.input(0), "Add");
        if (shape.isEmpty() || guarded == null) {
            return Optional.empty();
        }
        int epsilonAt = draft.constant(guarded.input(0)).isPresent() ? 0 : 1;
        Optional<Tensor> epsilon = draft.constant(guarded.input(epsilonAt)).filter(tensor -> tensor.elements() == 1);
        Optional<Mean> mean = mean(unshaped(difference.input(1)));
        if (epsilon.isEmpty() || mean.isEmpty() || !mean.get().of().equals(x)) {
            return Optional.empty();
        }
        int axis = mean.get().axis();
        boolean fits = keepsAxis(difference.input(1), shape.get(), axis)
                && keepsAxis(guarded.input(1 - epsilonAt), shape.get(), axis)
                && isVariance(unshaped(guarded.input(1 - epsilonAt)), unshaped(difference.input(1)), x, axis);
        if (!fits || !(shape.get().dim(axis) instanceof Dim.Known(long size))) {
            return Optional.empty();
        }
        int rank = shape.get().rank();
        Optional<Tensor> scale = alongAxis(factor.input(scaleAt), rank, axis, size);
        Optional<Tensor> offset = alongAxis(bias, rank, axis, size);
        return scale.isEmpty() || offset.isEmpty()
                ? Optional.empty()
                : Optional.of(new Norm(x, rank, axis, (float) epsilon.get().valueAt(0), scale.get(), offset.get()));
    }

    /** E[x²] − E[x]², cut at zero or not. */
    private boolean isVariance(String value, String mean, String x, int axis) {
        Node cut = producer(value, "Max");
        String raw = value;
        if (cut != null && cut.inputs().size() == 2) {
            int zeroAt = draft.constant(cut.input(0)).isPresent() ? 0 : 1;
            if (draft.constant(cut.input(zeroAt))
                    .filter(zero -> zero.elements() == 1 && zero.valueAt(0) == 0)
                    .isEmpty()) {
                return false;
            }
            raw = cut.input(1 - zeroAt);
        }
        Node difference = producer(raw, "Sub");
        Node squared = difference == null ? null : producer(difference.input(1), "Mul");
        if (difference == null
                || squared == null
                || !squared.input(0).equals(mean)
                || !squared.input(1).equals(mean)) {
            return false;
        }
        return mean(difference.input(0))
                .filter(found -> found.axis() == axis)
                .map(found -> producer(found.of(), "Mul"))
                .filter(square -> square.input(0).equals(x) && square.input(1).equals(x))
                .isPresent();
    }

    /** ReduceMean, or ReduceSum times 1 ÷ size. */
    private Optional<Mean> mean(String value) {
        Node whole = producer(value, "ReduceMean");
        if (whole != null) {
            return axis(whole).map(axis -> new Mean(whole.input(0), axis));
        }
        Node scaled = producer(value, "Mul");
        if (scaled == null) {
            return Optional.empty();
        }
        int factorAt = draft.constant(scaled.input(0)).isPresent() ? 0 : 1;
        Node sum = producer(scaled.input(1 - factorAt), "ReduceSum");
        Optional<Tensor> factor = draft.constant(scaled.input(factorAt)).filter(tensor -> tensor.elements() == 1);
        if (sum == null || factor.isEmpty()) {
            return Optional.empty();
        }
        return axis(sum)
                .filter(axis -> shape(sum.input(0))
                        .filter(shape -> shape.dim(axis) instanceof Dim.Known(long size)
                                && Math.abs(factor.get().valueAt(0) * size - 1) < 1e-6)
                        .isPresent())
                .map(axis -> new Mean(sum.input(0), axis));
    }

    private Optional<Integer> axis(Node reduction) {
        long[] axes = reduction.hasInput(1)
                ? draft.constant(reduction.input(1)).map(Tensor::toLongs).orElse(new long[0])
                : reduction.intsAttribute("axes").orElse(new long[0]);
        return axes.length != 1
                ? Optional.empty()
                : shape(reduction.input(0)).map(shape -> (int) (axes[0] < 0 ? axes[0] + shape.rank() : axes[0]));
    }

    /** What a Reshape reads; the value itself where it comes from anything else. */
    private String unshaped(String value) {
        Node reshape = producer(value, "Reshape");
        return reshape == null ? value : reshape.input(0);
    }

    /** Whether a value has the shape that {@code whole} has after a reduction along the axis that keeps it. */
    private boolean keepsAxis(String value, Shape whole, int axis) {
        Optional<Shape> shape = shape(value);
        if (shape.isEmpty() || shape.get().rank() != whole.rank()) {
            return false;
        }
        int unknown = 0;
        for (int i = 0; i < whole.rank(); i++) {
            Dim dim = shape.get().dim(i);
            Dim expected = i == axis ? Dim.of(1) : whole.dim(i);
            if (dim instanceof Dim.Known || expected instanceof Dim.Known) {
                if (!dim.equals(expected)) {
                    return false;
                }
            } else {
                // one open dimension takes what is left, so it is the same; two could be swapped
                unknown++;
            }
        }
        return unknown <= 1;
    }

    /** A constant that varies along one axis only, as a vector. */
    private Optional<Tensor> alongAxis(String name, int rank, int axis, long size) {
        return draft.constant(name)
                .filter(tensor -> tensor.type() == DataType.FLOAT && tensor.elements() == size)
                .filter(tensor -> tensor.rank() <= rank
                        && rank - axis <= tensor.rank()
                        && tensor.dims()[tensor.rank() - (rank - axis)] == size)
                .map(tensor -> tensor.reshape(size));
    }

    private @Nullable Node producer(String value, String op) {
        return draft.producer(value).filter(node -> node.is(op)).orElse(null);
    }

    private Optional<Shape> shape(String value) {
        return types.tensor(value).flatMap(type -> Optional.ofNullable(type.shape()));
    }

    private void replace(Node add, Norm norm) {
        String made = add.output(0);
        String scale = constant(made + "_scale", norm.scale());
        String bias = constant(made + "_bias", norm.bias());
        Map<String, Attribute> attributes = Map.of("axis", Attribute.of(-1L), "epsilon", Attribute.of(norm.epsilon()));
        var nodes = new ArrayList<Node>();
        if (norm.axis() == norm.rank() - 1) {
            nodes.add(normalization(norm.x(), scale, bias, made, attributes));
        } else {
            long[] order = LongStream.range(0, norm.rank()).toArray();
            order[norm.axis()] = norm.rank() - 1L;
            order[norm.rank() - 1] = norm.axis();
            Map<String, Attribute> swap = Map.of("perm", Attribute.ofInts(order));
            String turned = draft.fresh(made + "_turned");
            String normed = draft.fresh(made + "_normed");
            nodes.add(Node.of("Transpose", List.of(norm.x()), List.of(turned), swap));
            nodes.add(normalization(turned, scale, bias, normed, attributes));
            nodes.add(Node.of("Transpose", List.of(normed), List.of(made), swap));
        }
        draft.replace(add, nodes.toArray(Node[]::new));
    }

    private static Node normalization(
            String x, String scale, String bias, String made, Map<String, Attribute> attributes) {
        return Node.of("LayerNormalization", List.of(x, scale, bias), List.of(made), attributes);
    }

    private String constant(String hint, Tensor values) {
        String name = draft.fresh(hint);
        draft.initializers.put(name, values.withName(name));
        return name;
    }
}
