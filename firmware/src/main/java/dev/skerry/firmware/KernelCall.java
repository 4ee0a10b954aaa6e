package dev.skerry.firmware;

import java.util.Arrays;
import java.util.List;

/**
 * A layer as a target does it: which kernel, and what it is given after inputs and output.
 *
 * @param constants their C
 * @param constantBytes what the constants take of flash
 * @param arguments in C
 * @param placement scratch is the kernel's last argument, where it needs any
 */
record KernelCall(
        Layer layer, Kernel kernel, String constants, int constantBytes, List<String> arguments, Placement placement) {
    KernelCall {
        arguments = List.copyOf(arguments);
    }

    /** @param arguments whose constants {@code constants} has by now */
    static KernelCall of(Layer layer, Kernel kernel, Constants constants, Placement placement, Object... arguments) {
        List<String> texts = Arrays.stream(arguments).map(Object::toString).toList();
        return new KernelCall(layer, kernel, constants.text(), constants.bytes(), texts, placement);
    }

    /** An addition, which all its kernels are given in the same way. */
    static KernelCall ofAddition(Layer.Addition layer, Kernel kernel, Constants constants) {
        return of(
                layer,
                kernel,
                constants,
                new Placement(0, new Overlap.Ahead(0)),
                layer.output().elements(),
                layer.widening(),
                constants.summand("first", layer.first()),
                constants.summand("second", layer.second()),
                constants.rescale(layer.rescale()));
    }
}
