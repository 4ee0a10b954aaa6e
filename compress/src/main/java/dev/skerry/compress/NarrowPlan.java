package dev.skerry.compress;

import dev.skerry.model.Cost;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
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
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How narrow each group of channels becomes. For several widths of each group alone it is measured what the model's outputs lose,
 * weights repaired; then the group is narrowed on that loses least for the multiply-accumulates that it saves, until enough are
 * saved.
 */
final class NarrowPlan {
    /** Widths of a group that are tried. */
    private static final int MOST_LEVELS = 8;

    private static final int SAMPLES = 64;

    private final Studied studied;
    private final ChannelFlow flow;
    private final int multipleOf;
    private final IdentityHashMap<Node, Long> macs = new IdentityHashMap<>();
    private final List<Choice> choices = new ArrayList<>();
    private long total;

    /** A group, in which order its units go, and what that costs: relative squared error of the outputs by units gone. */
    private record Choice(ChannelGroup group, List<Integer> order, TreeMap<Integer, Double> losses) {}

    NarrowPlan(Studied studied, ChannelFlow flow, Types types, int multipleOf) {
        this.studied = studied;
        this.flow = flow;
        this.multipleOf = multipleOf;
        ModelCost cost = Cost.of(studied.model(), types);
        cost.nodes().forEach(node -> macs.put(node.node(), node.macs()));
        total = flow.graph.nodes().stream()
                .mapToLong(node -> macs.getOrDefault(node, 0L))
                .sum();
    }

    /** Units to remove so that {@code percent} of the multiply-accumulates are saved, or as many as can be. */
    Set<Integer> byShare(int percent) {
        for (ChannelGroup group : prepared(flow.groups())) {
            List<Integer> steps = steps(group);
            choices.add(new Choice(group, RemovalOrder.of(group, flow, studied, steps.getLast()), new TreeMap<>()));
            steps.forEach(step -> choices.getLast().losses().put(step, 0.0));
        }
        measure();
        int[] gone = new int[choices.size()];
        double target = total * (1 - percent / 100.0);
        double now = macs(removed(gone));
        while (now > target) {
            int best = -1;
            int bestStep = 0;
            double bestRate = Double.POSITIVE_INFINITY;
            for (int i = 0; i < gone.length; i++) {
                TreeMap<Integer, Double> losses = choices.get(i).losses();
                double lost = gone[i] == 0 ? 0 : losses.getOrDefault(gone[i], 0.0);
                for (Map.Entry<Integer, Double> step :
                        losses.tailMap(gone[i], false).entrySet()) {
                    int[] then = gone.clone();
                    then[i] = step.getKey();
                    double saved = Math.min(now - macs(removed(then)), now - target);
                    double rate = Math.max(0, step.getValue() - lost) / saved;
                    if (saved > 0 && rate < bestRate) {
                        best = i;
                        bestStep = step.getKey();
                        bestRate = rate;
                    }
                }
            }
            if (best < 0) {
                break;
            }
            gone[best] = bestStep;
            now = macs(removed(gone));
        }
        return removed(gone);
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
        prepared(List.copyOf(chosen.keySet()));
        Set<Integer> removed = new HashSet<>();
        chosen.forEach((group, width) -> removed.addAll(
                RemovalOrder.of(group, flow, studied, group.units().size() - width)));
        return removed;
    }

