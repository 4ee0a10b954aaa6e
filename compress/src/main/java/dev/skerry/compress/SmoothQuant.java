package dev.skerry.compress;

import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Outliers in a few channels of what a Gemm or MatMul reads move into its weights, which have a scale per output channel and can
 * take them better than activations with one scale for all: channel j is divided by max|xⱼ|^α ÷ max|wⱼ|^(1−α) where it is made (a
 * LayerNormalization, a factor, a layer before), and its weights multiplied. α is chosen for each value by the error that is to be
 * expected of what reads it; where no α is better than none, nothing moves. What the model computes stays as it was.
 *
 * @param scheme how many steps weights will have
 * @see <a href="https://arxiv.org/abs/2211.10438">Xiao et al., SmoothQuant, section 4</a>
 */
record SmoothQuant(ActivationScheme scheme) implements Technique {
    private static final int ACTIVATION_STEPS = 255;

    /** Values of α that are tried, in tenths. */
    private static final int TENTHS = 10;

    @Override
    public String label() {
        return "smooth";
    }

    @Override
    public boolean keepsOutputs() {
        return true;
    }

    /** Whether layers read what a normalization or another factor per channel makes: there outliers are known to come up. */
    static boolean isFor(Draft draft) {
        return draft.nodes.stream()
                .filter(SmoothQuant::isLinear)
                .map(node -> readers(node.input(0), draft).stream()
                        .findFirst()
                        .flatMap(reader -> ChannelSource.of(node.input(0), reader.columns(), draft)))
                .anyMatch(
                        source -> source.filter(found -> found.isFactor(draft)).isPresent());
    }

    @Override
    public Rewritten apply(Studied studied) {
        var draft = new Draft(studied.model().graph());
        Set<String> values = new LinkedHashSet<>();
        draft.nodes.stream().filter(SmoothQuant::isLinear).forEach(node -> values.add(node.input(0)));
        for (String value : values) {
            Optional<ChannelStatistics.Channels> channels = studied.channels().of(value);
            List<WeightMatrix> readers = readers(value, draft);
            if (channels.isEmpty()
                    || readers.isEmpty()
                    || readers.getFirst().columns() != channels.get().size()) {
                continue;
            }
            ChannelSource.of(value, channels.get().size(), draft).ifPresent(source -> {
                Optional<double[]> factors = factors(channels.get(), readers);
                factors.ifPresent(by -> {
                    source.divide(by, draft);
                    readers.forEach(reader -> draft.initializers.put(reader.name(), multiplied(reader, by)));
                });
            });
        }
        return Rewritten.stillFloat(studied.model().withGraph(draft.toGraph()));
    }

    private static boolean isLinear(Node node) {
        return node.is("MatMul") || node.is("Gemm");
    }

    /** Weights of the layers that read a value; empty where anything else reads it too. */
    private static List<WeightMatrix> readers(String value, Draft draft) {
        var readers = new ArrayList<WeightMatrix>();
        Set<String> names = new LinkedHashSet<>();
        for (Node node : draft.consumers(value)) {
            Optional<WeightMatrix> weights = isLinear(node)
                            && OperatorKind.of(node, draft) == OperatorKind.LAYER
                            && draft.consumers(node.input(1)).size() == 1
                            && draft.initializers.containsKey(node.input(1))
                    ? WeightMatrix.of(node, draft.constant(node.input(1)))
                    : Optional.empty();
            if (weights.isEmpty() || !node.input(0).equals(value) || !names.add(node.input(1))) {
                return List.of();
            }
            readers.add(weights.get());
        }
        return draft.isOutput(value) ? List.of() : readers;
    }

    /** The factors of least expected error; empty where none are better than those of one. */
    private Optional<double[]> factors(ChannelStatistics.Channels channels, List<WeightMatrix> readers) {
        double[] none = new double[channels.size()];
        java.util.Arrays.fill(none, 1);
        double least = error(channels, readers, none);
        Optional<double[]> best = Optional.empty();
        for (int tenths = 1; tenths < TENTHS; tenths++) {
            double[] factors = factors(channels, readers, tenths / (double) TENTHS);
            double error = error(channels, readers, factors);
            if (error < least) {
                least = error;
                best = Optional.of(factors);
            }
        }
        return best;
    }

    private static double[] factors(ChannelStatistics.Channels channels, List<WeightMatrix> readers, double alpha) {
        double[] factors = new double[channels.size()];
        double logs = 0;
        for (int channel = 0; channel < factors.length; channel++) {
            double read = 0;
            for (WeightMatrix reader : readers) {
                for (int row = 0; row < reader.rows(); row++) {
                    read = Math.max(read, Math.abs(reader.values()[row * reader.columns() + channel]));
                }
            }
            double made = channels.largest(channel);
            factors[channel] = made > 0 && read > 0 ? Math.pow(made, alpha) / Math.pow(read, 1 - alpha) : 0;
            logs += factors[channel] > 0 ? Math.log(factors[channel]) : 0;
        }
        // around one, so that what nothing is known of can stay
        double middle = Math.exp(logs / factors.length);
        for (int channel = 0; channel < factors.length; channel++) {
            factors[channel] = factors[channel] > 0 ? factors[channel] / middle : 1;
        }
        return factors;
    }

    /** Expected squared error of what the readers make, once activations and weights are rounded to the nearest. */
    private double error(ChannelStatistics.Channels channels, List<WeightMatrix> readers, double[] factors) {
        double low = 0;
        double high = 0;
        for (int channel = 0; channel < factors.length; channel++) {
            low = Math.min(low, channels.min(channel) / factors[channel]);
            high = Math.max(high, channels.max(channel) / factors[channel]);
        }
        double activationStep = (high - low) / ACTIVATION_STEPS;
        double energy = 0;
        for (int channel = 0; channel < factors.length; channel++) {
            energy += channels.meanSquare(channel) / (factors[channel] * factors[channel]);
        }
        double error = 0;
        for (WeightMatrix reader : readers) {
            for (int row = 0; row < reader.rows(); row++) {
                double largest = 0;
                double sum = 0;
                for (int channel = 0; channel < factors.length; channel++) {
                    double weight = reader.values()[row * reader.columns() + channel] * factors[channel];
                    largest = Math.max(largest, Math.abs(weight));
                    sum += weight * weight;
                }
                double weightStep = largest / scheme.weightSteps();
                error += activationStep * activationStep * sum + weightStep * weightStep * energy;
            }
        }
        return error;
    }

    private static Tensor multiplied(WeightMatrix weights, double[] factors) {
        float[] values = weights.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * factors[i % weights.columns()]);
        }
        return weights.toTensor(values);
    }
}
