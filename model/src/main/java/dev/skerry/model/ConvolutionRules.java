package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Convolutions: [N, channels, spatial…] and weights [filters, channels ÷ group, kernel…]. */
final class ConvolutionRules {
    static final Map<String, Rule> RULES = Map.of(
            "Conv", op -> convolve(op, 1, op.element(0)),
            "com.microsoft:FusedConv", op -> convolve(op, 1, op.element(0)),
            "ConvInteger", op -> convolve(op, 1, DataType.INT32),
            "QLinearConv", op -> convolve(op, 3, op.element(7)),
            "DeformConv", op -> convolve(op, 1, op.element(0)),
            "ConvTranspose", ConvolutionRules::transposed,
            "CausalConvWithState", ElementwiseRules::same,
            "Col2Im", ConvolutionRules::col2im);

    private ConvolutionRules() {}

    private static void convolve(Operation op, int weights, @Nullable DataType element) {
        List<Dim> x = op.dims(0);
        List<Dim> w = op.dims(weights);
        if (x == null || x.size() < 2) {
            op.set(0, element, x);
            return;
        }
        if (w != null) {
            if (w.size() != x.size()) {
                throw op.mismatch("input and weights need the same number of dimensions", 0, weights);
            }
            long group = op.attribute("group", 1);
            if (x.get(1) instanceof Dim.Known(long channels)
                    && w.get(1) instanceof Dim.Known(long perGroup)
                    && channels != perGroup * group) {
                throw op.mismatch(
                        "the input has " + channels + " channels, the weights take " + perGroup * group, 0, weights);
            }
            if (group > 1 && w.getFirst() instanceof Dim.Known(long filters) && filters % group != 0) {
                throw op.mismatch(filters + " filters do not divide into " + group + " groups", 0, weights);
            }
        }
        List<Dim> y = new ArrayList<>(List.of(x.getFirst(), w == null ? Dims.UNKNOWN : w.getFirst()));
        long[] kernel = Window.kernel(op, weights);
        Window window = kernel == null ? null : Window.of(op, kernel);
        for (int i = 2; i < x.size(); i++) {
            y.add(window == null ? Dims.UNKNOWN : window.places(x.get(i), i - 2));
        }
        op.set(0, element, y);
    }

    private static void transposed(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> w = op.dims(1);
        if (x == null) {
            op.set(0, op.element(0), null);
            return;
        }
        if (w != null && Dims.differ(x.get(1), w.getFirst())) {
            throw op.mismatch("input channels differ from those of the weights", 0, 1);
        }
        List<Dim> y = new ArrayList<>(List.of(
                x.getFirst(), w == null ? Dims.UNKNOWN : Dims.times(w.get(1), Dim.of(op.attribute("group", 1)))));
        long[] kernel = Window.kernel(op, 1);
        long[] wanted = op.node().intsAttribute("output_shape").orElse(null);
        for (int i = 2; i < x.size(); i++) {
            Dim dim = Dims.UNKNOWN;
            if (wanted != null) {
                // some exporters give the two leading dimensions as well
                dim = Dim.of(wanted[i - 2 + (wanted.length == x.size() ? 2 : 0)]);
            } else if (kernel != null && x.get(i) instanceof Dim.Known(long size)) {
                dim = Dim.of(grown(op, Window.of(op, kernel), size, i - 2));
            }
            y.add(dim);
        }
        op.set(0, op.element(0), y);
    }

    private static long grown(Operation op, Window window, long size, int axis) {
        if (window.keepsSize()) {
            return size * window.stride(axis);
        }
        long[] more = op.node().intsAttribute("output_padding").orElse(new long[axis + 1]);
        return window.stride(axis) * (size - 1) + more[axis] + window.span(axis) - window.around(axis);
    }

    private static void col2im(Operation op) {
        List<Dim> x = op.dims(0, 3);
        Elements image = op.elements(1);
        Elements block = op.elements(2);
        if (x != null && image != null) {
            List<Dim> y = new ArrayList<>(List.of(
                    x.getFirst(), block == null ? Dims.UNKNOWN : Dims.quotient(List.of(x.get(1)), block.sizes())));
            y.addAll(image.sizes());
            op.set(0, op.element(0), y);
        } else {
            op.set(0, op.element(0), null);
        }
    }
}
