package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * How a target does a program: the kernel of each layer, and where all memory lies.
 *
 * @param calls by layer; empty for a layer that has a function of its own
 */
record Schedule(Program program, Isa isa, List<Optional<KernelCall>> calls, ArenaPlan plan) {
    Schedule {
        calls = List.copyOf(calls);
    }

    static Schedule of(Program program, Isa isa) {
        int[] rows = new int[program.layers().size()];
        Arrays.fill(rows, 1);
        Schedule least = of(program, isa, rows);
        if (isa == Isa.PORTABLE) {
            return least;
        }
        // more rows at a time, as far as that takes no more memory
        for (int layer = 0; layer < rows.length; layer++) {
            if (program.layers().get(layer) instanceof Layer.Depthwise depthwise) {
                rows[layer] = least.mostRows(layer, depthwise);
            }
        }
        Schedule wide = of(program, isa, rows);
        while (wide.plan().bytes() > least.plan().bytes()) {
            wide.narrow(rows, least.plan().bytes());
            wide = of(program, isa, rows);
        }
        return wide;
    }

    /** Fewer rows for the layers that reach above a limit. */
    private void narrow(int[] rows, int limit) {
        boolean isDone = false;
        for (int layer = 0; layer < rows.length; layer++) {
            if (rows[layer] > 1 && plan.peak(layer) > limit) {
                rows[layer] /= 2;
                isDone = true;
            }
        }
        for (int layer = 0; !isDone && layer < rows.length; layer++) {
            rows[layer] = Math.max(1, rows[layer] / 2);
        }
    }

    /** As many rows of the output as there could be room for while the layer runs. */
    private int mostRows(int layer, Layer.Depthwise depthwise) {
        IntUnaryOperator scratch = scratch(layer, depthwise);
        int free = plan.bytes() - ArenaPlan.needed(program, placements(program, calls), layer) + scratch.applyAsInt(1);
        int rows = depthwise.alongRows().output().height();
        while (rows > 1 && scratch.applyAsInt(rows) > free) {
            rows--;
        }
        return rows;
    }

    /** Bytes that a layer's kernel needs while it runs, by rows at a time. */
    private IntUnaryOperator scratch(int layer, Layer.Depthwise depthwise) {
        return switch (calls.get(layer).map(KernelCall::kernel).orElse(Kernel.DEPTHWISE)) {
            case DSP_DEPTHWISE -> rows -> DspCalls.scratch(depthwise, rows);
            case HELIUM_DEPTHWISE -> rows -> HeliumCalls.scratch(depthwise, rows);
            default -> _ -> 0;
        };
    }

    private static Schedule of(Program program, Isa isa, int[] rows) {
        var names = new CSource();
        List<Optional<KernelCall>> calls = new ArrayList<>();
        for (int i = 0; i < rows.length; i++) {
            Layer layer = program.layers().get(i);
            String name = names.name(layer.name());
            calls.add(call(layer, isa, name, rows[i]));
        }
        return new Schedule(program, isa, calls, ArenaPlan.of(program, placements(program, calls)));
    }

    private static List<Placement> placements(Program program, List<Optional<KernelCall>> calls) {
        return IntStream.range(0, calls.size())
                .mapToObj(i -> calls.get(i)
                        .map(KernelCall::placement)
                        .orElseGet(() -> ofLoops(program.layers().get(i))))
                .toList();
    }

    /** What lies where in the arena, and when. */
    List<Firmware.Place> places() {
        return plan.places(program, placements(program, calls));
    }

    private static Placement ofLoops(Layer layer) {
        return layer instanceof Layer.Loops loops && loops.inPlace() ? Placement.IN_PLACE : Placement.PLAIN;
    }

    private static Optional<KernelCall> call(Layer layer, Isa isa, String name, int rows) {
        return switch (isa) {
            case PORTABLE -> PortableCalls.of(layer, name);
            case HELIUM -> HeliumCalls.of(layer, name, rows).or(() -> PortableCalls.of(layer, name));
            case DSP -> DspCalls.of(layer, name, rows).or(() -> PortableCalls.of(layer, name));
        };
    }

    /** The kernels that are called, each once. */
    List<Kernel> kernels() {
        return calls.stream()
                .flatMap(Optional::stream)
                .map(KernelCall::kernel)
                .distinct()
                .sorted()
                .toList();
    }

    /** Bytes of constants that a layer has for itself. */
    int constantBytes(int layer) {
        return calls.get(layer)
                .map(KernelCall::constantBytes)
                .orElseGet(() -> program.layers().get(layer).constantBytes());
    }

    /** Bytes of all constants. */
    int constantBytes() {
        return calls.stream()
                        .flatMap(Optional::stream)
                        .mapToInt(KernelCall::constantBytes)
                        .sum()
                + program.sharedConstantBytes();
    }
}
