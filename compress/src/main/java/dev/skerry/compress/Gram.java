package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Second moments XᵀX of the columns that a layer's weights are multiplied with: what a change of the weights does to the
 * layer's output, in the mean over the samples, is a quadratic form in it.
 *
 * @see <a href="https://arxiv.org/abs/2210.17323">Frantar et al., GPTQ, section 3</a>
 */
final class Gram {
    /** Columns taken per layer, evenly spread over the samples and positions: twice as many hardly change the moments. */
    private static final long MOST_ROWS = 8192;

    private final int columns;
    private final List<RowProducts> products;
    private final List<double[]> sums = new ArrayList<>();
    private final Map<Integer, SecondOrder> solved = new HashMap<>();
    private long rows;

    private Gram(List<RowProducts> products, int columns) {
        this.columns = columns;
        this.products = products;
        products.forEach(_ -> sums.add(new double[columns]));
    }

    private static Gram of(WeightMatrix matrix) {
        return new Gram(
                Stream.generate(() -> new RowProducts(matrix.columns()))
                        .limit(matrix.groups())
                        .toList(),
                matrix.columns());
    }

    /** Of rows that were summed up elsewhere. */
    static Gram of(RowProducts products, long rows) {
        var gram = new Gram(List.of(products), products.columns());
        gram.rows = rows;
        return gram;
    }

    /** What rounding in order needs of a group's moments; made once, for all forms of blocks. */
    SecondOrder solved(int group) {
        return solved.computeIfAbsent(group, key -> SecondOrder.of(product(key), rows));
    }

    /** Inputs of one output channel. */
    int columns() {
        return columns;
    }

    /** How many columns of input were seen. */
    long rows() {
        return rows;
    }

    int groups() {
        return products.size();
    }

    /** XᵀX of a group's inputs; a copy. */
    DMatrixRMaj product(int group) {
        return products.get(group).matrix();
    }

    /** The mean of each of a group's inputs. */
    double[] means(int group) {
        double[] means = sums.get(group).clone();
        for (int i = 0; i < means.length; i++) {
            means[i] /= Math.max(1, rows);
        }
        return means;
    }

    /** By first output of the layer; layers without a {@link WeightMatrix} are left out. */
    static Map<String, Gram> gather(Studied studied, List<Node> layers) {
        Model model = studied.model();
        var draft = new Draft(model.graph());
        Map<String, Tensor> constants = Subgraphs.constants(model.graph());
        var grams = new LinkedHashMap<String, Gram>();
        var patches = new LinkedHashMap<String, Patches>();
        Set<String> tapped = new LinkedHashSet<>();
        for (Node layer : layers) {
            Optional<WeightMatrix> weights = WeightMatrix.of(layer, Optional.ofNullable(constants.get(layer.input(1))));
            weights.ifPresent(matrix -> {
                grams.put(layer.output(0), of(matrix));
                patches.put(layer.output(0), Patches.of(layer, matrix));
                if (!draft.isInput(layer.input(0))) {
                    tapped.add(layer.input(0));
                }
            });
        }
        long perSample = Math.max(1, MOST_ROWS / Math.max(1, studied.samples().size()));
        try (var session = studied.sessions().open(Taps.tap(model, tapped), "moments")) {
            long seen = 0;
            for (Sample sample : studied.samples()) {
                Sessions.stopIfInterrupted();
                studied.progress()
                        .step("studying layers", seen++, studied.samples().size());
                Map<String, Tensor> values = new LinkedHashMap<>(sample.inputs());
                values.putAll(session.infer(sample));
                patches.forEach((output, patch) -> {
                    Tensor input = values.get(patch.input());
                    Gram gram = grams.get(output);
                    if (gram != null && input != null && input.type() == DataType.FLOAT) {
                        gram.add(patch, input, perSample);
                    }
                });
            }
        }
        return grams;
    }

    private void add(Patches patches, Tensor input, long most) {
        long taken = 0;
        for (int group = 0; group < products.size(); group++) {
            DMatrixRMaj rowsOfGroup = patches.rows(input, group, most);
            if (CommonOps_DDRM.elementMaxAbs(rowsOfGroup) < Double.MAX_VALUE) {
                double[] sum = sums.get(group);
                for (int row = 0; row < rowsOfGroup.numRows; row++) {
                    products.get(group).add(rowsOfGroup, row);
                    for (int column = 0; column < columns; column++) {
                        sum[column] += rowsOfGroup.get(row, column);
                    }
                }
                taken = rowsOfGroup.numRows;
            }
        }
        rows += taken;
    }
}
