package dev.skerry.firmware;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run under QEMU gave.
 *
 * @param vectors golden vectors that came out as they should; 0 where none is known
 * @param instructions of an inference
 * @param resolution how far off they may be: 0 where they were counted one by one
 * @param stackBytes that inferences used at most: painted before and looked at after
 * @param cycles an estimate; null where there is no model of the core, or nothing that counts single instructions
 * @param model where the estimate's numbers come from
 * @param layers in their order; empty where nothing counts single instructions. Marks of their ends take a few more instructions
 *     than are in the whole
 */
public record DeviceRun(
        String machine,
        String emulator,
        int vectors,
        long instructions,
        long resolution,
        int stackBytes,
        @Nullable Cycles cycles,
        @Nullable String model,
        List<Layer> layers) {
    public DeviceRun {
        layers = List.copyOf(layers);
    }

    /** What one layer of an inference took. */
    public record Layer(long instructions, @Nullable Cycles cycles) {}
}
