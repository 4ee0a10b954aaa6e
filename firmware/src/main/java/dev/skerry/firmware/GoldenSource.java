package dev.skerry.firmware;

import dev.skerry.model.Tensor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Golden vectors as arrays in C, and what compares with them. */
final class GoldenSource {
    private GoldenSource() {}

    /** The arrays of all inputs, vector after vector. */
    static String inputs(Firmware firmware, Golden golden) {
        return firmware.inputs().stream()
                .map(end -> array(end, golden, Golden.Vector::inputs))
                .collect(Collectors.joining());
    }

    /** Statements that bring a vector's input to its place. */
    static String copied(Firmware.End end) {
        int count = end.bytes() / CType.of(end.type()).bytes();
        return """
                    for (uint32_t i = 0; i < %d; i++) {
                        %s()[i] = given_%s[vector * %d + i];
                    }
                """.formatted(count, end.function(), end.function(), count);
    }

    static String wrong(Firmware firmware, Golden golden) {
        var arrays = new StringBuilder();
        var loops = new StringBuilder();
        for (Firmware.End end : firmware.outputs()) {
            int count = end.bytes() / CType.of(end.type()).bytes();
            arrays.append(array(end, golden, Golden.Vector::outputs));
            loops.append("""
                        for (uint32_t i = 0; i < %d; i++) {
                            if (is_off((double)%s()[i], (double)given_%s[vector * %d + i])) {
                                wrong++;
                            }
                        }
                    """.formatted(count, end.function(), end.function(), count));
        }
        return """

                #include <math.h>

                %s
                /* Whether more than rounding lies between two numbers. */
                static int is_off(double found, double expected) {
                    if (isnan(expected)) {
                        return !isnan(found);
                    }
                    return found != expected && !(fabs(found - expected) <= %s + %s * fabs(expected));
                }

                uint32_t golden_wrong(uint32_t vector) {
                    uint32_t wrong = 0;
                %s    return wrong;
                }
                """.formatted(arrays, golden.absolute(), golden.relative(), loops);
    }

    private static String array(Firmware.End end, Golden golden, Function<Golden.Vector, Map<String, Tensor>> tensors) {
        var bytes = new ByteArrayOutputStream();
        for (Golden.Vector vector : golden.vectors()) {
            Tensor tensor = tensors.apply(vector).get(end.name());
            if (tensor != null) {
                bytes.writeBytes(tensor.data().toArray(ValueLayout.JAVA_BYTE));
            }
        }
        long count = bytes.size() / CType.of(end.type()).bytes();
        Tensor all = Tensor.of("", end.type(), new long[] {count}, MemorySegment.ofArray(bytes.toByteArray()));
        return CSource.array("given_" + end.function(), all) + "\n";
    }
}
