package dev.skerry.compress;

import dev.skerry.model.Attribute;
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
import java.util.stream.LongStream;

/**
 * Steps that only move shapes about: those that do nothing go, and others change places, so that what belongs together stands
 * together. Each costs a pass over memory, and hides from the steps around it what they could be joined with.
 */
final class ShapeSteps {
    /** An end that no tensor in memory reaches: exporters write it for "as far as it goes". */
    private static final long OPEN_END = 1_000_000_000;

    private final Draft draft;
    private final Types types;

    private ShapeSteps(Model model) {
        draft = new Draft(model.graph());
        types = ShapeInference.infer(model, Map.of());
    }

    static Model simplify(Model model) {
        Model current = model;
        boolean changed = true;
        while (changed) {
            var steps = new ShapeSteps(current);
            changed = steps.pass();
            if (changed) {
                current = current.withGraph(DeadCode.remove(steps.draft.toGraph()));
            }
        }
        return current;
    }

    /** Shapes of values that a change makes are known in the next pass only. */
    private boolean pass() {
        boolean changed = false;
        for (Node node : List.copyOf(draft.nodes)) {
            // a change before may have redirected its inputs
            Optional<Node> now = draft.producer(node.output(0))
                    .filter(found -> !found.output(0).isEmpty());
            if (now.isPresent() && step(now.get())) {
                changed = true;
            }
        }
        return changed;
    }

    private boolean step(Node node) {
        if (doesNothing(node)) {
            if (draft.isOutput(node.output(0))) {
                return false;
            }
            draft.remove(node);
            draft.redirect(node.output(0), node.input(0));
            return true;
        }
        return joinTransposes(node) || unsqueezeLater(node) || addBeforeSqueeze(node);
    }

    private boolean doesNothing(Node node) {
        return switch (node.isStandard() ? node.op() : "") {
            case "Slice" -> takesAll(node);
            case "Expand" ->
                shape(node.input(0)).isPresent()
                        && isKnown(node.input(0))
                        && shape(node.input(0)).equals(shape(node.output(0)));
            case "Transpose" -> order(node).map(ShapeSteps::isInOrder).orElse(false);
            default -> false;
        };
    }

