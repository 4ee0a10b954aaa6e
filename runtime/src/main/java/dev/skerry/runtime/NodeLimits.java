package dev.skerry.runtime;

import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks the limits of an operator as {@code accelerators.tsv} writes them. What isn't known of a node isn't held against it. */
final class NodeLimits {
    private final NodeNumbers numbers;

    NodeLimits(NodeNumbers numbers) {
        this.numbers = numbers;
    }

    /** What a node exceeds, in words; null where nothing. */
    @Nullable
    String objection(Node node, AcceleratorTable.Rule rule) {
        for (String limit : rule.limits()) {
            int colon = limit.indexOf(':');
            String value = limit.substring(colon + 1);
            String objection = switch (limit.substring(0, colon)) {
                case "spatial" -> within("spatial dimensions", value, kernel(node).length);
                case "kernel" -> each("kernel", value, kernel(node));
                case "stride" -> each("stride", value, strides(node));
                case "height" -> within("height of the kernel", value, first(dilated(node)));
                case "area" -> within("area of the kernel", value, product(dilated(node)));
                case "rank" -> within("rank", value, rank(node));
                case "batch" -> within("batch", value + ".." + value, batch(node));
                case "elements" -> within("size of the last axis", value, last(node));
                case "const" -> constant(node, Integer.parseInt(value));
                case "clip" -> clip(node);
                case "axes" -> axes(node);
                case "order" -> node.intAttribute("p", 2) == Long.parseLong(value) ? null : "p isn't " + value;
                case "indices" -> indices(node);
                case "bank" -> bank(node, value);
                default -> throw new IllegalStateException("an unknown limit: " + limit);
            };
            if (objection != null) {
                return objection;
            }
        }
        return null;
    }

    private static @Nullable String each(String what, String range, long[] sizes) {
        return Arrays.stream(sizes)
                .mapToObj(size -> Optional.ofNullable(within(what, range, size)))
                .flatMap(Optional::stream)
                .findFirst()
                .orElse(null);
    }

    /** @param size 0 where it isn't known */
    private static @Nullable String within(String what, String range, long size) {
        String[] ends = range.split("\\.\\.", -1);
        long low = Long.parseLong(ends[0]);
        long high = Long.parseLong(ends[ends.length - 1]);
        return size == 0 || size >= low && size <= high
                ? null
                : String.format(
                        Locale.ROOT, "%s %d, taken are %s", what, size, low == high ? low : low + " to " + high);
    }

    private long[] kernel(Node node) {
        return node.intsAttribute("kernel_shape").orElseGet(() -> {
            boolean hasWeights = node.is("Conv") || node.is("ConvTranspose");
            long[] dims = hasWeights ? sizes(node.input(1)) : new long[0];
            return dims.length > 2 ? Arrays.copyOfRange(dims, 2, dims.length) : new long[0];
        });
    }

    private static long[] strides(Node node) {
        return node.intsAttribute("strides").orElse(new long[0]);
    }

    private long[] dilated(Node node) {
        long[] kernel = kernel(node).clone();
        long[] dilations = node.intsAttribute("dilations").orElse(new long[0]);
        for (int i = 0; i < kernel.length && i < dilations.length; i++) {
            kernel[i] = (kernel[i] - 1) * dilations[i] + 1;
        }
        return kernel;
    }

    private static long first(long[] sizes) {
        return sizes.length < 2 ? 0 : sizes[0];
    }

    private static long product(long[] sizes) {
        return sizes.length == 0 ? 0 : Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
    }

    private long rank(Node node) {
        return node.inputs().isEmpty()
                ? 0
                : numbers.shape(node.input(0))
                        .map(shape -> (long) shape.dims().size())
                        .orElse(0L);
    }

    private long batch(Node node) {
        long[] dims = node.inputs().isEmpty() ? new long[0] : sizes(node.input(0));
        boolean weight = !node.inputs().isEmpty() && numbers.constant(node.input(0)) != null;
        return dims.length < 2 || weight ? 0 : dims[0];
    }

