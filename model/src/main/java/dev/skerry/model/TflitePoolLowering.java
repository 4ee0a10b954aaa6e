package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteScales;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Writing of pooling, resizing, and moving between depth and space. */
final class TflitePoolLowering {
    private static final int POOL = 5;
    private static final int RESIZE_BILINEAR = 15;
    private static final int SPACE_TO_DEPTH = 19;
    private static final int RESIZE_NEAREST = 74;
    private static final int DEPTH_TO_SPACE = 94;

    private TflitePoolLowering() {}

    private static TfliteWindow window(TfliteStep step) {
        long[] kernel = step.node()
                .intsAttribute("kernel_shape")
                .orElseThrow(() -> step.refuse("the size of its window isn't given"));
        if (Arrays.stream(step.node().intsAttribute("dilations").orElse(new long[0]))
                .anyMatch(d -> d != 1)) {
            throw step.refuse("its window is dilated");
        }
        return TfliteWindow.of(step, step.in(0), kernel);
    }

    private static TfliteOptions options(TfliteWindow window, int padding, int activation) {
        return TfliteOptions.of(POOL)
                .withByte(0, padding)
                .with(1, (int) window.strides()[1])
                .with(2, (int) window.strides()[0])
                .with(3, (int) window.kernel()[1])
                .with(4, (int) window.kernel()[0])
                .withByte(5, activation);
    }

    /** The largest of integers stands for the largest of what they mean. */
    static void max(TfliteStep step) {
        if (step.node().outputs().size() > 1) {
            throw step.refuse("the places of the largest are asked for");
        }
        largest(step, window(step));
    }

    static void globalMax(TfliteStep step) {
        long[] dims = step.dims(step.in(0));
        largest(step, TfliteWindow.of(step, step.in(0), Arrays.copyOfRange(dims, 2, dims.length)));
    }

    private static void largest(TfliteStep step, TfliteWindow window) {
        String from = step.source(step.in(0));
        String to = step.moved(from, 0);
        TfliteAxes images = TfliteAxes.images(step.rank(from));
        int image = step.forms().stored(from, images);
        int padding = window.padding();
        if (padding < 0) {
            image = window.padded(step, image, -Float.MAX_VALUE);
            padding = TfliteWindow.VALID;
        }
        step.add(
                "MAX_POOL_2D",
                options(window, padding, 0),
                List.of(image),
                step.forms().make(to, images));
    }

    /** Integers are averaged as they are, so that scales that differ take a QUANTIZE. */
    static void average(TfliteStep step) {
        TfliteWindow window = window(step);
        String x = step.in(0);
        step.integers(List.of(x));
        boolean rescales = step.isInIntegers() && !step.forms().scalesBehind(x).sameAs(step.resultScales());
        if (rescales && window.isWhole() && step.activation() == 0) {
            TfliteReductionLowering.reduce(
                    step, "MEAN", IntStream.range(2, step.rank(x)).toArray(), true);
            return;
        }
        TfliteAxes images = TfliteAxes.images(step.rank(x));
        int image = step.operand(x, images);
        int padding = window.padding();
        boolean counts = step.node().intAttribute("count_include_pad", 0) != 0;
        if (window.isPadded() && (counts || padding < 0)) {
            if (!counts) {
                throw step.refuse("its padding isn't that of SAME, and isn't to be counted");
            }
            image = window.padded(step, image, 0);
            padding = TfliteWindow.VALID;
        }
        TfliteScales scales = step.isInIntegers() ? step.forms().scalesBehind(x) : null;
        TfliteOptions options = options(window, padding, step.activation());
        if (scales == null) {
            step.make("AVERAGE_POOL_2D", options, List.of(image), images);
        } else {
            step.makeScaled(scales, "AVERAGE_POOL_2D", options, List.of(image), images);
        }
    }

    static void globalAverage(TfliteStep step) {
        int rank = step.rank(step.in(0));
        TfliteReductionLowering.reduce(step, "MEAN", IntStream.range(2, rank).toArray(), true);
    }

