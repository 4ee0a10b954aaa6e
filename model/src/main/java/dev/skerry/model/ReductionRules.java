package dev.skerry.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Operators that fold axes away. */
final class ReductionRules {
    static final Map<String, Rule> RULES = rules();

    private ReductionRules() {}

    private static Map<String, Rule> rules() {
        Map<String, Rule> rules = new HashMap<>();
        for (String kind :
                List.of("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare")) {
            rules.put("Reduce" + kind, ReductionRules::reduce);
        }
        rules.put("ArgMax", ReductionRules::arg);
        rules.put("ArgMin", ReductionRules::arg);
        return Map.copyOf(rules);
    }

    private static void reduce(Operation op) {
        List<Dim> x = op.dims(0);
        boolean keep = op.attribute("keepdims", 1) != 0;
        long[] axes = op.longs("axes", 1);
        if (x == null) {
            boolean allGone = !keep && !op.given("axes", 1) && op.attribute("noop_with_empty_axes", 0) == 0;
            op.set(0, op.element(0), allGone ? List.of() : null);
            return;
        }
        if (axes == null && op.given("axes", 1)) {
            List<Dim> count = op.dims(1);
            int gone =
                    count != null && count.size() == 1 && count.getFirst() instanceof Dim.Known(long n) ? (int) n : 0;
            // which axes are folded is not known, but perhaps how many; none may mean all
            op.set(0, op.element(0), keep ? Dims.unknown(x.size()) : gone > 0 ? Dims.unknown(x.size() - gone) : null);
            return;
        }
        boolean none = axes == null || axes.length == 0;
        if (none && op.attribute("noop_with_empty_axes", 0) != 0) {
            op.set(0, op.type(0));
            return;
        }
        Set<Integer> folded = new HashSet<>();
        for (int i = 0; none && i < x.size(); i++) {
            folded.add(i);
        }
        for (int i = 0; axes != null && i < axes.length; i++) {
            folded.add(op.axis(axes[i], x.size()));
        }
        op.set(0, op.element(0), without(x, folded, keep));
    }

    private static void arg(Operation op) {
        List<Dim> x = op.dims(0);
        boolean keep = op.attribute("keepdims", 1) != 0;
        op.set(
                0,
                DataType.INT64,
                x == null ? null : without(x, Set.of(op.axis(op.attribute("axis", 0), x.size())), keep));
    }

    private static List<Dim> without(List<Dim> dims, Set<Integer> folded, boolean keep) {
        List<Dim> result = new ArrayList<>();
        for (int i = 0; i < dims.size(); i++) {
            if (!folded.contains(i)) {
                result.add(dims.get(i));
            } else if (keep) {
                result.add(Dim.of(1));
            }
        }
        return result;
    }
}
