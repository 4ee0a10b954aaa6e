package dev.skerry.compress;

import dev.skerry.model.Cost;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How narrow each group of channels becomes. Step by step the group gives up channels that costs least for the
 * multiply-accumulates which this saves, until enough are saved. What a step costs is measured: how much more the model's outputs
 * lose, all groups as narrow as they are by then ({@link NarrowTrial}). One plan serves all shares of a model.
 *
 * @see <a href="https://doi.org/10.1007/BFb0006528">Minoux, Accelerated greedy algorithms: costs from before are bounds</a>
 */
final class NarrowPlan {
    /** Widths of a group that are tried. */
    private static final int MOST_LEVELS = 8;

    private final Model given;
    private final Studied studied;
    private final Studied learning;
    private final SampleSplit split;
    private final ChannelFlow flow;
    private final int multipleOf;
    private final IdentityHashMap<Node, Long> macs = new IdentityHashMap<>();
    private final List<Choice> choices = new ArrayList<>();
    private final Map<List<Integer>, Double> losses = new HashMap<>();
    private final Map<Narrow, Rewritten> made = new HashMap<>();
    private @Nullable NarrowTrial trial;
    private long total;

    /** A group, in which order its units go, and how many may be gone. */
    private record Choice(ChannelGroup group, List<Integer> order, List<Integer> steps) {}

    NarrowPlan(Studied asGiven, int multipleOf) {
        given = asGiven.model();
        Model model = given.withGraph(LayerBias.everywhere(given.graph()));
        studied = asGiven.withSameValues(model);
        Types types = types(model, studied);
        flow = ChannelFlow.of(model.graph(), types);
        split = SampleSplit.heldOut(
                studied.samples(), !studied.sessions().state().isEmpty());
        learning = studied.afresh(split.calibration());
        this.multipleOf = multipleOf;
        ModelCost cost = Cost.of(studied.model(), types);
        cost.nodes().forEach(node -> macs.put(node.node(), node.macs()));
        total = flow.graph.nodes().stream()
                .mapToLong(node -> macs.getOrDefault(node, 0L))
                .sum();
    }

    /** What was made by this plan, so that recipes which start in the same way share it. */
    Rewritten made(Narrow narrow, Supplier<Rewritten> making) {
        Rewritten known = made.get(narrow);
        if (known == null) {
            known = making.get();
            made.put(narrow, known);
        }
        return known;
    }

    Model given() {
        return given;
    }

    /** The model that is narrowed: as it was given, with a bias in each layer, so that what goes can be made up for. */
    Studied studied() {
        return studied;
    }

    ChannelFlow flow() {
        return flow;
    }

    /** Units to remove so that {@code percent} of the multiply-accumulates are saved, or as many as can be. */
    Set<Integer> byShare(int percent) {
        if (choices.isEmpty()) {
            for (ChannelGroup group : prepared(flow.groups(), learning)) {
                List<Integer> steps = steps(group);
                choices.add(new Choice(group, RemovalOrder.of(group, flow, learning, steps.getLast()), steps));
            }
        }
        int[] taken = new int[choices.size()];
        double[] costs = new double[choices.size()];
        double target = total * (1 - percent / 100.0);
        double lost = 0;
        double now = macs(removed(taken));
        while (now > target) {
            studied.progress().step("choosing widths", Math.round(total - now), Math.round(total - target));
            var measured = new boolean[choices.size()];
            int best = cheapest(taken, costs, now);
            // what a step costs grows as more is gone: a cost from before is a lower bound, and most need not be
            // measured again
            while (best >= 0 && !measured[best]) {
                costs[best] = Math.max(0, loss(after(taken, best)) - lost);
                measured[best] = true;
                best = cheapest(taken, costs, now);
            }
            if (best < 0) {
                break;
            }
            taken = after(taken, best);
            lost = loss(taken);
            now = macs(removed(taken));
        }
        return removed(now > target ? taken : withoutWaste(taken, target));
    }

    /** Gives back what isn't needed since the last step saved more than was missing, what costs most first. */
    private int[] withoutWaste(int[] taken, double target) {
        int[] best = taken;
        boolean found = true;
        while (found) {
            found = false;
            int[] from = best;
            for (int i = 0; i < from.length; i++) {
                int[] less = from.clone();
                less[i]--;
                if (less[i] >= 0 && macs(removed(less)) <= target && loss(less) < loss(best)) {
                    best = less;
                    found = true;
                }
            }
        }
        return best;
    }

