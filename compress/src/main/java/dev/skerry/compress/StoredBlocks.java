package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Float weights in blocks of few bits in the file, whatever reads them: convolutions, recurrent layers, tables, matrices. Cast
 * and Mul make floats of them when the model is loaded, so that it is as fast as float and needs its memory.
 */
final class StoredBlocks {
    private final BlockRewrite.Choice choice;
    private final Studied studied;

    private StoredBlocks(BlockRewrite.Choice choice, Studied studied) {
        this.choice = choice;
        this.studied = studied;
    }

    /** @param studied of a model of operator set 21, the first whose Cast reads 4 bits */
    static Rewritten write(BlockRewrite.Choice choice, Studied studied) {
        return new StoredBlocks(choice, studied).write();
    }

    private Rewritten write() {
        Graph graph = studied.model().graph();
        Map<String, StoredWeights.Use> uses = StoredWeights.of(graph);
        var kept = new ArrayList<KeptFloat>();
        uses.values().removeIf(use -> {
            Optional<Node> float32 =
                    use.readers().stream().filter(choice.scope()::keepsFloat).findFirst();
            float32.ifPresent(node -> kept.add(new KeptFloat(node.label(), node.op(), choice.whyFloat(node))));
            return float32.isPresent();
        });
        uses.values().removeIf(use -> !isFinite(use.weight()));
        if (choice.fit().needsSamples()) {
            studied.gather(uses.values().stream()
                    .filter(use -> matrix(use).isPresent())
                    .map(StoredWeights.Use::first)
                    .toList());
        }
        Map<String, StoredWeights.Form> forms =
                StoredWeights.smaller(uses, graph, (use, names) -> Optional.of(form(use, names, uses.size())));
        Set<String> changed = new LinkedHashSet<>();
        Set<String> told = new LinkedHashSet<>();
        uses.forEach((name, use) -> use.readers().forEach(node -> {
            boolean isStored = forms.containsKey(name);
            if (isStored) {
                changed.add(Subgraphs.firstOutput(node));
            }
            if (told.add(node.label())) {
                kept.add(new KeptFloat(
                        node.label(),
                        node.op(),
                        isStored
                                ? "float arithmetic on weights stored in INT"
                                        + choice.format().bits()
                                : "too small to gain by it"));
            }
        }));
        return new Rewritten(StoredWeights.replace(studied.model(), forms), changed, 0, kept);
    }

    private static boolean isFinite(Tensor weight) {
        for (float value : weight.toFloats()) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    /** The weights as those that second moments are of; not of tables, recurrent layers and first factors. */
    private static Optional<WeightMatrix> matrix(StoredWeights.Use use) {
        return use.input() == 1 ? WeightMatrix.of(use.first(), Optional.of(use.weight())) : Optional.empty();
    }

    private StoredWeights.Form form(StoredWeights.Use use, StoredWeights.Names names, int all) {
        Sessions.stopIfInterrupted();
        studied.progress().step("fitting blocks", 0, all);
        SummedAxis axis = SummedAxis.of(use);
        Optional<WeightMatrix> known = matrix(use);
        Optional<Gram> gram = known.isPresent() && choice.fit().needsSamples()
                ? Optional.of(studied.gram(use.first()))
                : Optional.empty();
        BlockWeight made = choice.fit()
                .fit(
                        known.orElseGet(() -> axis.matrix(use.weight())),
                        choice.format().spread(axis.sum()),
                        gram);
        return written(use.weight(), axis, new SpreadBlocks(made, axis), names);
    }

    private StoredWeights.Form written(Tensor weight, SummedAxis axis, SpreadBlocks packed, StoredWeights.Names names) {
        var constants = new ArrayList<Tensor>();
        var nodes = new ArrayList<Node>();
        Tensor codes = packed.codes(names.fresh(weight.name() + "_n"));
        constants.add(codes);
        String value = cast(codes, names, nodes);
        if (!choice.format().symmetric()) {
            Tensor zeros = packed.zeros(names.fresh(weight.name() + "_z"));
            constants.add(zeros);
            value = add(nodes, "Sub", List.of(value, cast(zeros, names, nodes)), names.fresh(weight.name() + "_o"));
        }
        Tensor scales = packed.scales(names.fresh(weight.name() + "_s"));
        constants.add(scales);
        value = add(nodes, "Mul", List.of(value, scales.name()), names.fresh(weight.name() + "_m"));
        if (packed.isPadded()) {
            Tensor flat = longs(names.fresh(weight.name() + "_flat"), axis.outer(), -1, axis.inner());
            Tensor start = longs(names.fresh(weight.name() + "_start"), 0);
            Tensor end = longs(names.fresh(weight.name() + "_end"), axis.sum());
            Tensor along = longs(names.fresh(weight.name() + "_axis"), 1);
            constants.addAll(List.of(flat, start, end, along));
            value = add(nodes, "Reshape", List.of(value, flat.name()), names.fresh(weight.name() + "_r"));
            value = add(
                    nodes,
                    "Slice",
                    List.of(value, start.name(), end.name(), along.name()),
                    names.fresh(weight.name() + "_c"));
        }
        Tensor dims = longs(names.fresh(weight.name() + "_dims"), weight.dims());
        constants.add(dims);
        add(nodes, "Reshape", List.of(value, dims.name()), weight.name());
        return new StoredWeights.Form(constants, nodes);
    }

    private static String cast(Tensor codes, StoredWeights.Names names, List<Node> nodes) {
        String name = names.fresh(codes.name() + "_f");
        nodes.add(Node.of(
                        "Cast", List.of(codes.name()), List.of(name), Map.of("to", Attribute.of(DataType.FLOAT.code())))
                .withName(""));
        return name;
    }

    private static String add(List<Node> nodes, String op, List<String> inputs, String output) {
        nodes.add(Node.of(op, inputs, List.of(output)).withName(""));
        return output;
    }

    private static Tensor longs(String name, long... values) {
        return Tensor.ofLongs(name, new long[] {values.length}, values);
    }
}
