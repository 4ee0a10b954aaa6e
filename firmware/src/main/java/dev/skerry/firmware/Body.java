package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The statements of a function as they are written, and the parameters that they name. A parameter becomes one when it is asked
 * for.
 */
final class Body {
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final StringBuilder text = new StringBuilder();
    private int depth = 1;
    private boolean inPlace;

    /** A value that the function reads, by the variable that holds it. */
    Variable reads(String name, Operand operand) {
        parameters.putIfAbsent(
                name,
                switch (operand) {
                    case Operand.Held(Buffer buffer) -> new Parameter.Memory(name, buffer, Parameter.Use.READ);
                    case Operand.Known(Tensor tensor) -> new Parameter.Constant(name, tensor);
                });
        return new Variable(name, operand.type());
    }

    Variable writes(String name, Buffer buffer) {
        parameters.putIfAbsent(name, new Parameter.Memory(name, buffer, Parameter.Use.WRITE));
        return new Variable(name, buffer.type());
    }

    /** Memory for the time that the function runs. */
    Variable works(String name, Buffer buffer) {
        parameters.putIfAbsent(name, new Parameter.Memory(name, buffer, Parameter.Use.WORK));
        return new Variable(name, buffer.type());
    }

    /** A statement. */
    Body line(String line) {
        text.append("    ".repeat(depth)).append(line).append('\n');
        return this;
    }

    /** A block: {@code head { … }}. */
    Body block(String head, Runnable inner) {
        line(head + " {");
        depth++;
        inner.run();
        depth--;
        return line("}");
    }

    /** {@code if (condition) { … }} */
    Body when(String condition, Runnable inner) {
        return block("if (" + condition + ")", inner);
    }

    /** A loop over 0, 1, … below {@code count}. */
    Body loop(String variable, long count, Runnable inner) {
        return loop(variable, Long.toString(count), inner);
    }

    Body loop(String variable, String count, Runnable inner) {
        return block("for (int32_t %s = 0; %s < %s; %s++)".formatted(variable, variable, count, variable), inner);
    }

    /** The same for a loop that may run once, which is then left out: {@code inner} is given the place, 0 there. */
    Body each(String variable, long count, Consumer<String> inner) {
        if (count == 1) {
            inner.accept("0");
            return this;
        }
        return loop(variable, count, () -> inner.accept(variable));
    }

    /** A number that holds for the whole function: written out where it is known, else read from what is given. */
    String number(String name, Operand operand) {
        if (operand instanceof Operand.Known(Tensor tensor) && tensor.elements() == 1) {
            String literal = Numbers.isReal(tensor.type())
                    ? Numbers.literal(tensor.type(), tensor.valueAt(0))
                    : CSource.literal(tensor, 0);
            return literal.startsWith("-") ? "(" + literal + ")" : literal;
        }
        return reads(name, operand).at("0");
    }

    /**
     * Says that the output may lie over any input of its size: each element is read before that of the same place is written, and
     * not after.
     */
    void overwrites(List<Operand> inputs, Buffer output) {
        inPlace = inputs.stream()
                .allMatch(input -> !(input instanceof Operand.Held(Buffer buffer))
                        || buffer.elements() == output.elements() && buffer.bytes() == output.bytes());
    }

    boolean isInPlace() {
        return inPlace;
    }

    /** What is read comes first, then what is written, then memory to work in. */
    List<Parameter> parameters() {
        return Stream.of(Parameter.Use.values())
                .flatMap(use -> parameters.values().stream().filter(parameter -> use(parameter) == use))
                .toList();
    }

    private static Parameter.Use use(Parameter parameter) {
        return switch (parameter) {
            case Parameter.Memory memory -> memory.use();
            case Parameter.Constant _ -> Parameter.Use.READ;
        };
    }

    String text() {
        return text.toString();
    }

    /** An array that a function knows by name. */
    record Variable(String name, DataType type) {
        /** The type that the function reckons in. */
        String computed() {
            return CType.of(type).computed();
        }

        /** The element at an index, as a number to reckon with. */
        String at(String index) {
            String element = name + "[" + index + "]";
            return switch (type) {
                case FLOAT16 -> "skerry_from_half(" + element + ")";
                case BFLOAT16 -> "skerry_from_bfloat(" + element + ")";
                default -> element;
            };
        }

        /** The statement that stores a number of the type {@link #computed}. */
        String set(String index, String value) {
            String stored = switch (type) {
                case FLOAT16 -> "skerry_to_half(" + value + ")";
                case BFLOAT16 -> "skerry_to_bfloat(" + value + ")";
                default -> value;
            };
            return name + "[" + index + "] = " + stored + ";";
        }
    }
}