    /** The group whose next step costs least for what it saves; −1 where none can go on. */
    private int cheapest(int[] taken, double[] costs, double now) {
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] < choices.get(i).steps().size()) {
                double saved = now - macs(removed(after(taken, i)));
                double rate = costs[i] / saved;
                if (saved > 0 && rate < least) {
                    best = i;
                    least = rate;
                }
            }
        }
        return best;
    }

    private static int[] after(int[] taken, int choice) {
        int[] then = taken.clone();
        then[choice]++;
        return then;
    }

    private double loss(int[] taken) {
        List<Integer> key = Arrays.stream(taken).boxed().toList();
        Double known = losses.get(key);
        if (known == null) {
            known = trial().loss(removed(taken));
            losses.put(key, known);
        }
        return known;
    }

    private NarrowTrial trial() {
        if (trial == null) {
            trial = new NarrowTrial(learning, flow, split.evaluation(), 2 * total);
        }
        return trial;
    }

    /** Units to remove so that the groups have these widths. */
    Set<Integer> byWidths(Map<String, Integer> widths) {
        Map<String, ChannelGroup> groups = new LinkedHashMap<>();
        for (ChannelGroup group : flow.groups()) {
            group.makers().forEach(layer -> groups.put(layer.node().label(), group));
        }
        Map<ChannelGroup, Integer> chosen = new LinkedHashMap<>();
        widths.forEach((layer, width) -> {
            ChannelGroup group = groups.get(layer);
            if (group == null) {
                throw Problem.usage("compress.narrow-layer", "no layer of this name makes channels")
                        .at(layer)
                        .because("layers that do: " + String.join(", ", groups.keySet()))
                        .attempt("one of these names")
                        .toException();
            }
            int least = Math.max(1, group.units().size() - group.free().size());
            if (width < least || width > group.units().size()) {
                throw Problem.usage("compress.narrow-width", width + " channels can't remain")
                        .at(layer)
                        .because("of " + group.units().size() + " that it has, "
                                + group.free().size() + " are free to go"
                                + (group.obstacle().isEmpty() ? "" : ": " + group.obstacle()))
                        .attempt(
                                "a width from " + least + " to " + group.units().size())
                        .toException();
            }
            chosen.merge(group, width, Math::min);
        });
        prepared(List.copyOf(chosen.keySet()), studied);
        Set<Integer> removed = new HashSet<>();
        chosen.forEach((group, width) -> removed.addAll(
                RemovalOrder.of(group, flow, studied, group.units().size() - width)));
        return removed;
    }

    /** Groups that can be narrowed, after all that is asked of their readers was gathered in one pass. */
    private List<ChannelGroup> prepared(List<ChannelGroup> groups, Studied studied) {
        List<ChannelGroup> able =
                groups.stream().filter(group -> !steps(group).isEmpty()).toList();
        studied.gather(able.stream()
                .flatMap(group -> group.readers().stream())
                .map(ChannelFlow.Layer::node)
                .distinct()
                .toList());
        return able;
    }

    /** How many units may be gone: what remains is a multiple that kernels like, or of few units quarters. */
    private List<Integer> steps(ChannelGroup group) {
        int all = group.units().size();
        int multiple = all >= 2 * multipleOf ? multipleOf : Math.max(1, Integer.highestOneBit(all) / 4);
        int step = multiple * Math.ceilDiv(Math.ceilDiv(all, MOST_LEVELS), multiple);
        return IntStream.iterate((all - 1) / multiple * multiple, width -> width >= multiple, width -> width - step)
                .map(width -> all - width)
                .filter(gone -> gone <= group.free().size())
                .boxed()
                .toList();
    }

    private Set<Integer> removed(int[] taken) {
        Set<Integer> removed = new HashSet<>();
        for (int i = 0; i < taken.length; i++) {
            if (taken[i] > 0) {
                Choice choice = choices.get(i);
                removed.addAll(choice.order().subList(0, choice.steps().get(taken[i] - 1)));
            }
        }
        return removed;
    }

    private double macs(Set<Integer> removed) {
        var removal = new ChannelRemoval(flow, removed);
        double sum = 0;
        for (Node node : flow.graph.nodes()) {
            long all = macs.getOrDefault(node, 0L);
            sum += all == 0 ? 0 : all * removal.share(node);
        }
        return sum;
    }

    /** The narrowed model, weights as they were. */
    Model without(Set<Integer> removed) {
        return studied.model().withGraph(new ChannelRemoval(flow, removed).from(flow.graph));
    }

    /** Types of all values, with inputs as large as the samples. */
    private static Types types(Model model, Studied studied) {
        Sample sample = studied.samples().iterator().next();
        Graph graph = model.graph();
        List<ValueInfo> inputs = graph.inputs().stream()
                .map(input -> {
                    Tensor tensor = sample.inputs().get(input.name());
                    return tensor == null || !(input.type() instanceof ValueType.OfTensor type)
                            ? input
                            : ValueInfo.of(input.name(), type.element(), Shape.of(tensor.dims()));
                })
                .toList();
        return ShapeInference.infer(
                model.withGraph(graph.withInputs(inputs)), studied.sessions().dims());
    }
}
