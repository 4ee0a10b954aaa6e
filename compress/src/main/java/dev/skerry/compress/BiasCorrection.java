package dev.skerry.compress;

import dev.skerry.model.Cost;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.pipeline.SampleSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Quantizes, and takes the mean error of each layer's output, channel by channel, out of its bias. Rounded weights shift the mean
 * of what a layer makes, and the shift grows from layer to layer; a bias can make up for it at no cost. Layers are corrected in
 * their order, each with those before it corrected.
 *
 * <p>A layer without a bias gets one. A MatMul is corrected where a constant is added to what it makes.
 *
 * @param of how the model is quantized; nothing in it may change what values of the float model stand for
 * @see <a href="https://arxiv.org/abs/1906.04721">Nagel et al., Data-free quantization through weight equalization and bias
 *     correction, appendix D</a>
 */
record BiasCorrection(Recipe of) implements Technique {
    /** Samples that means are taken over: an error's mean settles long before its extremes. */
    private static final long MOST_SAMPLES = 64;

    private static final long LEAST_SAMPLES = 8;

    /** Work that the passes may be, in arithmetic operations: by count and not by time. */
    private static final long OPERATIONS = 200_000_000_000L;

    BiasCorrection {
        if (of.techniques().stream().anyMatch(Technique::keepsOutputs)) {
            throw new IllegalArgumentException("comes before the correction: " + of.name());
        }
    }

    static BiasCorrection of(Technique... techniques) {
        return new BiasCorrection(Recipe.of(techniques));
    }

    @Override
    public String label() {
        return of.name() + "-bias";
    }

    @Override
    public Rewritten apply(Studied studied) {
        Model model =
                studied.model().withGraph(LayerBias.everywhere(studied.model().graph()));
        Studied biased = studied.withSameValues(model);
        Rewritten made = of.make(biased);
        List<Node> layers = model.graph().nodes().stream()
                .filter(node -> made.changed().contains(node.output(0)))
                .toList();
        if (layers.isEmpty()) {
            return made;
        }
        return new Rewritten(corrected(biased, made, layers), made.changed(), made.integerNodes(), made.keptFloat());
    }

    private static Model corrected(Studied studied, Rewritten made, List<Node> layers) {
        var floats = new Draft(studied.model().graph());
        var draft = new Draft(made.model().graph());
        var corrections = new ArrayList<CorrectedBias>();
        for (Node layer : layers) {
            CorrectedBias.of(layer, floats, draft).ifPresent(corrections::add);
        }
        Studied some = few(studied, corrections.size());
        Map<String, Boolean> wanted = new LinkedHashMap<>();
        corrections.forEach(each -> wanted.put(each.expected(), each.lastAxis()));
        ChannelStatistics expected = ChannelStatistics.gather(studied.model(), wanted, some);
        for (CorrectedBias each : corrections) {
            Sessions.stopIfInterrupted();
            Model part = each.upToHere(
                    made.model().withGraph(draft.toGraph()), studied.sessions().state());
            ChannelStatistics actual = ChannelStatistics.gather(part, Map.of(each.actual(), each.lastAxis()), some);
            expected.of(each.expected())
                    .ifPresent(wants -> actual.of(each.actual()).ifPresent(has -> each.correct(draft, wants, has)));
        }
        return made.model().withGraph(draft.toGraph());
    }

    /** So many samples that a pass for each layer stays affordable. */
    private static Studied few(Studied studied, int passes) {
        Sessions sessions = studied.sessions();
        long operations = Math.max(1, Cost.of(studied.model(), sessions.dims()).operations()) * Math.max(1, passes);
        long count = Math.clamp(OPERATIONS / operations, LEAST_SAMPLES, MOST_SAMPLES);
        SampleSource some =
                SampleSplit.some(studied.samples(), count, !sessions.state().isEmpty());
        return new Studied(studied.model(), some, sessions, studied.progress());
    }
}
