package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Rewrites that need no arithmetic: constants become initializers, nodes that do nothing go, weights get their final shape. */
final class Constants {
    private Constants() {}

    /** Each Constant node of numbers becomes an initializer, so that later passes find all constants in one place. */
    static Graph toInitializers(Graph graph) {
        var draft = new Draft(graph);
        for (Node node : graph.nodes()) {
            // an output must come from a node in some runtimes, so that such a constant stays
            if (node.is("Constant") && !draft.isOutput(node.output(0))) {
                valueOf(node).ifPresent(tensor -> {
                    draft.initializers.put(node.output(0), tensor);
                    draft.remove(node);
                });
            }
        }
        return draft.toGraph();
    }

    private static Optional<Tensor> valueOf(Node constant) {
        String name = constant.output(0);
        for (Attribute attribute : constant.attributes().values()) {
            switch (attribute) {
                case Attribute.TensorValue(Tensor value) -> {
                    return Optional.of(value.withName(name));
                }
                case Attribute.FloatValue(float value) -> {
                    return Optional.of(Tensor.ofFloats(name, new long[0], value));
                }
                case Attribute.IntValue(long value) -> {
                    return Optional.of(Tensor.ofLongs(name, new long[0], value));
                }
                case Attribute.Ints ints -> {
                    long[] values = ints.toArray();
                    return Optional.of(Tensor.ofLongs(name, new long[] {values.length}, values));
                }
                case Attribute.Floats(List<Float> values) -> {
                    float[] array = new float[values.size()];
                    for (int i = 0; i < array.length; i++) {
                        array[i] = values.get(i);
                    }
                    return Optional.of(Tensor.ofFloats(name, new long[] {array.length}, array));
                }
                default -> {}
            }
        }
        return Optional.empty();
    }

    /** Identity, and Dropout as it is in inference, whose mask nobody reads. */
    static Graph withoutIdentities(Graph graph) {
        var draft = new Draft(graph);
        for (Node original : graph.nodes()) {
            if (!doesNothing(original, draft)) {
                continue;
            }
            Node node = draft.producer(original.output(0)).orElseThrow();
            String from = node.input(0);
            String to = node.output(0);
            if (!draft.isOutput(to)) {
                draft.remove(node);
                draft.redirect(to, from);
            } else if (!draft.isInput(from)
                    && !draft.isOutput(from)
                    && draft.constant(from).isEmpty()) {
                Optional<Node> producer = draft.producer(from);
                if (producer.isPresent()) {
                    draft.remove(node);
                    draft.redirect(from, to);
                    draft.replace(producer.get(), renameOutput(producer.get(), from, to));
                }
            }
        }
        return draft.toGraph();
    }

    private static boolean doesNothing(Node node, Draft draft) {
        if (node.is("Identity")) {
            return true;
        }
        if (!node.is("Dropout")) {
            return false;
        }
        boolean maskUnread = node.output(1).isEmpty()
                || draft.consumers(node.output(1)).isEmpty() && !draft.isOutput(node.output(1));
        boolean inference = !node.hasInput(2)
                || draft.constant(node.input(2))
                        .map(mode -> mode.longAt(0) == 0)
                        .orElse(false);
        return maskUnread && inference;
    }

    private static Node renameOutput(Node node, String from, String to) {
        return node.withOutputs(node.outputs().stream()
                .map(output -> output.equals(from) ? to : output)
                .toList());
    }

    /** A constant that a node only gives another shape gets that shape itself. */
    static Graph foldReshapes(Graph graph) {
        var draft = new Draft(graph);
        for (Node node : graph.nodes()) {
            Optional<Tensor> data = draft.constant(node.input(0));
            if (data.isEmpty() || draft.isOutput(node.output(0)) || !node.isStandard()) {
                continue;
            }
            shapeAfter(node, data.get(), draft).ifPresent(dims -> {
                draft.initializers.put(
                        node.output(0), data.get().withName(node.output(0)).reshape(dims));
                draft.remove(node);
            });
        }
        return draft.toGraph();
    }

    /** The dimensions that the node gives its input, where it changes nothing else. */
    static Optional<long[]> shapeAfter(Node node, Tensor data, Draft draft) {
        Optional<long[]> argument = draft.constant(node.input(1))
                .filter(tensor -> tensor.type() == DataType.INT64)
                .map(Tensor::toLongs);
        return switch (node.op()) {
            case "Reshape" ->
                node.intAttribute("allowzero", 0) != 0
                        ? Optional.empty()
                        : argument.map(shape -> reshaped(data.dims(), shape, data.elements()));
            case "Unsqueeze" -> argument.map(axes -> unsqueezed(data.dims(), axes));
            case "Squeeze" -> argument.map(axes -> squeezed(data.dims(), axes));
            case "Flatten" -> {
                int axis = (int) node.intAttribute("axis", 1);
                int split = axis < 0 ? axis + data.rank() : axis;
                long rows = Arrays.stream(data.dims(), 0, split).reduce(1, Math::multiplyExact);
                yield rows == 0 ? Optional.empty() : Optional.of(new long[] {rows, data.elements() / rows});
            }
            default -> Optional.empty();
        };
    }

    private static long[] reshaped(long[] from, long[] shape, long elements) {
        long[] to = shape.clone();
        int open = -1;
        long known = 1;
        for (int i = 0; i < to.length; i++) {
            if (to[i] == 0) {
                to[i] = from[i];
            }
            if (to[i] < 0) {
                open = i;
            } else {
                known *= to[i];
            }
        }
        if (open >= 0) {
            to[open] = known == 0 ? 0 : elements / known;
        }
        return to;
    }

    private static long[] unsqueezed(long[] from, long[] axes) {
        int rank = from.length + axes.length;
        List<Integer> ones = Arrays.stream(axes)
                .mapToObj(axis -> (int) (axis < 0 ? axis + rank : axis))
                .toList();
        var to = new ArrayList<Long>();
        int next = 0;
        for (int i = 0; i < rank; i++) {
            to.add(ones.contains(i) ? 1L : from[next++]);
        }
        return to.stream().mapToLong(Long::longValue).toArray();
    }

    private static long[] squeezed(long[] from, long[] axes) {
        var to = new ArrayList<Long>();
        for (int i = 0; i < from.length; i++) {
            int axis = i;
            if (Arrays.stream(axes).noneMatch(each -> each == axis || each + from.length == axis)) {
                to.add(from[i]);
            }
        }
        return to.stream().mapToLong(Long::longValue).toArray();
    }
}
