package dev.skerry.compress;

import dev.skerry.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Chooses the integers of a layer's weights once their scales are known. */
interface WeightRounding {
    /** Each weight to the integer next to it. */
    WeightRounding NEAREST = (layer, weights, scales, steps) -> Optional.empty();

    /**
     * Integers between −{@code steps} and {@code steps}, by row.
     *
     * @param scales one per row
     * @return empty where the nearest integers are as good as any others
     */
    Optional<int[]> round(Node layer, WeightMatrix weights, float[] scales, int steps);

    /** @param layers of the model that will be asked for, in their order; others round to the nearest */
    static WeightRounding of(Rounding rounding, Studied studied, List<Node> layers) {
        return switch (rounding) {
            case NEAREST -> NEAREST;
            case SECOND_ORDER -> {
                var moments = new Moments(studied, layers);
                yield (layer, weights, scales, steps) -> moments.of(layer)
                        .map(gram -> SecondOrderRounding.round(
                                weights,
                                (row, column) -> scales[row],
                                -steps,
                                steps,
                                gram,
                                SecondOrderRounding.DAMPING));
            }
        };
    }

    /** Second moments of what layers read, of a few layers at a time where those of all would take too much memory. */
    final class Moments {
        private static final long MOST_BYTES = 512L << 20;

        private final Studied studied;
        private final List<List<Node>> parts = new ArrayList<>();
        private final Map<String, List<Node>> partOf = new HashMap<>();
        private Map<String, Gram> current = Map.of();

        Moments(Studied studied, List<Node> layers) {
            this.studied = studied;
            var draft = new Draft(studied.model().graph());
            long bytes = MOST_BYTES;
            for (Node layer : layers) {
                Optional<WeightMatrix> weights = WeightMatrix.of(layer, draft.constant(layer.input(1)));
                if (weights.isPresent()) {
                    long own = 8L
                            * weights.get().columns()
                            * weights.get().columns()
                            * weights.get().groups();
                    if (bytes + own > MOST_BYTES) {
                        parts.add(new ArrayList<>());
                        bytes = 0;
                    }
                    bytes += own;
                    parts.getLast().add(layer);
                    partOf.put(layer.output(0), parts.getLast());
                }
            }
        }

        Optional<Gram> of(Node layer) {
            List<Node> part = partOf.get(layer.output(0));
            if (part == null) {
                return Optional.empty();
            }
            if (parts.size() == 1) {
                studied.gather(part);
                return Optional.of(studied.gram(layer));
            }
            if (!current.containsKey(layer.output(0))) {
                current = Gram.gather(studied, part);
            }
            return Optional.ofNullable(current.get(layer.output(0)));
        }
    }
}
