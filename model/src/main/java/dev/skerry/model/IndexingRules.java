package dev.skerry.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Operators that pick or place elements by index. */
final class IndexingRules {
    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("Gather", IndexingRules::gather),
            Map.entry("GatherElements", op -> op.set(0, op.element(0), op.dims(1))),
            Map.entry("GatherND", IndexingRules::gatherNd),
            Map.entry("Scatter", ElementwiseRules::same),
            Map.entry("ScatterElements", ElementwiseRules::same),
            Map.entry("ScatterND", ElementwiseRules::same),
            Map.entry("TensorScatter", ElementwiseRules::same),
            Map.entry("Trilu", ElementwiseRules::same),
            Map.entry("OneHot", IndexingRules::oneHot),
            Map.entry("TopK", IndexingRules::topK),
            Map.entry("NonZero", IndexingRules::nonZero),
            Map.entry("Compress", IndexingRules::compress),
            Map.entry("Unique", IndexingRules::unique),
            Map.entry("NonMaxSuppression", IndexingRules::nonMaxSuppression));

    private IndexingRules() {}

    private static void gather(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> indices = op.dims(1);
        List<Dim> y = null;
        if (x != null && indices != null) {
            int axis = op.axis(op.attribute("axis", 0), x.size());
            y = new ArrayList<>(x.subList(0, axis));
            y.addAll(indices);
            y.addAll(x.subList(axis + 1, x.size()));
        }
        op.set(0, op.element(0), y);
    }

    private static void gatherNd(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> indices = op.dims(1);
        List<Dim> y = null;
        if (x != null && indices != null && indices.getLast() instanceof Dim.Known(long depth)) {
            int batch = (int) op.attribute("batch_dims", 0);
            if (batch + depth > x.size()) {
                throw op.mismatch("indices reach deeper than the data has axes", 0, 1);
            }
            y = new ArrayList<>(indices.subList(0, indices.size() - 1));
            y.addAll(x.subList(batch + (int) depth, x.size()));
        }
        op.set(0, op.element(0), y);
    }

    private static void oneHot(Operation op) {
        List<Dim> indices = op.dims(0);
        List<Dim> y = null;
        if (indices != null) {
            y = new ArrayList<>(indices);
            Dim depth = op.size(1);
            double[] real = op.reals(1);
            if (real != null && real.length == 1) {
                depth = Dim.of((long) real[0]);
            }
            y.add(op.axis(op.attribute("axis", -1), indices.size() + 1), depth);
        }
        op.set(0, op.element(2), y);
    }

    private static void topK(Operation op) {
        List<Dim> x = op.dims(0);
        List<Dim> y = null;
        if (x != null) {
            Dim count = op.node().attributes().containsKey("k") ? Dim.of(op.attribute("k", 1)) : op.size(1);
            int axis = op.axis(op.attribute("axis", -1), x.size());
            if (count instanceof Dim.Known(long k) && x.get(axis) instanceof Dim.Known(long size) && k > size) {
                throw new Mismatch("the largest " + k + " are wanted of the " + size + " of " + op.describe(0));
            }
            y = Operation.with(x, axis, count);
        }
        op.set(0, op.element(0), y);
        op.set(1, DataType.INT64, y);
    }

    private static void nonZero(Operation op) {
        List<Dim> x = op.dims(0);
        double[] known = op.reals(0);
        Dim count = known == null
                ? Dims.UNKNOWN
                : Dim.of(Arrays.stream(known).filter(v -> v != 0).count());
        op.set(0, DataType.INT64, List.of(x == null ? Dims.UNKNOWN : Dim.of(x.size()), count));
    }

    private static void compress(Operation op) {
        List<Dim> x = op.dims(0);
        long[] condition = op.longs(1);
        Dim count = condition == null
                ? Dims.UNKNOWN
                : Dim.of(Arrays.stream(condition).filter(v -> v != 0).count());
        if (!op.node().attributes().containsKey("axis")) {
            op.set(0, op.element(0), List.of(count));
        } else {
            op.set(
                    0,
                    op.element(0),
                    x == null ? null : Operation.with(x, op.axis(op.attribute("axis", 0), x.size()), count));
        }
    }

    private static void unique(Operation op) {
        List<Dim> x = op.dims(0);
        boolean flat = !op.node().attributes().containsKey("axis");
        Dim count = Dims.UNKNOWN;
        Dim all = x == null ? Dims.UNKNOWN : Dims.product(x);
        if (flat) {
            double[] known = op.reals(0);
            count = known == null
                    ? Dims.UNKNOWN
                    : Dim.of(Arrays.stream(known).distinct().count());
            op.set(0, op.element(0), List.of(count));
        } else if (x != null) {
            int axis = op.axis(op.attribute("axis", 0), x.size());
            all = x.get(axis);
            op.set(0, op.element(0), Operation.with(x, axis, Dims.UNKNOWN));
        } else {
            op.set(0, op.element(0), null);
        }
        op.set(1, DataType.INT64, List.of(count));
        op.set(2, DataType.INT64, List.of(all));
        op.set(3, DataType.INT64, List.of(count));
    }

    private static void nonMaxSuppression(Operation op) {
        @Nullable List<Dim> boxes = op.dims(0, 3);
        List<Dim> scores = op.dims(1, 3);
        if (boxes != null && scores != null && Dims.differ(boxes.get(1), scores.get(2))) {
            throw op.mismatch("as many boxes as scores are needed", 0, 1);
        }
        op.set(0, DataType.INT64, List.of(Dims.UNKNOWN, Dim.of(3)));
    }
}
