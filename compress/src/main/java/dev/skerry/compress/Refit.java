package dev.skerry.compress;

import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Fits a narrowed model's layers to the outputs that they had, in topological order: each reads what the narrowed layers before
 * it make, and so learns to undo what those lose. Where the output is added to a value that is settled already, the sum is what
 * is fitted. How far weights may move is chosen on every fourth sample, by which the others' fit is judged.
 *
 * @see <a href="https://arxiv.org/abs/1707.06168">He et al., Channel pruning for accelerating very deep neural networks, sections
 *     3.2 and 3.3</a>
 */
final class Refit {
    private static final int HELD_OUT = 4;
    private static final int LEAST_ROWS = 4096;
    private static final int MOST_ROWS = 16384;
    private static final int ROWS_PER_COLUMN = 16;
    private static final double[] RIDGES = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1};

    private final Studied original;
    private final ChannelFlow flow;
    private final ChannelRemoval removal;
    private final Set<String> changed = new LinkedHashSet<>();

    Refit(Studied original, ChannelFlow flow, ChannelRemoval removal) {
        this.original = original;
        this.flow = flow;
        this.removal = removal;
    }

    /** First outputs of the layers that were fitted. */
    Set<String> changed() {
        return changed;
    }

    /** @param narrowed the model without the channels, with all other values named as in the original */
    Model run(Model narrowed) {
        Model model = narrowed;
        Set<String> altered = new HashSet<>();
        List<Node> nodes = narrowed.graph().nodes();
        int done = 0;
        for (Node node : nodes) {
            original.progress().step("fitting layers", done++, nodes.size());
            boolean readsLess = flow.lane(node.input(0))
                    .map(lane -> removal.touches(lane.channels()))
                    .orElse(false);
            if (readsLess || node.inputs().stream().anyMatch(altered::contains)) {
                altered.addAll(node.outputs());
                model = fit(model, node);
            }
        }
        return model;
    }

    private Model fit(Model model, Node node) {
        var draft = new Draft(model.graph());
        Optional<WeightMatrix> weights = WeightMatrix.of(node, draft.constant(node.input(1)));
        if (weights.isEmpty() || draft.consumers(weights.get().name()).size() > 1) {
            return model;
        }
        WeightMatrix matrix = weights.get();
        Optional<Tensor> bias = LayerBias.of(draft, node, matrix.rows());
        List<Fit> fits = gather(model, draft, node, matrix, bias.isPresent());
        double ridge = 0;
        double best = 0;
        for (double candidate : RIDGES) {
            double change = 0;
            for (Fit fit : fits) {
                change += fit.change(candidate);
            }
            if (change < best) {
                best = change;
                ridge = candidate;
            }
        }
        if (best == 0) {
            return model;
        }
        float[] values = matrix.values().clone();
        double[] shift = new double[matrix.rows()];
        int perGroup = matrix.rowsPerGroup();
        for (int group = 0; group < fits.size(); group++) {
            DMatrixRMaj change = fits.get(group).solve(ridge);
            for (int i = 0; i < perGroup; i++) {
                int row = group * perGroup + i;
                for (int column = 0; column < matrix.columns(); column++) {
                    values[row * matrix.columns() + column] += (float) change.get(column, i);
                }
                shift[row] = bias.isPresent() ? change.get(matrix.columns(), i) : 0;
            }
        }
        draft.initializers.put(matrix.name(), matrix.toTensor(values));
        bias.ifPresent(tensor -> draft.initializers.put(tensor.name(), LayerBias.shifted(tensor, shift)));
        changed.add(node.output(0));
        return model.withGraph(draft.toGraph());
    }

    /** Normal equations of one group of a layer: of the samples to learn from, and of those to judge by. */
    private static final class Fit {
        private final DMatrixRMaj[] left = new DMatrixRMaj[2];
        private final DMatrixRMaj[] right = new DMatrixRMaj[2];

        Fit(int inputs, int outputs) {
            for (int i = 0; i < 2; i++) {
                left[i] = new DMatrixRMaj(inputs, inputs);
                right[i] = new DMatrixRMaj(inputs, outputs);
            }
        }

        void add(DMatrixRMaj inputs, DMatrixRMaj missing, int part) {
            CommonOps_DDRM.multAddTransA(inputs, inputs, left[part]);
            CommonOps_DDRM.multAddTransA(inputs, missing, right[part]);
        }

        /** How the squared error of the held-out samples changes; negative is better. */
        double change(double ridge) {
            DMatrixRMaj solved = Reconstruction.solve(left[0], right[0], ridge);
            var product = new DMatrixRMaj(solved.numRows, solved.numCols);
            CommonOps_DDRM.mult(left[1], solved, product);
            double change = 0;
            for (int i = 0; i < product.data.length; i++) {
                change += solved.data[i] * (product.data[i] - 2 * right[1].data[i]);
            }
            return change;
        }

        DMatrixRMaj solve(double ridge) {
            CommonOps_DDRM.addEquals(left[0], left[1]);
            CommonOps_DDRM.addEquals(right[0], right[1]);
            return Reconstruction.solve(left[0], right[0], ridge);
        }
    }

    private List<Fit> gather(Model model, Draft draft, Node node, WeightMatrix matrix, boolean bias) {
        List<Fit> fits = new ArrayList<>();
        int inputs = matrix.columns() + (bias ? 1 : 0);
        for (int group = 0; group < matrix.groups(); group++) {
            fits.add(new Fit(inputs, matrix.rowsPerGroup()));
        }
        Optional<String> summand = summand(draft, node);
        Set<String> compared = new LinkedHashSet<>(List.of(node.output(0)));
        summand.ifPresent(compared::add);
        Set<String> read = new LinkedHashSet<>(compared);
        if (!draft.isInput(node.input(0))) {
            read.add(node.input(0));
        }
        long most = Math.clamp((long) ROWS_PER_COLUMN * matrix.columns(), LEAST_ROWS, MOST_ROWS);
        long perSample = Math.max(1, most / Math.max(1, original.samples().size()));
        Patches patches = Patches.of(node, matrix);
        try (var before = original.sessions().open(Taps.tap(original.model(), compared), "before");
                var after = original.sessions().open(Taps.tap(model, read), "after")) {
            int at = 0;
            for (Sample sample : original.samples()) {
                Sessions.stopIfInterrupted();
                Map<String, Tensor> expected = before.infer(sample);
                Map<String, Tensor> values = new LinkedHashMap<>(sample.inputs());
                values.putAll(after.infer(sample));
                Optional<float[]> missing = missing(expected, values, compared);
                Tensor input = values.get(node.input(0));
                int part = at++ % HELD_OUT == HELD_OUT - 1 ? 1 : 0;
                for (int group = 0; group < fits.size() && input != null && missing.isPresent(); group++) {
                    DMatrixRMaj rows = patches.rows(input, group, perSample);
                    DMatrixRMaj wanted = rows(missing.get(), node, matrix, group, rows.numRows, input);
                    DMatrixRMaj complete = bias ? withOne(rows) : rows;
                    if (CommonOps_DDRM.elementMaxAbs(complete) < Double.MAX_VALUE
                            && CommonOps_DDRM.elementMaxAbs(wanted) < Double.MAX_VALUE) {
                        fits.get(group).add(complete, wanted, part);
                    }
                }
            }
        }
        return fits;
    }

    /** The value that the layer's output is added to, where that is made before the layer. */
    private static Optional<String> summand(Draft draft, Node node) {
        Optional<Node> add = draft.onlyConsumer(node.output(0)).filter(consumer -> consumer.is("Add"));
        if (add.isPresent()
                && draft.constant(add.get().input(0)).isEmpty()
                && draft.constant(add.get().input(1)).isEmpty()) {
            String other = add.get().input(add.get().input(0).equals(node.output(0)) ? 1 : 0);
            for (Node earlier : draft.nodes) {
                if (earlier.output(0).equals(node.output(0))) {
                    return Optional.empty();
                }
                if (earlier.outputs().contains(other)) {
                    return Optional.of(other);
                }
            }
        }
        return Optional.empty();
    }

    /** What the original has more, channels that are gone left out; empty where the values can't be compared. */
    private Optional<float[]> missing(Map<String, Tensor> expected, Map<String, Tensor> values, Set<String> compared) {
        float[] sum = null;
        for (String value : compared) {
            Tensor before = expected.get(value);
            Tensor after = values.get(value);
            if (before == null || after == null) {
                return Optional.empty();
            }
            float[] wanted = withoutRemoved(value, before);
            float[] made = after.toFloats();
            if (wanted.length != made.length || sum != null && sum.length != made.length) {
                // a summand that is broadcast
                return Optional.ofNullable(sum);
            }
            sum = sum == null ? new float[made.length] : sum;
            for (int i = 0; i < made.length; i++) {
                sum[i] += wanted[i] - made[i];
            }
        }
        return Optional.ofNullable(sum);
    }

    private float[] withoutRemoved(String value, Tensor tensor) {
        float[] all = tensor.toFloats();
        Optional<ChannelFlow.Lane> lane = flow.lane(value).filter(each -> removal.touches(each.channels()));
        if (lane.isEmpty()) {
            return all;
        }
        int[] kept = removal.kept(lane.get().channels());
        int count = lane.get().channels().length;
        long[] dims = tensor.dims();
        int inner =
                (int) Arrays.stream(dims, lane.get().axis() + 1, dims.length).reduce(1, (a, b) -> a * b);
        float[] left = new float[all.length / count * kept.length];
        int to = 0;
        for (int block = 0; block < all.length / inner / count; block++) {
            for (int channel : kept) {
                System.arraycopy(all, (block * count + channel) * inner, left, to, inner);
                to += inner;
            }
        }
        return left;
    }

    /** Rows of the output in the order and the choice of {@link Patches#rows}. */
    private static DMatrixRMaj rows(
            float[] output, Node node, WeightMatrix matrix, int group, int taken, Tensor input) {
        int perGroup = matrix.rowsPerGroup();
        int all = output.length / matrix.rows();
        int batches = node.is("Conv") ? (int) input.dims()[0] : 1;
        int area = node.is("Conv") ? all / Math.max(1, batches) : 1;
        var rows = new DMatrixRMaj(taken, perGroup);
        for (int i = 0; i < taken; i++) {
            int position = (int) ((long) i * all / taken);
            for (int j = 0; j < perGroup; j++) {
                int channel = group * perGroup + j;
                int at = position / area * matrix.rows() * area + channel * area + position % area;
                rows.set(i, j, output[at]);
            }
        }
        return rows;
    }

    private static DMatrixRMaj withOne(DMatrixRMaj rows) {
        var wider = new DMatrixRMaj(rows.numRows, rows.numCols + 1);
        CommonOps_DDRM.insert(rows, wider, 0, 0);
        for (int i = 0; i < rows.numRows; i++) {
            wider.set(i, rows.numCols, 1);
        }
        return wider;
    }
}
