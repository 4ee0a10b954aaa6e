package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Sets weights of layers to zero; all stay float32 and in their places. The file is as long as before and compresses better
 * ({@link Sparsity} tells how much); dense kernels, ONNX Runtime's among them, multiply by zeros as they do by anything else,
 * and are not faster.
 */
record Sparsify(SparsePattern pattern, Criterion criterion) implements Technique {
    /** By what a weight is judged. */
    enum Criterion {
        /** Its magnitude, among all weights of the layer. */
        MAGNITUDE,
        /**
         * Its magnitude times the norm of its input, among the weights of one output channel.
         *
         * @see <a href="https://arxiv.org/abs/2306.11695">Sun et al., Wanda, section 3</a>
         */
        WANDA,
        /** What the layer's output loses when the weights that follow take over what they can; see {@link SecondOrderSparsity}. */
        SPARSEGPT
    }

    /** Fewer inputs than this leave nothing to choose from: the nine of a depthwise kernel are all needed. */
    private static final int LEAST_COLUMNS = 16;

    @Override
    public String label() {
        return "sparse-" + pattern.label() + "-" + criterion.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public Rewritten apply(Studied studied) {
        var draft = new Draft(studied.model().graph());
        List<Node> layers = new ArrayList<>();
        List<KeptFloat> kept = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Node node : draft.nodes) {
            Optional<WeightMatrix> weights = WeightMatrix.of(node, draft.constant(node.input(1)));
            if (weights.isEmpty() || !names.add(weights.get().name())) {
                continue;
            }
            Optional<String> obstacle = obstacle(weights.get());
            obstacle.ifPresent(reason -> kept.add(new KeptFloat(node.label(), node.op(), reason)));
            if (obstacle.isEmpty()) {
                layers.add(node);
            }
        }
        if (criterion != Criterion.MAGNITUDE) {
            studied.gather(layers);
        }
        Set<String> changed = new LinkedHashSet<>();
        for (Node layer : layers) {
            Sessions.stopIfInterrupted();
            WeightMatrix weights =
                    WeightMatrix.of(layer, draft.constant(layer.input(1))).orElseThrow();
            draft.initializers.put(weights.name(), weights.toTensor(sparse(weights, layer, studied)));
            changed.add(layer.output(0));
        }
        return new Rewritten(studied.model().withGraph(draft.toGraph()), changed, 0, kept);
    }

    private Optional<String> obstacle(WeightMatrix weights) {
        if (weights.columns() < LEAST_COLUMNS) {
            return Optional.of(weights.columns() + " weights per output channel are too few to choose from");
        }
        return switch (pattern) {
            case SparsePattern.Unstructured _ -> Optional.empty();
            case SparsePattern.OfEach(int _, int of) -> {
                int neighbours = weights.columns() / kernelArea(weights);
                yield neighbours % of == 0
                        ? Optional.empty()
                        : Optional.of(neighbours + " input channels don't divide into blocks of " + of);
            }
        };
    }

    private float[] sparse(WeightMatrix weights, Node layer, Studied studied) {
        int columns = weights.columns();
        int[] order = order(weights);
        float[] values = weights.values().clone();
        double[][] rows = new double[weights.rows()][columns];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < columns; i++) {
                rows[row][i] = values[row * columns + order[i]];
            }
        }
        int perGroup = weights.rowsPerGroup();
        switch (criterion) {
            case MAGNITUDE -> {
                double[] even = new double[columns];
                Arrays.fill(even, 1);
                zeroLowest(rows, even, false);
            }
            case WANDA -> {
                Gram gram = studied.gram(layer);
                for (int group = 0; group < weights.groups(); group++) {
                    var product = gram.product(group);
                    double[] norms = IntStream.range(0, columns)
                            .mapToDouble(i -> Math.sqrt(product.get(order[i], order[i])))
                            .toArray();
                    zeroLowest(Arrays.copyOfRange(rows, group * perGroup, (group + 1) * perGroup), norms, true);
                }
            }
            case SPARSEGPT -> {
                Gram gram = studied.gram(layer);
                for (int group = 0; group < weights.groups(); group++) {
                    new SecondOrderSparsity(gram.product(group), order)
                            .prune(Arrays.copyOfRange(rows, group * perGroup, (group + 1) * perGroup), pattern);
                }
            }
        }
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < columns; i++) {
                values[row * columns + order[i]] = (float) rows[row][i];
            }
        }
        return values;
    }

    /** Zeroes in place what counts least by |weight| · factor of its column. */
    private void zeroLowest(double[][] rows, double[] factors, boolean perRow) {
        int columns = factors.length;
        switch (pattern) {
            case SparsePattern.OfEach(int kept, int of) -> {
                for (int from = 0; from < rows.length * columns; from += of) {
                    zeroLowest(rows, factors, from, of, of - kept);
                }
            }
            case SparsePattern.Unstructured(int percent) -> {
                int at = perRow ? columns : rows.length * columns;
                for (int from = 0; from < rows.length * columns; from += at) {
                    zeroLowest(rows, factors, from, at, (long) at * percent / 100);
                }
            }
        }
    }

    /** Of {@code among} places from one on, counted through the rows, zeroes the {@code count} lowest. */
    private static void zeroLowest(double[][] rows, double[] factors, int from, int among, long count) {
        int columns = factors.length;
        IntStream.range(from, from + among)
                .boxed()
                .sorted(Comparator.comparingDouble(
                        at -> Math.abs(rows[at / columns][at % columns]) * factors[at % columns]))
                .limit(count)
                .toList()
                .forEach(at -> rows[at / columns][at % columns] = 0);
    }

    /** Columns as a pattern counts them: at one kernel position channel after channel. */
    private static int[] order(WeightMatrix weights) {
        int area = kernelArea(weights);
        int channels = weights.columns() / area;
        return IntStream.range(0, weights.columns())
                .map(i -> i % channels * area + i / channels)
                .toArray();
    }

    private static int kernelArea(WeightMatrix weights) {
        long[] dims = weights.dims();
        return dims.length < 3 ? 1 : weights.columns() / (int) dims[1];
    }
}