    private boolean takesAll(Node slice) {
        Optional<Shape> shape = shape(slice.input(0));
        Optional<long[]> starts = longs(slice.input(1));
        Optional<long[]> ends = longs(slice.input(2));
        if (shape.isEmpty() || starts.isEmpty() || ends.isEmpty()) {
            return false;
        }
        int count = starts.get().length;
        Optional<long[]> axes = slice.hasInput(3)
                ? longs(slice.input(3))
                : Optional.of(LongStream.range(0, count).toArray());
        Optional<long[]> steps = slice.hasInput(4) ? longs(slice.input(4)) : Optional.of(ones(count));
        if (axes.isEmpty() || steps.isEmpty()) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            int axis = (int) (axes.get()[i] < 0 ? axes.get()[i] + shape.get().rank() : axes.get()[i]);
            long end = ends.get()[i];
            boolean whole = shape.get().dim(axis) instanceof Dim.Known(long size) ? end >= size : end >= OPEN_END;
            if (starts.get()[i] != 0 || steps.get()[i] != 1 || !whole) {
                return false;
            }
        }
        return true;
    }

    /** Transpose after Transpose. */
    private boolean joinTransposes(Node second) {
        Optional<Node> first = draft.producer(second.input(0)).filter(node -> node.is("Transpose"));
        if (!second.is("Transpose") || first.isEmpty()) {
            return false;
        }
        Optional<long[]> inner = order(first.get());
        Optional<long[]> outer = order(second);
        if (inner.isEmpty() || outer.isEmpty()) {
            return false;
        }
        long[] joined =
                Arrays.stream(outer.get()).map(axis -> inner.get()[(int) axis]).toArray();
        draft.replace(
                second,
                second.withInputs(List.of(first.get().input(0))).withAttribute("perm", Attribute.ofInts(joined)));
        return true;
    }

    /** A Transpose that leaves the last axis, which an Unsqueeze added, where it is: first the one, then the other. */
    private boolean unsqueezeLater(Node transpose) {
        Optional<Node> unsqueeze = addsLastAxis(transpose.input(0));
        Optional<long[]> order = order(transpose);
        if (!transpose.is("Transpose") || unsqueeze.isEmpty() || order.isEmpty()) {
            return false;
        }
        int last = order.get().length - 1;
        if (order.get()[last] != last) {
            return false;
        }
        String turned = draft.fresh(transpose.output(0) + "_turned");
        Node inner = transpose
                .withInputs(List.of(unsqueeze.get().input(0)))
                .withOutputs(List.of(turned))
                .withAttribute("perm", Attribute.ofInts(Arrays.copyOf(order.get(), last)));
        Node outer = unsqueeze
                .get()
                .withInputs(List.of(turned, unsqueeze.get().input(1)))
                .withOutputs(transpose.outputs())
                .withName("");
        draft.replace(transpose, inner, outer);
        return true;
    }

    /** A constant added after a Squeeze is added before it, where a convolution can take it as its bias. */
    private boolean addBeforeSqueeze(Node add) {
        int constantAt = draft.constant(add.input(1)).isPresent() ? 1 : 0;
        Optional<Tensor> constant = draft.constant(add.input(constantAt));
        Optional<Node> squeeze = draft.producer(add.input(1 - constantAt)).filter(node -> node.is("Squeeze"));
        if (!add.is("Add") || constant.isEmpty() || squeeze.isEmpty()) {
            return false;
        }
        String wide = squeeze.get().input(0);
        boolean afterLayer =
                draft.producer(wide).filter(node -> node.is("Conv")).isPresent()
                        && draft.onlyConsumer(wide).isPresent()
                        && draft.onlyConsumer(add.input(1 - constantAt)).isPresent();
        Optional<long[]> axes = longs(squeeze.get().input(1)).filter(all -> all.length == 1);
        Optional<Shape> shape = shape(wide);
        if (!afterLayer || axes.isEmpty() || shape.isEmpty()) {
            return false;
        }
        int rank = shape.get().rank();
        int axis = (int) (axes.get()[0] < 0 ? axes.get()[0] + rank : axes.get()[0]);
        int given = constant.get().rank();
        if (given > rank - 1) {
            return false;
        }
        long[] dims = ones(rank);
        for (int i = 0; i < given; i++) {
            int at = rank - 1 - given + i;
            dims[at < axis ? at : at + 1] = constant.get().dims()[i];
        }
        String widened = draft.fresh(add.input(constantAt) + "_wide");
        draft.initializers.put(widened, constant.get().withName(widened).reshape(dims));
        String sum = draft.fresh(add.output(0) + "_wide");
        draft.remove(squeeze.get());
        draft.replace(
                add,
                add.withInputs(List.of(wide, widened)).withOutputs(List.of(sum)),
                squeeze.get().withInputs(List.of(sum, squeeze.get().input(1))).withOutputs(add.outputs()));
        return true;
    }

    private Optional<Node> addsLastAxis(String value) {
        return draft.producer(value)
                .filter(node -> node.is("Unsqueeze"))
                .filter(node -> longs(node.input(1))
                        .filter(axes -> axes.length == 1)
                        .flatMap(axes ->
                                shape(node.output(0)).filter(shape -> axes[0] == -1 || axes[0] == shape.rank() - 1))
                        .isPresent());
    }

    private Optional<long[]> order(Node transpose) {
        return transpose
                .intsAttribute("perm")
                .or(() -> shape(transpose.input(0)).map(shape -> {
                    long[] reversed = new long[shape.rank()];
                    Arrays.setAll(reversed, i -> reversed.length - 1 - i);
                    return reversed;
                }));
    }

    private static boolean isInOrder(long[] order) {
        for (int i = 0; i < order.length; i++) {
            if (order[i] != i) {
                return false;
            }
        }
        return true;
    }

    private static long[] ones(int count) {
        long[] ones = new long[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private boolean isKnown(String value) {
        return shape(value)
                .filter(shape -> shape.dims().stream().noneMatch(Dim.Unknown.class::isInstance))
                .isPresent();
    }

    private Optional<long[]> longs(String constant) {
        return draft.constant(constant).map(Tensor::toLongs);
    }

    private Optional<Shape> shape(String value) {
        return types.tensor(value).flatMap(type -> Optional.ofNullable(type.shape()));
    }
}