    private long last(Node node) {
        long[] dims = sizes(node.input(0));
        return dims.length == 0 ? 0 : dims[dims.length - 1];
    }

    private @Nullable String constant(Node node, int index) {
        return node.hasInput(index) && numbers.constant(node.input(index)) == null
                ? "input " + node.input(index) + " isn't constant"
                : null;
    }

    /** ReLU6, ReLU between −1 and 1, and ReLU. */
    private @Nullable String clip(Node node) {
        double low = bound(node, 1, "min", Double.NEGATIVE_INFINITY);
        double high = bound(node, 2, "max", Double.POSITIVE_INFINITY);
        boolean known = low == 0 && (high == 6 || high > 1e30) || low == -1 && high == 1;
        return known
                ? null
                : String.format(Locale.ROOT, "bounds %.3g and %.3g are no ReLU, ReLU6 or ReLU-1-to-1", low, high);
    }

    private double bound(Node node, int index, String attribute, double otherwise) {
        Tensor given = node.hasInput(index) ? numbers.constant(node.input(index)) : null;
        return given != null && given.elements() == 1
                ? given.valueAt(0)
                : node.floatAttribute(attribute, (float) otherwise);
    }

    /** Height and width of a tensor of rank 4, with channels first or last; nothing else. */
    private @Nullable String axes(Node node) {
        long rank = rank(node);
        Tensor given = node.hasInput(1) ? numbers.integers(node.input(1)) : null;
        if (node.is("Pad")) {
            if (given == null || given.elements() != 8) {
                return rank == 4 || rank == 0 ? null : "rank " + rank + ", padded are height and width of rank 4";
            }
            boolean firstTwo = given.longAt(0) != 0 || given.longAt(4) != 0;
            boolean channels = given.longAt(1) != 0 || given.longAt(5) != 0;
            boolean lasts = given.longAt(3) != 0 || given.longAt(7) != 0;
            return firstTwo || channels && lasts ? "it pads other axes than height and width" : null;
        }
        long[] axes = node.intsAttribute("axes").orElseGet(() -> given == null ? new long[0] : given.toLongs());
        long[] wrapped = Arrays.stream(axes)
                .map(axis -> axis < 0 ? axis + rank : axis)
                .sorted()
                .toArray();
        boolean spatial = Arrays.equals(wrapped, new long[] {2, 3})
                || Arrays.equals(wrapped, new long[] {1, 2})
                || rank == 3 && wrapped.length == 1 && wrapped[0] > 0;
        return rank == 0 || axes.length == 0 || spatial
                ? null
                : "it reduces axes " + Arrays.toString(axes) + " of rank " + rank + ", taken are height and width";
    }

    private @Nullable String indices(Node node) {
        Tensor given = node.hasInput(1) ? numbers.integers(node.input(1)) : null;
        for (long i = 0; given != null && i < given.elements(); i++) {
            if (given.longAt(i) < 0) {
                return "index " + given.longAt(i) + ", taken are those that aren't negative";
            }
        }
        return null;
    }

    /** Kernel × groups of input channels within the depth of a bank. */
    private @Nullable String bank(Node node, String value) {
        String[] parts = value.split("/", -1);
        long[] weights = sizes(node.input(1));
        if (weights.length < 2) {
            return null;
        }
        long parallel = Long.parseLong(parts[1]);
        long need = product(kernel(node)) * ((weights[1] + parallel - 1) / parallel);
        return need <= Long.parseLong(parts[0])
                ? null
                : "kernel × input channels ÷ " + parallel + " is " + need + ", the bank holds " + parts[0];
    }

    private long[] sizes(String value) {
        return numbers.shape(value).filter(Shape::isStatic).map(Shape::sizes).orElse(new long[0]);
    }
}
