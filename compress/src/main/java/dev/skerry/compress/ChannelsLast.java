package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says the same in the terms of kernels whose pixels have their channels side by side: a dense layer after a flattened image has its
 * weights in that order, and the mean of a whole image is a pool as large as the image. So no element has to move between layers.
 */
final class ChannelsLast {
    private static final List<Long> TO_LAST = List.of(0L, 2L, 3L, 1L);

    private final Draft draft;
    private final Types types;

    private ChannelsLast(Graph graph, Types types) {
        draft = new Draft(graph);
        this.types = types;
    }

    /** @param dims sizes of open dimensions; what has no known size stays as it is */
    static Model prefer(Model model, Map<String, Long> dims) {
        var pass = new ChannelsLast(model.graph(), ShapeInference.infer(model, dims));
        for (Node node : model.graph().nodes()) {
            if (node.is("GlobalAveragePool")) {
                pass.wholePool(node);
            } else if (node.is("Reshape") || node.is("Flatten")) {
                pass.flattening(node);
            }
        }
        return model.withGraph(pass.draft.toGraph());
    }

    private void wholePool(Node node) {
        long[] image = image(node.input(0));
        if (image.length == 0) {
            return;
        }
        draft.replace(
                node,
                Node.of(
                                "AveragePool",
                                node.inputs(),
                                node.outputs(),
                                Map.of("kernel_shape", Attribute.ofInts(image[1], image[2])))
                        .withName(node.name()));
    }

    private void flattening(Node node) {
        String from = node.input(0);
        long[] image = image(from);
        boolean moves = image.length == 3 && image[0] > 1 && image[1] * image[2] > 1;
        Optional<Node> dense = draft.onlyConsumer(node.output(0))
                .filter(next -> (next.is("Gemm") && next.intAttribute("transA", 0) == 0 || next.is("MatMul"))
                        && next.input(0).equals(node.output(0)));
        Optional<Tensor> weight =
                dense.flatMap(next -> draft.constant(next.input(1))).filter(tensor -> tensor.rank() == 2);
        boolean isTurned =
                draft.producer(from).filter(before -> before.is("Transpose")).isPresent();
        if (!moves || isTurned || weight.isEmpty() || !isRow(node.output(0), image[0] * image[1] * image[2])) {
            return;
        }
        Node reader = dense.get();
        String turned = draft.fresh(from + "_last");
        draft.replace(
                node,
                Node.of("Transpose", List.of(from), List.of(turned), Map.of("perm", new Attribute.Ints(TO_LAST))),
                node.withInputs(node.inputs().size() > 1 ? List.of(turned, node.input(1)) : List.of(turned)));
        boolean byOutput = reader.is("Gemm") && reader.intAttribute("transB", 0) != 0;
        String name = draft.fresh(weight.get().name() + "_last");
        draft.initializers.put(
                name, moved(weight.get(), byOutput ? 1 : 0, image).withName(name));
        var inputs = new java.util.ArrayList<>(reader.inputs());
        inputs.set(1, name);
        draft.replace(reader, reader.withInputs(inputs));
    }

    /** Channels, height, width; empty where one isn't known. */
    private long[] image(String value) {
        return types.tensor(value)
                .flatMap(type -> Optional.ofNullable(type.shape()))
                .filter(shape -> shape.rank() == 4)
                .map(shape -> shape.dims().stream()
                        .skip(1)
                        .mapToLong(dim -> dim instanceof Dim.Known(long size) ? size : 0)
                        .toArray())
                .filter(sizes -> Arrays.stream(sizes).allMatch(size -> size > 0))
                .orElse(new long[0]);
    }

    private boolean isRow(String value, long elements) {
        return types.tensor(value)
                .flatMap(type -> Optional.ofNullable(type.shape()))
                .filter(shape -> shape.rank() == 2 && shape.dim(1) instanceof Dim.Known(long size) && size == elements)
                .isPresent();
    }

    /** A matrix whose axis runs over channels, height and width, with the channels last. */
    private static Tensor moved(Tensor weight, int axis, long[] image) {
        int channels = Math.toIntExact(image[0]);
        int area = Math.toIntExact(image[1] * image[2]);
        float[] values = weight.toFloats();
        int others = Math.toIntExact(weight.dims()[1 - axis]);
        float[] moved = new float[values.length];
        for (int channel = 0; channel < channels; channel++) {
            for (int place = 0; place < area; place++) {
                int before = channel * area + place;
                int after = place * channels + channel;
                for (int other = 0; other < others; other++) {
                    int from = axis == 0 ? before * others + other : other * channels * area + before;
                    int to = axis == 0 ? after * others + other : other * channels * area + after;
                    moved[to] = values[from];
                }
            }
        }
        return Tensor.ofFloats(weight.name(), weight.dims(), moved);
    }
}
