package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Constants that a node only cuts, joins, turns or reshapes are stored as they come out. Exporters write the weights of an LSTM
 * like that: gate by gate cut from a matrix and joined in another order.
 */
final class WeightPieces {
    /** What small constants may add. */
    private static final long SLACK_BYTES = 4096;

    private WeightPieces() {}

    /** The same graph where folding would make it larger, as it does when many nodes cut from one table. */
    static Graph fold(Graph graph) {
        Graph folded = Subgraphs.rewrite(graph, Surroundings.of(graph), WeightPieces::fold);
        Graph shared = SharedConstants.share(Subgraphs.rewrite(folded, DeadCode::remove));
        return bytes(shared) <= bytes(graph) + SLACK_BYTES ? shared : graph;
    }

    private static Graph fold(Graph graph, Surroundings around) {
        var draft = new Draft(graph, around);
        for (Node node : graph.nodes()) {
            if (node.isStandard() && node.outputs().size() == 1 && !draft.isOutput(node.output(0))) {
                folded(node, draft).ifPresent(tensor -> {
                    draft.initializers.put(node.output(0), tensor.withName(node.output(0)));
                    draft.remove(node);
                });
            }
        }
        return draft.toGraph();
    }

    private static long bytes(Graph graph) {
        return Subgraphs.all(graph).stream()
                .flatMap(each -> each.initializers().values().stream())
                .mapToLong(Tensor::byteSize)
                .sum();
    }

    private static Optional<Tensor> folded(Node node, Draft draft) {
        Optional<Tensor> data =
                draft.constant(node.input(0)).filter(tensor -> tensor.type().bits() >= 8);
        if (data.isEmpty()) {
            return Optional.empty();
        }
        return switch (node.op()) {
            case "Slice" -> slice(node, data.get(), draft);
            case "Transpose" -> Optional.of(transpose(node, data.get()));
            case "Concat" -> concat(node, data.get(), draft);
            default -> Constants.shapeAfter(node, data.get(), draft).map(data.get()::reshape);
        };
    }

    private static Optional<Tensor> slice(Node node, Tensor data, Draft draft) {
        Optional<long[]> starts = draft.constant(node.input(1)).map(Tensor::toLongs);
        Optional<long[]> ends = draft.constant(node.input(2)).map(Tensor::toLongs);
        Optional<long[]> axes = draft.constant(node.input(3)).map(Tensor::toLongs);
        Optional<long[]> steps = draft.constant(node.input(4)).map(Tensor::toLongs);
        if (starts.isEmpty()
                || ends.isEmpty()
                || node.hasInput(3) && axes.isEmpty()
                || node.hasInput(4) && steps.isEmpty()) {
            return Optional.empty();
        }
        long[] dims = data.dims();
        long[] strides = strides(dims);
        long offset = 0;
        for (int i = 0; i < starts.get().length; i++) {
            int axis = (int) (axes.isEmpty() ? i : axes.get()[i]);
            axis = axis < 0 ? axis + dims.length : axis;
            if (steps.isPresent() && steps.get()[i] != 1) {
                return Optional.empty();
            }
            long start = clamp(starts.get()[i], dims[axis]);
            offset += start * strides[axis];
            dims[axis] = Math.max(0, clamp(ends.get()[i], dims[axis]) - start);
        }
        return Optional.of(view(data, dims, strides, offset));
    }

    private static long clamp(long position, long size) {
        return Math.clamp(position < 0 ? position + size : position, 0, size);
    }

    private static Tensor transpose(Node node, Tensor data) {
        long[] dims = data.dims();
        long[] strides = strides(dims);
        int rank = dims.length;
        long[] order = node.attributes().get("perm") instanceof Attribute.Ints perm ? perm.toArray() : new long[rank];
        if (!node.attributes().containsKey("perm")) {
            Arrays.setAll(order, i -> rank - 1 - i);
        }
        long[] turnedDims = new long[rank];
        long[] turnedStrides = new long[rank];
        for (int i = 0; i < rank; i++) {
            turnedDims[i] = dims[(int) order[i]];
            turnedStrides[i] = strides[(int) order[i]];
        }
        return view(data, turnedDims, turnedStrides, 0);
    }

    private static Optional<Tensor> concat(Node node, Tensor first, Draft draft) {
        long[] dims = first.dims();
        int axis = (int) node.intAttribute("axis", 0);
        axis = axis < 0 ? axis + dims.length : axis;
        dims[axis] = 0;
        Map<String, Tensor> parts = new HashMap<>();
        for (String input : node.inputs()) {
            Optional<Tensor> part = draft.constant(input).filter(tensor -> tensor.type() == first.type());
            if (part.isEmpty() || part.get().rank() != dims.length) {
                return Optional.empty();
            }
            parts.put(input, part.get());
            dims[axis] += part.get().dims()[axis];
        }
        int width = first.type().bits() / 8;
        long outer = 1;
        for (int i = 0; i < axis; i++) {
            outer *= dims[i];
        }
        byte[] bytes = new byte[Math.toIntExact(width * Arrays.stream(dims).reduce(1, (a, b) -> a * b))];
        MemorySegment to = MemorySegment.ofArray(bytes);
        long at = 0;
        for (long row = 0; row < outer; row++) {
            for (String input : node.inputs()) {
                Tensor part = parts.getOrDefault(input, first);
                long run = part.byteSize() / outer;
                MemorySegment.copy(part.data(), row * run, to, at, run);
                at += run;
            }
        }
        return Optional.of(Tensor.of(node.output(0), first.type(), dims, to));
    }

    private static long[] strides(long[] dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    /** The elements at {@code offset} + the sum of coordinate × stride. */
    private static Tensor view(Tensor data, long[] dims, long[] strides, long offset) {
        int width = data.type().bits() / 8;
        int count = Math.toIntExact(Arrays.stream(dims).reduce(1, (a, b) -> a * b));
        MemorySegment to = MemorySegment.ofArray(new byte[count * width]);
        long[] at = new long[dims.length];
        long from = offset;
        for (int i = 0; i < count; i++) {
            MemorySegment.copy(data.data(), from * width, to, (long) i * width, width);
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                from += strides[axis];
                if (++at[axis] < dims[axis]) {
                    break;
                }
                from -= strides[axis] * dims[axis];
                at[axis] = 0;
            }
        }
        return Tensor.of(data.name(), data.type(), dims, to);
    }
}
