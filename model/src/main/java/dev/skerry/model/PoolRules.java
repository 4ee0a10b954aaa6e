package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Pools: the largest or mean of a sliding window, of a whole plane, or of regions. */
final class PoolRules {
    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("AveragePool", PoolRules::pool),
            Map.entry("MaxPool", PoolRules::pool),
            Map.entry("LpPool", PoolRules::pool),
            Map.entry("com.microsoft:QLinearAveragePool", PoolRules::pool),
            Map.entry("GlobalAveragePool", PoolRules::global),
            Map.entry("GlobalMaxPool", PoolRules::global),
            Map.entry("GlobalLpPool", PoolRules::global),
            Map.entry("com.microsoft:QLinearGlobalAveragePool", PoolRules::global),
            Map.entry("MaxUnpool", PoolRules::unpool),
            Map.entry("MaxRoiPool", PoolRules::maxRoi),
            Map.entry("RoiAlign", PoolRules::roiAlign));

    private PoolRules() {}

    private static void pool(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> y = null;
        long[] kernel = op.node().intsAttribute("kernel_shape").orElse(null);
        if (x != null && kernel != null) {
            if (x.size() != kernel.length + 2) {
                throw new Mismatch("a kernel of " + kernel.length + " axes does not fit " + op.describe(0));
            }
            Window window = Window.of(op, kernel);
            boolean lastChannel = op.attribute("channels_last", 0) != 0;
            y = new ArrayList<>(x);
            int first = lastChannel ? 1 : 2;
            for (int i = 0; i < kernel.length; i++) {
                y.set(first + i, window.places(x.get(first + i), i));
            }
        }
        op.set(0, op.element(0), y);
        op.set(1, DataType.INT64, y);
    }

    private static void global(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> y = null;
        if (x != null) {
            int channel = op.attribute("channels_last", 0) != 0 ? x.size() - 1 : 1;
            y = new ArrayList<>();
            for (int i = 0; i < x.size(); i++) {
                y.add(i == 0 || i == channel ? x.get(i) : Dim.of(1));
            }
        }
        op.set(0, op.element(0), y);
    }

    private static void unpool(Operation op) {
        List<Dim> x = op.dims(0);
        Elements wanted = op.elements(2);
        long[] kernel = op.node().intsAttribute("kernel_shape").orElse(null);
        List<Dim> y = wanted != null ? wanted.sizes() : null;
        if (x != null && kernel != null && !op.has(2)) {
            Window window = Window.of(op, kernel);
            y = new ArrayList<>(x.subList(0, 2));
            for (int i = 0; i < kernel.length; i++) {
                y.add(
                        x.get(i + 2) instanceof Dim.Known(long size)
                                ? Dim.of((size - 1) * window.stride(i) - window.around(i) + kernel[i])
                                : Dims.UNKNOWN);
            }
        }
        op.set(0, op.element(0), y != null || x == null ? y : Dims.unknown(x.size()));
    }

    private static void maxRoi(Operation op) {
        List<Dim> x = op.dims(0, 4);
        List<Dim> regions = op.dims(1, 2);
        long[] pooled = op.node().intsAttribute("pooled_shape").orElse(null);
        if (pooled != null && pooled.length == 2) {
            op.set(0, op.element(0), rois(x, regions, pooled[0], pooled[1]));
        }
    }

    private static void roiAlign(Operation op) {
        List<Dim> x = op.dims(0, 4);
        List<Dim> regions = op.dims(1, 2);
        op.set(0, op.element(0), rois(x, regions, op.attribute("output_height", 1), op.attribute("output_width", 1)));
    }

    private static List<Dim> rois(@Nullable List<Dim> x, @Nullable List<Dim> regions, long height, long width) {
        return List.of(
                regions == null ? Dims.UNKNOWN : regions.getFirst(),
                x == null ? Dims.UNKNOWN : x.get(1),
                Dim.of(height),
                Dim.of(width));
    }
}
