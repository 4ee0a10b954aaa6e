package dev.skerry.model;

import java.util.List;
import java.util.Map;

/** LSTM, GRU and RNN: X [steps, batch, features], weights R [directions, gates·hidden, hidden]. */
final class RecurrentRules {
    static final Map<String, Rule> RULES = Map.of(
            "LSTM", RecurrentRules::recurrent, "GRU", RecurrentRules::recurrent, "RNN", RecurrentRules::recurrent);

    private RecurrentRules() {}

    private static void recurrent(Operation op) {
        List<Dim> x = op.dims(0, 3);
        List<Dim> w = op.dims(1, 3);
        List<Dim> r = op.dims(2, 3);
        if (x != null && w != null && Dims.differ(x.get(2), w.get(2))) {
            throw op.mismatch("the input has not as many features as the weights take", 0, 1);
        }
        boolean batchFirst = op.attribute("layout", 0) != 0;
        Dim directions =
                Dim.of(op.node().stringAttribute("direction", "forward").equals("bidirectional") ? 2 : 1);
        long size = op.attribute("hidden_size", 0);
        Dim hidden = size > 0 ? Dim.of(size) : r == null ? Dims.UNKNOWN : r.get(2);
        Dim steps = x == null ? Dims.UNKNOWN : x.get(batchFirst ? 1 : 0);
        Dim batch = x == null ? Dims.UNKNOWN : x.get(batchFirst ? 0 : 1);
        DataType element = op.element(0);
        List<Dim> last = batchFirst ? List.of(batch, directions, hidden) : List.of(directions, batch, hidden);
        op.set(
                0,
                element,
                batchFirst ? List.of(batch, steps, directions, hidden) : List.of(steps, directions, batch, hidden));
        op.set(1, element, last);
        op.set(2, element, last);
    }
}
