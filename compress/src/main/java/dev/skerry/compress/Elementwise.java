package dev.skerry.compress;

import dev.skerry.model.Node;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Operators that compute each element by itself, as functions of numbers. Where a node isn't one, there is no function. */
final class Elementwise {
    private Elementwise() {}

    static boolean is(Node node) {
        return unary(node).isPresent() || binary(node).isPresent();
    }

    static Optional<DoubleUnaryOperator> unary(Node node) {
        if (!node.isStandard() || node.inputs().size() != 1) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (node.op()) {
                    case "Neg" -> x -> -x;
                    case "Abs" -> Math::abs;
                    case "Sqrt" -> Math::sqrt;
                    case "Exp" -> Math::exp;
                    case "Tanh" -> Math::tanh;
                    case "Relu" -> x -> Math.max(0, x);
                    case "Sigmoid" -> x -> 1 / (1 + Math.exp(-x));
                    case "Erf" -> Elementwise::erf;
                    default -> null;
                });
    }

    static Optional<DoubleBinaryOperator> binary(Node node) {
        if (!node.isStandard() || node.inputs().size() != 2) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (node.op()) {
                    case "Add" -> (x, y) -> x + y;
                    case "Sub" -> (x, y) -> x - y;
                    case "Mul" -> (x, y) -> x * y;
                    case "Div" -> (x, y) -> x / y;
                    case "Max" -> Math::max;
                    case "Min" -> Math::min;
                    default -> null;
                });
    }

    /**
     * The error function to 1.5e-7.
     *
     * @see <a href="https://personal.math.ubc.ca/~cbm/aands/page_299.htm">Abramowitz and Stegun, 7.1.26</a>
     */
    private static double erf(double x) {
        double t = 1 / (1 + 0.3275911 * Math.abs(x));
        double series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
        return Math.copySign(1 - series * Math.exp(-x * x), x);
    }
}
