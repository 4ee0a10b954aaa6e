package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.GraphIndex;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SpreadSamples;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;

/**
 * Second moments for a table whose rows are looked up: what errors in its columns do to the next layers, and which of them make up
 * for each other. Nothing is multiplied with a table, so they are found by trying: each column in turn is moved a little, up in
 * some rows and down in others as a coin falls, so that on the whole no two rows' errors go together, as those of rounding don't;
 * the products of the changes that two columns make are the moments.
 */
final class TableMoments {
    /** Each column takes an inference on each sample. */
    static final int MOST_COLUMNS = 256;

    private static final int SAMPLES = 4;

    /** Of what a layer puts out, evenly spread. */
    private static final int MOST_VALUES = 1 << 14;

    /** In root mean squares of the table: far above what floats round, and so little that the change is nearly linear. */
    private static final double STEP = 0.1;

    private final Studied studied;
    private final Tensor table;
    private final float[] values;
    private final int columns;
    private final Set<String> watched;

    private TableMoments(Studied studied, Tensor table, Set<String> watched) {
        this.studied = studied;
        this.table = table;
        this.watched = watched;
        values = table.toFloats();
        columns = (int) table.dims()[1];
    }

    /** Of a table that a node of the outermost graph looks up; empty where it isn't, or is too wide to try. */
    static Optional<Gram> of(Studied studied, Node gather) {
        Graph graph = studied.model().graph();
        Tensor table = graph.initializers().get(gather.input(0));
        Set<String> layers = nextLayers(graph, gather);
        return table == null || table.dims()[1] > MOST_COLUMNS || layers.isEmpty()
                ? Optional.empty()
                : Optional.of(new TableMoments(studied, table, layers).gather());
    }

    /** Outputs of the first layers that what was looked up comes to. */
    private static Set<String> nextLayers(Graph graph, Node gather) {
        GraphIndex index = GraphIndex.of(graph);
        Set<String> found = new LinkedHashSet<>();
        Set<String> seen = new HashSet<>();
        List<String> reached = new ArrayList<>(gather.outputs());
        for (int i = 0; i < reached.size(); i++) {
            for (Node reader : index.consumers(reached.get(i))) {
                if (FloatParts.isWeighted(reader)) {
                    found.add(Subgraphs.firstOutput(reader));
                } else {
                    reader.outputs().stream().filter(seen::add).forEach(reached::add);
                }
            }
        }
        return found;
    }

    private Gram gather() {
        var products = new RowProducts(columns);
        var random = new SplittableRandom(1);
        long rows = 0;
        try (Sessions.Open session = studied.sessions().open(Taps.tap(open(), watched), "tables")) {
            for (Sample sample : SpreadSamples.of(studied.samples(), SAMPLES)) {
                boolean[] up = new boolean[values.length / columns];
                for (int row = 0; row < up.length; row++) {
                    up[row] = random.nextBoolean();
                }
                DMatrixRMaj changes = changes(session, sample, up);
                for (int row = 0; row < changes.numRows; row++) {
                    products.add(changes, row);
                }
                rows += changes.numRows;
            }
        }
        return Gram.of(products, rows);
    }

    /** The model with the table as an input, so that one session serves all tries. */
    private Model open() {
        Graph graph = studied.model().graph();
        var initializers = new LinkedHashMap<>(graph.initializers());
        initializers.remove(table.name());
        var inputs = new ArrayList<>(graph.inputs());
        inputs.removeIf(input -> input.name().equals(table.name()));
        inputs.add(ValueInfo.of(table.name(), table.type(), table.shape()));
        return studied.model().withGraph(graph.withInitializers(initializers).withInputs(inputs));
    }

    /** By watched value and column, what moving the column changed. */
    private DMatrixRMaj changes(Sessions.Open session, Sample sample, boolean[] up) {
        float[] before = watched(session, sample, values);
        var changes = new DMatrixRMaj(before.length, columns);
        float step = (float) (STEP * rootMeanSquare());
        for (int column = 0; column < columns; column++) {
            Sessions.stopIfInterrupted();
            studied.progress().step("studying tables", column, columns);
            float[] moved = values.clone();
            for (int row = 0; row < up.length; row++) {
                moved[row * columns + column] += up[row] ? step : -step;
            }
            float[] after = watched(session, sample, moved);
            for (int i = 0; i < before.length; i++) {
                double change = after[i] - before[i];
                changes.set(i, column, Double.isFinite(change) ? change : 0);
            }
        }
        return changes;
    }

    private double rootMeanSquare() {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / values.length);
    }

    private float[] watched(Sessions.Open session, Sample sample, float[] tried) {
        var inputs = new LinkedHashMap<>(sample.inputs());
        inputs.put(table.name(), Tensor.ofFloats(table.name(), table.dims(), tried));
        Map<String, Tensor> outputs = session.infer(sample.withInputs(inputs).restarted());
        float[][] all = watched.stream()
                .map(outputs::get)
                .filter(output -> output != null && output.type() == DataType.FLOAT)
                .map(output -> spread(output.toFloats()))
                .toArray(float[][]::new);
        float[] joined =
                new float[IntStream.range(0, all.length).map(i -> all[i].length).sum()];
        int at = 0;
        for (float[] each : all) {
            System.arraycopy(each, 0, joined, at, each.length);
            at += each.length;
        }
        return joined;
    }

    private static float[] spread(float[] values) {
        float[] some = new float[Math.min(values.length, MOST_VALUES)];
        for (int i = 0; i < some.length; i++) {
            some[i] = values[(int) ((long) i * values.length / some.length)];
        }
        return some;
    }
}
