package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Model;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Removes channels of layers, and heads of attentions, for good: the weights are smaller matrices, which every kernel runs
 * faster. Which go is decided by how well those that remain can stand in for them ({@link RemovalOrder}), how many by what the
 * model's outputs lose ({@link NarrowPlan}); then layers are fitted by least squares to the outputs that they had ({@link
 * Refit}). Nothing is trained, and no labels are needed.
 *
 * @param percent of the multiply-accumulates to save; 0 where {@code widths} says what remains
 * @param multipleOf what widths are multiples of, where there are enough channels
 * @param widths channels (or heads) that remain, by name of a layer that makes them
 */
record Narrow(int percent, int multipleOf, Map<String, Integer> widths) implements Technique {
    /** Kernels take so many channels at once, so that fewer of a block save nothing. */
    private static final int BLOCK = 8;

    Narrow {
        if (percent < 0 || percent > 95 || multipleOf < 1 || (percent == 0) == widths.isEmpty()) {
            throw new IllegalArgumentException("narrow by " + percent + " % or to " + widths);
        }
        // sorted, so that the same widths have the same name
        widths = Collections.unmodifiableMap(new TreeMap<>(widths));
    }

    /** Saves a share of the multiply-accumulates, from 1 to 95 %. */
    static Narrow share(int percent) {
        return new Narrow(percent, BLOCK, Map.of());
    }

    static Narrow to(Map<String, Integer> widths) {
        return new Narrow(0, 1, widths);
    }

    @Override
    public String label() {
        return percent == 0
                ? "narrow-" + Integer.toHexString(widths.hashCode())
                : "narrow-" + percent + (multipleOf == BLOCK ? "" : "x" + multipleOf);
    }

    @Override
    public Rewritten apply(Studied studied) {
        NarrowPlan plan = studied.narrowing(multipleOf);
        return plan.made(this, () -> made(plan));
    }

    private Rewritten made(NarrowPlan plan) {
        ChannelFlow flow = plan.flow();
        Studied biased = plan.studied();
        Set<Integer> removed = percent > 0 ? plan.byShare(percent) : plan.byWidths(widths);
        List<KeptFloat> kept = flow.groups().stream()
                .filter(group -> group.free().isEmpty() && !group.makers().isEmpty())
                .map(group -> new KeptFloat(
                        group.name(), group.makers().getFirst().node().op(), "keeps its channels: " + group.obstacle()))
                .toList();
        if (removed.isEmpty()) {
            return new Rewritten(plan.given(), Set.of(), 0, kept);
        }
        var removal = new ChannelRemoval(flow, removed);
        var refit = new Refit(biased, flow, removal);
        Model narrowed = refit.run(plan.without(removed));
        Set<String> changed = new LinkedHashSet<>(refit.changed());
        for (ChannelFlow.Layer layer : flow.layers()) {
            if (removal.touches(layer.makes()) || removal.touches(layer.reads())) {
                changed.add(layer.node().output(0));
            }
        }
        return new Rewritten(narrowed, changed, 0, kept);
    }
}
