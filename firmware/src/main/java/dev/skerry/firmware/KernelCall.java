package dev.skerry.firmware;

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
}
