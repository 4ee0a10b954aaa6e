package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Resampling of images and other grids. */
final class ResizeRules {
    static final Map<String, Rule> RULES = Map.of(
            "Resize", ResizeRules::resize,
            "Upsample", ResizeRules::upsample,
            "GridSample", ResizeRules::gridSample,
            "AffineGrid", ResizeRules::affineGrid,
            "ImageDecoder", op -> op.set(0, DataType.UINT8, List.of(Dims.UNKNOWN, Dims.UNKNOWN, channels(op))));

    private ResizeRules() {}

    private static Dim channels(Operation op) {
        return Dim.of(op.node().stringAttribute("pixel_format", "RGB").equals("Grayscale") ? 1 : 3);
    }

    private static void upsample(Operation op) {
        List<Dim> x = op.dims(0);
        double[] scales = null;
        if (op.node().attributes().get("scales") instanceof Attribute.Floats(List<Float> values)) {
            scales = values.stream().mapToDouble(Float::doubleValue).toArray();
        } else if (op.node().attributes().containsKey("height_scale")) {
            scales = new double[] {
                1, 1, op.node().floatAttribute("height_scale", 1), op.node().floatAttribute("width_scale", 1)
            };
        } else {
            scales = op.reals(1);
        }
        op.set(0, op.element(0), x == null ? null : scaled(op, x, scales, null, allAxes(x.size())));
    }

    private static void resize(Operation op) {
        List<Dim> x = op.dims(0);
        if (x == null) {
            op.set(0, op.element(0), null);
            return;
        }
        int scalesInput = op.opset() < 11 ? 1 : 2;
        int[] axes = op.node()
                .intsAttribute("axes")
                .map(given -> LongStream.of(given)
                        .mapToInt(axis -> op.axis(axis, x.size()))
                        .toArray())
                .orElse(allAxes(x.size()));
        List<Dim> y;
        // files of opset 11 give an empty tensor of scales where the sizes rule
        if (op.has(3)) {
            y = sized(op, x, axes);
        } else {
            boolean cropped = op.node()
                    .stringAttribute("coordinate_transformation_mode", "")
                    .equals("tf_crop_and_resize");
            double[] region = cropped ? op.reals(1) : null;
            double[] scales = op.reals(scalesInput);
            y = cropped && region == null ? Dims.unknown(x.size()) : scaled(op, x, scales, region, axes);
        }
        op.set(0, op.element(0), y);
    }

    private static int[] allAxes(int rank) {
        return java.util.stream.IntStream.range(0, rank).toArray();
    }

    private static List<Dim> scaled(
            Operation op, List<Dim> x, double @Nullable [] scales, double @Nullable [] region, int[] axes) {
        List<Dim> y = new ArrayList<>(x);
        if (scales != null && scales.length != axes.length) {
            throw new Mismatch(scales.length + " scales do not fit " + axes.length + " axes of " + op.describe(0));
        }
        for (int i = 0; i < axes.length; i++) {
            Dim dim = x.get(axes[i]);
            double part = region == null ? 1 : region[i + axes.length] - region[i];
            if (scales == null) {
                y.set(axes[i], Dims.UNKNOWN);
            } else if (dim instanceof Dim.Known(long size)) {
                // the specification multiplies in float
                y.set(axes[i], Dim.of((long) Math.floor((float) size * (float) part * (float) scales[i])));
            } else if (scales[i] != 1 || part != 1) {
                y.set(
                        axes[i],
                        scales[i] == Math.rint(scales[i]) && part == 1
                                ? Dims.times(dim, Dim.of((long) scales[i]))
                                : Dims.UNKNOWN);
            }
        }
        return y;
    }

    private static List<Dim> sized(Operation op, List<Dim> x, int[] axes) {
        List<Dim> y = new ArrayList<>(x);
        Elements known = op.elements(3);
        List<Dim> sizes = known == null ? Dims.unknown(axes.length) : known.sizes();
        String policy = op.node().stringAttribute("keep_aspect_ratio_policy", "stretch");
        if (sizes.size() != axes.length) {
            throw new Mismatch(sizes.size() + " sizes do not fit " + axes.length + " axes of " + op.describe(0));
        }
        double scale = policy.equals("not_larger") ? Double.MAX_VALUE : 0;
        for (int i = 0; i < axes.length; i++) {
            y.set(axes[i], sizes.get(i));
            if (x.get(axes[i]) instanceof Dim.Known(long from) && sizes.get(i) instanceof Dim.Known(long to)) {
                double ratio = (double) to / from;
                scale = policy.equals("not_larger") ? Math.min(scale, ratio) : Math.max(scale, ratio);
            } else {
                scale = Double.NaN;
            }
        }
        if (!policy.equals("stretch")) {
            for (int axis : axes) {
                y.set(
                        axis,
                        x.get(axis) instanceof Dim.Known(long from) && !Double.isNaN(scale)
                                ? Dim.of((long) Math.floor(from * scale + 0.5))
                                : Dims.UNKNOWN);
            }
        }
        return y;
    }

    private static void gridSample(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> grid = op.dims(1);
        List<Dim> y = null;
        if (x != null && grid != null && grid.size() == x.size()) {
            y = new ArrayList<>(x.subList(0, 2));
            y.addAll(grid.subList(1, grid.size() - 1));
        }
        op.set(0, op.element(0), y);
    }

    private static void affineGrid(Operation op) {
        Elements size = op.elements(1);
        List<Dim> y = null;
        if (size != null && size.size() >= 4) {
            y = new ArrayList<>(size.sizes());
            y.remove(1);
            y.add(Dim.of(size.size() - 2L));
        }
        op.set(0, op.element(0), y);
    }
}
