package dev.skerry.firmware;

import java.util.Map;

/** Operators that compute each element from those at the same place. */
final class ElementwiseOperators {
    static final Map<String, Operator> ALL =
            Map.of("Relu", call -> Elementwise.unary(call, a -> a + " > 0 ? " + a + " : 0"));

    private ElementwiseOperators() {}
}
