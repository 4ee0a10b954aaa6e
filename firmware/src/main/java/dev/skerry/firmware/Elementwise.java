package dev.skerry.firmware;

import dev.skerry.model.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Each element of the output from the elements of the inputs at the same place; smaller inputs are repeated. In a pattern,
 * {@code a}, {@code b} and {@code c} are the elements; {@code @} makes functions and literals those of the type ({@code sqrt@(a)},
 * {@code 0.5@}), and {@code {alpha=1.0}} is an attribute with its default.
 */
final class Elementwise {
    private static final String NAMES = "abcdefgh";
    private static final Pattern ATTRIBUTE = Pattern.compile("\\{(\\w+)=([-0-9.eE]+)}");

    private Elementwise() {}

    /** An operator whose elements are what {@code pattern} says. */
    static Operator of(String pattern) {
        return call -> write(call, all(call), filled(call, pattern, call.type(0)));
    }

    /** An operator that is another pattern for integers with a sign, and another for those without. */
    static Operator of(String reals, String signed, String unsigned) {
        return call -> {
            DataType type = call.type(0);
            String pattern = Numbers.isReal(type) ? reals : Numbers.isUnsigned(type) ? unsigned : signed;
            write(call, all(call), filled(call, pattern, type));
        };
    }

    /** The inputs that are there. */
    static List<Integer> all(Call call) {
        return IntStream.range(0, call.inputs()).filter(call::has).boxed().toList();
    }

    static String filled(Call call, String pattern, DataType type) {
        Matcher matcher = ATTRIBUTE.matcher(pattern);
        String filled = matcher.replaceAll(found -> {
            float value = call.attribute(found.group(1), Float.parseFloat(found.group(2)));
            String literal = Numbers.literal(type, value);
            return literal.startsWith("-") ? "(" + literal + ")" : literal;
        });
        return filled.replace("@", Numbers.suffix(type));
    }

    static void write(Call call, List<Integer> inputs, String expression) {
        write(call, inputs, _ -> expression);
    }

    /**
     * @param inputs which of the node's
     * @param value of an element in C, from the names of the elements of the inputs
     */
    static void write(Call call, List<Integer> inputs, Function<List<String>, String> value) {
        long[] dims = call.outputDims(0);
        call.function(body -> {
            List<Function<List<String>, String>> elements = new ArrayList<>();
            Nest nest = Nest.over(dims);
            for (int i = 0; i < inputs.size(); i++) {
                Operand operand = call.input(inputs.get(i));
                int at = i;
                if (operand instanceof Operand.Known(var tensor) && tensor.elements() == 1) {
                    String literal = Numbers.isReal(tensor.type())
                            ? Numbers.literal(tensor.type(), tensor.valueAt(0))
                            : CSource.literal(tensor, 0);
                    elements.add(_ -> literal);
                } else {
                    Body.Variable x = body.reads(inputs.size() == 1 ? "x" : "x" + inputs.get(i), operand);
                    elements.add(indices -> x.at(indices.get(at)));
                }
                nest.with(0, Sizes.broadcast(operand.dims(), dims));
            }
            Buffer output = call.output(0);
            body.overwrites(inputs.stream().map(call::input).toList(), output);
            Body.Variable y = body.writes("y", output);
            nest.with(0, Sizes.strides(dims));
            nest.run(body, at -> {
                List<String> names = new ArrayList<>();
                for (int i = 0; i < elements.size(); i++) {
                    String name = name(i);
                    String type = CType.of(call.type(inputs.get(i))).computed();
                    body.line(type + " " + name + " = " + elements.get(i).apply(at) + ";");
                    names.add(name);
                }
                body.line(y.set(at.getLast(), Numbers.as(y.type(), value.apply(names))));
            });
        });
    }

    private static String name(int index) {
        return index < NAMES.length() ? NAMES.substring(index, index + 1) : "a" + index;
    }
}
