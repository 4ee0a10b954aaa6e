package dev.skerry.firmware;

import java.util.Map;

/** Between real numbers and integers, as the ONNX specification rounds. */
final class QuantizeOperators {
    static final Map<String, Operator> ALL = Map.of();

    private QuantizeOperators() {}
}
