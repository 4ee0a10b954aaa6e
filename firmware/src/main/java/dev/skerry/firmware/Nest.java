package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Nested loops over a box of known extents, in which several tensors are gone through at once, each with a step of its own along
 * each axis. Axes that all of them go through in one stride become one loop.
 */
final class Nest {
    private String variables;
    private final List<Long> extents = new ArrayList<>();
    private final List<Long> offsets = new ArrayList<>();
    private final List<List<Long>> strides = new ArrayList<>();

    /** @param variables a letter for each loop, from the outermost on */
    Nest(String variables, long... extents) {
        this.variables = variables;
        for (long extent : extents) {
            this.extents.add(extent);
        }
    }

    static Nest over(long... extents) {
        return new Nest("ijklmnopqrst", extents);
    }

    /** A tensor that goes along; its index is the one at this place among what {@link #run} gives. */
    Nest with(long offset, long... steps) {
        offsets.add(offset);
        List<Long> list = new ArrayList<>();
        for (long step : steps) {
            list.add(step);
        }
        strides.add(list);
        return this;
    }

    /** Other letters for the loops. */
    Nest named(String letters) {
        variables = letters;
        return this;
    }

    /** Writes the loops, and inside of them what {@code inner} makes of the indices. */
    void run(Body body, Consumer<List<String>> inner) {
        merge();
        loop(body, 0, inner);
    }

    private void loop(Body body, int axis, Consumer<List<String>> inner) {
        if (axis < extents.size()) {
            body.loop(variable(axis), extents.get(axis), () -> loop(body, axis + 1, inner));
            return;
        }
        List<String> indices = new ArrayList<>();
        for (int i = 0; i < strides.size(); i++) {
            indices.add(index(i));
        }
        inner.accept(indices);
    }

    private String variable(int axis) {
        return axis < variables.length() ? variables.substring(axis, axis + 1) : variables.substring(0, 1) + axis;
    }

    private String index(int tensor) {
        var terms = new StringBuilder();
        for (int axis = 0; axis < extents.size(); axis++) {
            long step = strides.get(tensor).get(axis);
            if (step != 0) {
                String size = Math.abs(step) == 1 ? "" : " * " + Math.abs(step);
                String sign = step < 0 ? "-" : "+";
                terms.append(terms.isEmpty() ? step < 0 ? "-" : "" : " " + sign + " ")
                        .append(variable(axis))
                        .append(size);
            }
        }
        long offset = offsets.get(tensor);
        if (terms.isEmpty()) {
            return Long.toString(offset);
        }
        return terms.charAt(0) == '-'
                ? offset + " - " + terms.substring(1)
                : offset == 0 ? terms.toString() : terms + (offset < 0 ? " - " : " + ") + Math.abs(offset);
    }

    private void merge() {
        for (int axis = extents.size() - 1; axis >= 0; axis--) {
            if (extents.get(axis) == 1) {
                remove(axis);
            }
        }
        for (int axis = extents.size() - 2; axis >= 0; axis--) {
            int outer = axis;
            long inner = extents.get(axis + 1);
            if (strides.stream().allMatch(steps -> steps.get(outer) == steps.get(outer + 1) * inner)) {
                extents.set(axis + 1, extents.get(axis) * inner);
                remove(axis);
            }
        }
    }

    private void remove(int axis) {
        extents.remove(axis);
        strides.forEach(steps -> steps.remove(axis));
    }
}