    /** Groups that can be narrowed, after all that is asked of their readers was gathered in one pass. */
    private List<ChannelGroup> prepared(List<ChannelGroup> groups) {
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

    private Set<Integer> removed(int[] gone) {
        Set<Integer> removed = new HashSet<>();
        for (int i = 0; i < gone.length; i++) {
            removed.addAll(choices.get(i).order().subList(0, gone[i]));
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

    /** The narrowed model, with layers that read fewer channels repaired, each for itself. */
    private Model repaired(Set<Integer> removed) {
        var removal = new ChannelRemoval(flow, removed);
        var draft = new Draft(flow.graph);
        for (ChannelFlow.Layer layer : flow.layers()) {
            if (removal.touches(layer.reads())) {
                repair(draft, layer, removal);
            }
        }
        return studied.model().withGraph(removal.from(draft.toGraph()));
    }

    private void repair(Draft draft, ChannelFlow.Layer layer, ChannelRemoval removal) {
        WeightMatrix.of(layer.node(), draft.constant(layer.node().input(1))).ifPresent(matrix -> {
            int area = matrix.columns() / layer.reads().length;
            int[] columns = Arrays.stream(removal.kept(layer.reads()))
                    .flatMap(channel -> IntStream.range(channel * area, (channel + 1) * area))
                    .toArray();
            var bias = LayerBias.of(draft, layer.node(), matrix.rows());
            Reconstruction.Repaired repaired =
                    Reconstruction.of(matrix, studied.gram(layer.node()), columns, bias.isPresent());
            draft.initializers.put(matrix.name(), matrix.toTensor(repaired.weights()));
            bias.ifPresent(
                    tensor -> draft.initializers.put(tensor.name(), LayerBias.shifted(tensor, repaired.shift())));
        });
    }

    /** Fills in what each step loses. */
    private void measure() {
        SampleSource some = SampleSplit.some(
                studied.samples(), SAMPLES, !studied.sessions().state().isEmpty());
        List<String> names = studied.sessions().decisive(studied.model());
        List<Map<String, Tensor>> expected = new ArrayList<>();
        try (var session = studied.sessions().open(studied.model(), "float")) {
            for (Sample sample : some) {
                expected.add(session.infer(sample));
            }
        }
        int steps = choices.stream().mapToInt(choice -> choice.losses().size()).sum();
        int done = 0;
        for (Choice choice : choices) {
            for (int step : List.copyOf(choice.losses().keySet())) {
                studied.progress().step("trying widths", done++, steps);
                Model narrowed = repaired(Set.copyOf(choice.order().subList(0, step)));
                choice.losses().put(step, loss(narrowed, some, expected, names));
            }
        }
    }

    private double loss(Model narrowed, SampleSource some, List<Map<String, Tensor>> expected, List<String> names) {
        Map<String, Double> noise = new HashMap<>();
        Map<String, Double> signal = new HashMap<>();
        try (var session = studied.sessions().open(narrowed, "narrow")) {
            int at = 0;
            for (Sample sample : some) {
                Sessions.stopIfInterrupted();
                Map<String, Tensor> made = session.infer(sample);
                Map<String, Tensor> wanted = expected.get(at++);
                for (String name : names) {
                    Tensor first = wanted.get(name);
                    Tensor second = made.get(name);
                    if (first != null && second != null && first.type() == DataType.FLOAT) {
                        float[] a = first.toFloats();
                        float[] b = second.toFloats();
                        for (int i = 0; i < Math.min(a.length, b.length); i++) {
                            noise.merge(name, ((double) a[i] - b[i]) * (a[i] - b[i]), Double::sum);
                            signal.merge(name, (double) a[i] * a[i], Double::sum);
                        }
                    }
                }
            }
        }
        return names.stream()
                .mapToDouble(name ->
                        noise.getOrDefault(name, 0.0) / Math.max(Double.MIN_NORMAL, signal.getOrDefault(name, 0.0)))
                .sum();
    }

    /** Widths by group, as the plan of {@link Narrow} has them. */
    static Map<String, Integer> widths(ChannelFlow flow, Set<Integer> removed) {
        return flow.groups().stream()
                .filter(group -> group.units().stream().anyMatch(removed::contains))
                .collect(Collectors.toMap(
                        ChannelGroup::name,
                        group -> (int) group.units().stream()
                                .filter(unit -> !removed.contains(unit))
                                .count(),
                        (first, second) -> first,
                        LinkedHashMap::new));
    }
}
