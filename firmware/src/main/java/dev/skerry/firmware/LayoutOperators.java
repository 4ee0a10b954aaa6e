package dev.skerry.firmware;

import java.util.Map;

/** Operators that move elements, or only see them under other dimensions. */
final class LayoutOperators {
    static final Map<String, Operator> ALL = Map.of(
            "Identity", call -> call.view(0, 0),
            "Reshape", call -> call.view(0, 0),
            "Flatten", call -> call.view(0, 0),
            "Squeeze", call -> call.view(0, 0),
            "Unsqueeze", call -> call.view(0, 0),
            "Transpose", LayoutOperators::transpose);

    private LayoutOperators() {}

    private static void transpose(Call call) {
        long[] dims = call.dims(0);
        long[] order = new long[dims.length];
        for (int axis = 0; axis < order.length; axis++) {
            order[axis] = order.length - 1L - axis;
        }
        order = call.attribute("perm", order);
        long[] own = Sizes.strides(dims);
        long[] steps = new long[dims.length];
        for (int axis = 0; axis < order.length; axis++) {
            steps[axis] = own[Math.toIntExact(order[axis])];
        }
        long[] made = call.outputDims(0);
        call.function(body -> {
            body.reads("x", call.input(0));
            body.writes("y", call.output(0));
            Nest.over(made)
                    .with(0, steps)
                    .with(0, Sizes.strides(made))
                    .run(body, at -> body.line("y[%s] = x[%s];".formatted(at.get(1), at.get(0))));
        });
    }
}
