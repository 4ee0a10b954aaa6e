package dev.skerry.compress;

import dev.skerry.measure.AveragePrecision;
import dev.skerry.measure.Box;
import dev.skerry.measure.ClassStatistic;
import dev.skerry.measure.Detection;
import dev.skerry.measure.Statistic;
import dev.skerry.measure.TrueBox;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.Truth;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Mean average precision of boxes. Nothing in a model says which numbers its boxes are made of, so all orders are kept, and that
 * one counts with which the float model does best; the variants are read alike.
 */
final class BoxTally implements Tally {
    /** Overlap beyond which the lesser box of a class goes, where a detector leaves that to others. */
    private static final double SUPPRESSED = 0.6;

    private final List<String> names;
    private final @Nullable BoxTally reference;
    private final Map<BoxOrder, AveragePrecision> precisions = new EnumMap<>(BoxOrder.class);
    private @Nullable DetectorForm form;

    /** @param reference the float model's; null for that one itself */
    BoxTally(List<String> names, @Nullable BoxTally reference) {
        this.names = names;
        this.reference = reference;
        for (BoxOrder order : BoxOrder.values()) {
            precisions.put(order, new AveragePrecision());
        }
    }

    @Override
    public void add(Sample sample, Map<String, Tensor> outputs) {
        if (!(sample.truth() instanceof Truth.Boxes(Tensor rows))) {
            throw new IllegalStateException(sample.id());
        }
        DetectorForm known = form(outputs);
        List<DetectorForm.Raw> found = known.read(outputs, sample);
        List<TrueBox> truth = boxes(rows);
        precisions.forEach((order, precision) -> {
            List<Detection> detections = found.stream()
                    .map(raw -> new Detection(raw.label(), raw.score(), order.box(raw.a(), raw.b(), raw.c(), raw.d())))
                    .toList();
            precision.add(known.overlapping() ? suppressed(detections) : detections, truth);
        });
    }

    private DetectorForm form(Map<String, Tensor> outputs) {
        DetectorForm known = reference != null ? reference.form : form;
        if (known == null) {
            known = DetectorForm.of(names, outputs);
            form = known;
        }
        return known;
    }

    private static List<TrueBox> boxes(Tensor rows) {
        var boxes = new ArrayList<TrueBox>();
        int columns = (int) rows.dims()[1];
        for (long row = 0; row < rows.dims()[0]; row++) {
            int label = (int) rows.valueAt(row * columns + 4);
            if (label >= 0) {
                boxes.add(new TrueBox(
                        label,
                        new Box(
                                rows.valueAt(row * columns),
                                rows.valueAt(row * columns + 1),
                                rows.valueAt(row * columns + 2),
                                rows.valueAt(row * columns + 3)),
                        columns > 5 && rows.valueAt(row * columns + 5) == 1));
            }
        }
        return boxes;
    }

    /** Greedy non-maximum suppression within each class; {@code surestFirst} is sorted. */
    private static List<Detection> suppressed(List<Detection> surestFirst) {
        var kept = new ArrayList<Detection>();
        for (Detection one : surestFirst) {
            boolean lesser = kept.stream()
                    .anyMatch(
                            other -> other.label() == one.label() && other.box().iou(one.box()) > SUPPRESSED);
            if (!lesser) {
                kept.add(one);
            }
        }
        return kept;
    }

    private AveragePrecision precision() {
        BoxTally first = reference == null ? this : reference;
        AveragePrecision best = null;
        double most = Double.NEGATIVE_INFINITY;
        for (BoxOrder order : BoxOrder.values()) {
            AveragePrecision theirs = first.precisions.get(order);
            AveragePrecision ours = precisions.get(order);
            double value = theirs == null ? Double.NaN : theirs.value();
            if (ours != null && (best == null || value > most)) {
                best = ours;
                most = Double.isNaN(value) ? most : value;
            }
        }
        if (best == null) {
            throw new IllegalStateException("no order of boxes");
        }
        return best;
    }

    @Override
    public Statistic statistic() {
        return precision();
    }

    @Override
    public Optional<ClassStatistic> byClass() {
        return Optional.of(precision());
    }
}
