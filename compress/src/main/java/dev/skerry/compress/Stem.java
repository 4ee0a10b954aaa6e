package dev.skerry.compress;

import dev.skerry.model.Graph;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The first convolutions of a network, as long as they read few channels. Integer kernels work on many channels at once and
 * have little to do there on the largest images of the network, while float kernels for them are written by hand; so a model is
 * often faster, and hardly larger, where they stay float. Whether it is, only a measurement tells.
 */
final class Stem {
    /** Channels that integer kernels take at once. */
    private static final long FEW_CHANNELS = 16;

    private static final int MOST_LAYERS = 3;

    private Stem() {}

    /** First outputs of the layers; empty where the first layer reads many channels. */
    static Set<String> of(Graph prepared) {
        var draft = new Draft(prepared);
        Set<String> layers = new LinkedHashSet<>();
        for (Node node : prepared.nodes()) {
            if (OperatorKind.of(node, draft) != OperatorKind.LAYER) {
                continue;
            }
            if (!node.is("Conv") || layers.size() == MOST_LAYERS || channels(node, draft) >= FEW_CHANNELS) {
                break;
            }
            layers.add(node.output(0));
        }
        return layers;
    }

    private static long channels(Node conv, Draft draft) {
        return draft.constant(conv.input(1))
                .map(Tensor::dims)
                .map(dims -> dims[1] * conv.intAttribute("group", 1))
                .orElse(FEW_CHANNELS);
    }

    /** Static INT8 with the first layer float, and with the whole stem. */
    static List<RecipeBook.Line> lines(CompressionRequest request, Graph prepared) {
        List<String> stem = List.copyOf(of(prepared));
        var lines = new ArrayList<RecipeBook.Line>();
        for (int count : stem.size() > 1 ? List.of(1, stem.size()) : stem.isEmpty() ? List.<Integer>of() : List.of(1)) {
            Scope scope =
                    Scope.all(request.keepFloat()).withFast("all-stem" + count, Set.copyOf(stem.subList(0, count)));
            lines.add(new RecipeBook.Line(
                    "int8-" + scope.name(),
                    request.ranges().stream()
                            .map(ranges -> Recipe.of(StaticInt8.of(request, scope, ranges)))
                            .toList()));
        }
        return lines;
    }
}
