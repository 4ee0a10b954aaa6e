package dev.skerry.compress;

import dev.skerry.model.Node;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * Cross-layer equalization. Where one layer reads what another makes, a channel's factor can move from the one's weights into the
 * other's; here until both have the same largest weight in it, so that one scale for all weights of a layer serves all its
 * channels. High biases are absorbed: what a channel never falls below moves into the next layer's bias, and integers needn't
 * cover it.
 *
 * <p>What the model computes stays as it was. A Clip to 0…6 stays where it is, since in INT8 it costs nothing: a channel that
 * comes near the cap on a calibration sample keeps its factor; others are stretched to half of the cap at most, so that they can
 * go twice as far as they were seen to before anything changes. (A cap per channel, as Min with a constant, has no integer kernel,
 * and Relu in the place of Clip computes something else wherever the cap is reached.) No activation gets a wider range than it had.
 *
 * @see <a href="https://arxiv.org/abs/1906.04721">Nagel et al., Data-free quantization through weight equalization and bias
 *     correction, sections 4.1 and 4.2</a>
 */
record Equalize() implements Technique {
    /** Pairs depend on each other, so that factors settle over several rounds. */
    private static final int MOST_ROUNDS = 40;

    /** Factors this near to 1 have settled. */
    private static final double SETTLED = 1e-3;

    /** A channel that would reach the cap if it went so many times as far as it was seen to keeps its factor. */
    private static final double NEAR_CAP = 1.5;

    /** How many times as far as it was seen to a channel that is stretched can go before it meets the cap. */
    private static final double HEADROOM = 2;

    /** Share of a channel's range that is left below what was seen. */
    private static final double FOOTROOM = 0.1;

    @Override
    public String label() {
        return "eq";
    }

    @Override
    public boolean keepsOutputs() {
        return true;
    }

    /** A pair, and what its channels do before anything is cut off. */
    @SuppressWarnings("ArrayRecordComponent") // made once, and changed by nobody
    private record Seen(ChannelPair pair, double[] low, double[] high) {
        /** How far a channel goes behind the activation. */
        double reach(int channel) {
            double above = Math.min(Math.max(0, high[channel]), pair.cap());
            return pair.cutsAtZero() ? above : Math.max(-low[channel], above);
        }

        boolean isNearCap(int channel) {
            return NEAR_CAP * high[channel] >= pair.cap();
        }
    }

    @Override
    public Rewritten apply(Studied studied) {
        var draft = new Draft(studied.model().graph());
        ChannelStatistics statistics = studied.channels();
        List<Seen> pairs = ChannelPair.of(draft).stream()
                .flatMap(pair -> seen(pair, statistics).stream())
                .toList();
        var layers = new IdentityHashMap<Node, ChannelWeights>();
        var inOrder = new LinkedHashMap<String, ChannelWeights>();
        for (Seen seen : pairs) {
            for (Node layer : List.of(seen.pair().first(), seen.pair().second())) {
                inOrder.put(layer.output(0), layers.computeIfAbsent(layer, node -> ChannelWeights.of(node, draft)));
            }
        }
        for (Seen seen : pairs) {
            absorb(seen, of(layers, seen.pair().first()), of(layers, seen.pair().second()));
        }
        double farthest = 2;
        for (int round = 0; round < MOST_ROUNDS && farthest > 1 + SETTLED; round++) {
            farthest = 1;
            for (Seen seen : pairs) {
                farthest = Math.max(
                        farthest,
                        balance(
                                seen,
                                of(layers, seen.pair().first()),
                                of(layers, seen.pair().second())));
            }
        }
        inOrder.values().forEach(layer -> layer.write(draft));
        return Rewritten.stillFloat(studied.model().withGraph(draft.toGraph()));
    }

    private static ChannelWeights of(IdentityHashMap<Node, ChannelWeights> layers, Node layer) {
        return Optional.ofNullable(layers.get(layer)).orElseThrow();
    }

    private static Optional<Seen> seen(ChannelPair pair, ChannelStatistics statistics) {
        return statistics
                .of(pair.first().output(0))
                .filter(channels -> channels.size() == pair.channels())
                .flatMap(channels -> {
                    double[] low = new double[pair.channels()];
                    double[] high = new double[pair.channels()];
                    for (int i = 0; i < low.length; i++) {
                        low[i] = channels.min(i);
                        high[i] = channels.max(i);
                        if (!(low[i] <= high[i]) || Double.isInfinite(high[i] - low[i])) {
                            return Optional.empty();
                        }
                    }
                    return Optional.of(new Seen(pair, low, high));
                });
    }

    /** Behind a Relu what all values of a channel have in common; without one the middle of the channel's range. */
    private static void absorb(Seen seen, ChannelWeights first, ChannelWeights second) {
        ChannelPair pair = seen.pair();
        for (int channel = 0; channel < pair.channels() && pair.shiftable(); channel++) {
            double low = seen.low()[channel];
            double high = seen.high()[channel];
            double room = FOOTROOM * (high - low);
            double by = pair.cutsAtZero() ? Math.max(0, low - room) : (low + high) / 2;
            if (seen.isNearCap(channel) || Math.abs(by) <= room) {
                continue;
            }
            first.lower(channel, by);
            second.restore(channel, pair.channels(), by);
            seen.low()[channel] -= by;
            seen.high()[channel] -= by;
        }
    }

    /** Moves factors until both layers have the same largest weight in each channel, and tells the farthest from 1. */
    private static double balance(Seen seen, ChannelWeights first, ChannelWeights second) {
        ChannelPair pair = seen.pair();
        double widest = 0;
        for (int channel = 0; channel < pair.channels(); channel++) {
            widest = Math.max(widest, seen.reach(channel));
        }
        double farthest = 1;
        for (int channel = 0; channel < pair.channels(); channel++) {
            double made = first.largestOfOutput(channel);
            double read = second.largestOfInput(channel, pair.channels());
            if (made == 0 || read == 0 || widest == 0 || seen.isNearCap(channel)) {
                continue;
            }
            double least = Math.max(seen.reach(channel) / widest, HEADROOM * seen.reach(channel) / pair.cap());
            double factor = Math.max(Math.sqrt(made / read), Math.min(1, least));
            first.divideOutput(channel, factor);
            second.multiplyInput(channel, pair.channels(), factor);
            seen.low()[channel] /= factor;
            seen.high()[channel] /= factor;
            farthest = Math.max(farthest, Math.max(factor, 1 / factor));
        }
        return farthest;
    }
}
