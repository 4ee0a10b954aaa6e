package dev.skerry.compress;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Extras;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.ShapeInference;
import dev.skerry.model.Tensor;
import dev.skerry.model.Types;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes values inside a model visible as outputs, those inside subgraphs too. A value of a branch becomes another output of its
 * If, and where the other branch runs, that output is an empty tensor. A value of a Loop's or Scan's body becomes an output that
 * has a row for each round.
 */
final class Taps {
    /**
     * A model with more outputs.
     *
     * @param rounds for values that come with a row per round: how many axes were added in front
     * @param hidden values that can't be made visible, and why
     */
    record Tapped(Model model, Map<String, Integer> rounds, Map<String, String> hidden) {}

    /** A value on its way out of subgraphs. */
    private record Tap(String value, DataType type, int rounds) {}

    private record Opened(Graph graph, List<Tap> taps) {}

    private final Set<String> wanted;
    private final Set<String> taken;
    private final Map<String, String> hidden = new LinkedHashMap<>();

    private Taps(Set<String> wanted, Set<String> taken) {
        this.wanted = wanted;
        this.taken = taken;
    }

    /** The model with more outputs, as far as they have the shapes that they have inside; others are left out. */
    static Model tap(Model model, Set<String> values) {
        Tapped tapped = expose(model, values);
        if (tapped.rounds().isEmpty()) {
            return tapped.model();
        }
        Set<String> plain = new LinkedHashSet<>(values);
        plain.removeAll(tapped.rounds().keySet());
        return expose(model, plain).model();
    }

    /** The model with more outputs; their types are left to the runtime to infer. */
    static Tapped expose(Model model, Set<String> values) {
        Graph graph = model.graph();
        var outputs = new ArrayList<>(graph.outputs());
        Set<String> present = new HashSet<>();
        outputs.forEach(output -> present.add(output.name()));
        var rounds = new LinkedHashMap<String, Integer>();
        Map<String, String> hidden = Map.of();
        Set<String> inner = new LinkedHashSet<>(values);
        graph.nodes().forEach(node -> inner.removeAll(node.outputs()));
        if (!inner.isEmpty() && Subgraphs.hasAny(graph)) {
            var taps = new Taps(inner, new Draft(graph).names());
            Opened opened = taps.openAll(graph, ShapeInference.infer(model, Map.of()), false);
            graph = opened.graph();
            opened.taps().stream()
                    .filter(tap -> tap.rounds() > 0)
                    .forEach(tap -> rounds.put(tap.value(), tap.rounds()));
            hidden = taps.hidden;
            Set<String> found = new HashSet<>();
            opened.taps().forEach(tap -> found.add(tap.value()));
            inner.removeAll(found);
        }
        for (String value : values) {
            if (!inner.contains(value) && present.add(value)) {
                outputs.add(new ValueInfo(value, null, "", Map.of(), Extras.NONE));
            }
        }
        return new Tapped(model.withGraph(graph.withOutputs(outputs)), rounds, hidden);
    }

    /** The graph whose nodes give out what is wanted from inside them. */
    private Opened openAll(Graph graph, Types types, boolean repeated) {
        var nodes = new ArrayList<Node>();
        var taps = new ArrayList<Tap>();
        for (Node node : graph.nodes()) {
            nodes.add(node.subgraphs().isEmpty() ? node : open(node, types, repeated, taps));
        }
        return new Opened(graph.withNodes(nodes), taps);
    }

    private Node open(Node node, Types types, boolean repeated, List<Tap> into) {
        boolean isLoop = node.is("Loop") || node.is("Scan");
        if (!isLoop && !node.is("If")) {
            node.subgraphs().forEach(inner -> hide(inner, "inside " + node.op()));
            return node;
        }
        var opened = new LinkedHashMap<String, Opened>();
        node.attributes().forEach((name, attribute) -> {
            if (attribute instanceof Attribute.GraphValue(Graph inner)) {
                opened.put(name, own(inner, types.within(inner), repeated || isLoop));
            }
        });
        var outputs = new ArrayList<>(node.outputs());
        int declared = opened.values().stream()
                .mapToInt(each -> each.graph().outputs().size() - (node.is("Loop") ? 1 : 0))
                .min()
                .orElse(0);
        while (outputs.size() < declared) {
            outputs.add("");
        }
        Node more = node;
        for (Map.Entry<String, Opened> branch : opened.entrySet()) {
            for (Tap tap : branch.getValue().taps()) {
                outputs.add(tap.value());
                into.add(new Tap(tap.value(), tap.type(), tap.rounds() + (isLoop ? 1 : 0)));
            }
        }
        for (String name : opened.keySet()) {
            more = more.withAttribute(name, Attribute.of(withOutputs(name, opened)));
        }
        return scanning(more.withOutputs(outputs), outputs.size() - declared);
    }

