package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Each element of the output from the elements of the inputs at the same place; smaller inputs are repeated. */
final class Elementwise {
    private static final String NAMES = "abcdefgh";

    private Elementwise() {}

    /**
     * @param inputs which of the node's
     * @param value of an element in C, from the names of the elements of the inputs
     */
    static void write(Call call, List<Integer> inputs, java.util.function.Function<List<String>, String> value) {
        long[] dims = call.outputDims(0);
        Buffer output = call.output(0);
        call.function(body -> {
            List<Body.Variable> arrays = new ArrayList<>();
            Nest nest = Nest.over(dims);
            for (int input : inputs) {
                Operand operand = call.input(input);
                arrays.add(body.reads(inputs.size() == 1 ? "x" : "x" + input, operand));
                nest.with(0, Sizes.broadcast(operand.dims(), dims));
            }
            Body.Variable y = body.writes("y", output);
            nest.with(0, Sizes.strides(dims));
            nest.run(body, at -> {
                List<String> names = new ArrayList<>();
                for (int i = 0; i < arrays.size(); i++) {
                    String name = i < NAMES.length() ? NAMES.substring(i, i + 1) : "a" + i;
                    Body.Variable x = arrays.get(i);
                    body.line("%s %s = %s;".formatted(x.computed(), name, x.at(at.get(i))));
                    names.add(name);
                }
                body.line(y.set(at.getLast(), value.apply(names)));
            });
        });
    }

    static void unary(Call call, UnaryOperator<String> value) {
        write(call, List.of(0), names -> value.apply(names.getFirst()));
    }

    static void binary(Call call, java.util.function.BinaryOperator<String> value) {
        write(call, List.of(0, 1), names -> value.apply(names.getFirst(), names.getLast()));
    }
}