    static void resize(TfliteStep step) {
        Node node = step.node();
        String x = step.in(0);
        long[] in = step.dims(x);
        long[] out = step.outDims();
        if (in.length != 4 || in[0] != out[0] || in[1] != out[1]) {
            throw step.refuse("it resizes more than height and width");
        }
        requireWholeScales(step, in, out);
        String mode = node.stringAttribute("mode", "nearest");
        String places =
                node.stringAttribute("coordinate_transformation_mode", step.opset() < 11 ? "asymmetric" : "half_pixel");
        boolean whole = out[2] % in[2] == 0 && out[3] % in[3] == 0;
        if (places.equals("pytorch_half_pixel") && out[2] > 1 && out[3] > 1) {
            places = "half_pixel";
        }
        boolean corners = places.equals("align_corners");
        boolean centers = places.equals("half_pixel");
        if (!corners && !centers && !places.equals("asymmetric")) {
            throw step.refuse("it places pixels by " + places);
        }
        int size = step.draft().ints("size", new long[] {2}, out[2], out[3]);
        TfliteAxes images = TfliteAxes.images(4);
        switch (mode) {
            case "linear" -> {
                step.integers(List.of(x));
                TfliteOptions options =
                        TfliteOptions.of(RESIZE_BILINEAR).withFlag(2, corners).withFlag(3, centers);
                List<Integer> inputs = List.of(step.operand(x, images), size);
                if (step.isInIntegers()) {
                    step.makeScaled(step.forms().scalesBehind(x), "RESIZE_BILINEAR", options, inputs, images);
                } else {
                    step.make("RESIZE_BILINEAR", options, inputs, images);
                }
            }
            case "nearest" -> {
                String rounding =
                        node.stringAttribute("nearest_mode", step.opset() < 11 ? "floor" : "round_prefer_floor");
                boolean fits = corners || centers
                        ? rounding.equals("round_prefer_ceil") || centers && whole && rounding.startsWith("round")
                        : rounding.equals("floor");
                if (!fits) {
                    throw step.refuse("it rounds the places of pixels by " + rounding);
                }
                String from = step.source(x);
                String to = step.moved(from, 0);
                List<Integer> inputs = List.of(step.forms().stored(from, images), size);
                step.add(
                        "RESIZE_NEAREST_NEIGHBOR",
                        TfliteOptions.of(RESIZE_NEAREST).withFlag(0, corners).withFlag(1, centers),
                        inputs,
                        step.forms().make(to, images));
            }
            default -> throw step.refuse("it interpolates by " + mode);
        }
    }

    /** Sizes alone say how far pixels lie apart; scales that were rounded to sizes say something else. */
    private static void requireWholeScales(TfliteStep step, long[] in, long[] out) {
        int input = step.opset() >= 11 ? 2 : 1;
        var scales = step.constant(input);
        if (scales == null ? !step.has(input) : scales.content().elements() == 0) {
            return;
        }
        if (scales == null || scales.content().elements() != in.length) {
            throw step.refuse("its scales aren't constants for all axes", "a Resize by sizes");
        }
        for (int axis = 0; axis < in.length; axis++) {
            if (scales.content().valueAt(axis) * in[axis] != out[axis]) {
                throw step.refuse("its scales don't lead to whole sizes", "a Resize by sizes");
            }
        }
    }

    static void depthToSpace(TfliteStep step) {
        if (!step.node().stringAttribute("mode", "DCR").equals("DCR")) {
            throw step.refuse("it counts channels before the places in a block");
        }
        blocks(step, "DEPTH_TO_SPACE", DEPTH_TO_SPACE);
    }

    static void spaceToDepth(TfliteStep step) {
        blocks(step, "SPACE_TO_DEPTH", SPACE_TO_DEPTH);
    }

    private static void blocks(TfliteStep step, String operator, int table) {
        String from = step.source(step.in(0));
        String to = step.moved(from, 0);
        TfliteAxes images = TfliteAxes.images(4);
        int size = (int) step.node().intAttribute("blocksize", 1);
        int x = step.forms().stored(from, images);
        step.add(
                operator,
                TfliteOptions.of(table).with(0, size),
                List.of(x),
                step.forms().make(to, images));
    }
}