    /** Scan says of each thing that it collects in which direction and along which axis; the default will do for more. */
    private static Node scanning(Node node, int added) {
        Node more = node;
        for (String name : List.of("scan_output_axes", "scan_output_directions")) {
            if (more.attributes().get(name) instanceof Attribute.Ints values) {
                var longer = new ArrayList<>(values.values());
                for (int i = 0; i < added; i++) {
                    longer.add(0L);
                }
                more = more.withAttribute(name, new Attribute.Ints(longer));
            }
        }
        return more;
    }

    /** What is wanted of a subgraph, the graphs inside it included. */
    private Opened own(Graph graph, Types types, boolean repeated) {
        Opened opened = openAll(graph, types, repeated);
        var taps = new ArrayList<Tap>();
        Set<String> made = new LinkedHashSet<>();
        graph.inputs().forEach(input -> made.add(input.name()));
        graph.nodes().forEach(node -> made.addAll(node.outputs()));
        for (String value : made) {
            if (wanted.contains(value)) {
                ValueType.OfTensor type = types.tensor(value).orElse(null);
                if (type == null) {
                    hidden.put(value, "its type can't be told before the run");
                } else if (repeated && !isFixed(type)) {
                    hidden.put(value, "it may have another shape in each round of a loop");
                } else {
                    taps.add(new Tap(value, type.element(), 0));
                }
            }
        }
        for (Tap tap : opened.taps()) {
            if (repeated) {
                hidden.put(tap.value(), "it is made in a branch or loop inside a loop");
            } else {
                taps.add(tap);
            }
        }
        return new Opened(opened.graph(), taps);
    }

    /** Its own taps as further outputs, and in their place in the other branches, empty tensors. */
    private Graph withOutputs(String name, Map<String, Opened> all) {
        Graph graph = all.getOrDefault(
                        name, new Opened(Graph.of("", List.of(), List.of(), List.of(), List.of()), List.of()))
                .graph();
        var nodes = new ArrayList<>(graph.nodes());
        var outputs = new ArrayList<>(graph.outputs());
        all.forEach((branch, opened) -> {
            for (Tap tap : opened.taps()) {
                String output = fresh(tap.value() + "_tap");
                if (branch.equals(name)) {
                    nodes.add(Node.of("Identity", List.of(tap.value()), List.of(output)));
                } else {
                    nodes.add(Node.of(
                            "Constant", List.of(), List.of(output), Map.of("value", Attribute.of(empty(output, tap)))));
                }
                outputs.add(new ValueInfo(output, null, "", Map.of(), Extras.NONE));
            }
        });
        return graph.withNodes(nodes).withOutputs(outputs);
    }

    private static Tensor empty(String name, Tap tap) {
        return Tensor.of(name, tap.type(), new long[] {0}, java.lang.foreign.MemorySegment.ofArray(new byte[0]));
    }

    /** Whether all rounds have the same shape: sizes with a name come from the model's inputs. */
    private static boolean isFixed(ValueType.OfTensor type) {
        return type.shape() != null && type.shape().dims().stream().noneMatch(dim -> dim instanceof Dim.Unknown);
    }

    private void hide(Graph graph, String why) {
        for (Node node : Subgraphs.allNodes(graph)) {
            node.outputs().stream().filter(wanted::contains).forEach(value -> hidden.put(value, why));
        }
    }

    private String fresh(String hint) {
        String name = hint;
        for (int i = 2; !taken.add(name); i++) {
            name = hint + "_" + i;
        }
        return name;
    }
}
