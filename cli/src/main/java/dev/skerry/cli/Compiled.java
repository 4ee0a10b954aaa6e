package dev.skerry.cli;

import dev.skerry.firmware.Cycles;
import dev.skerry.firmware.DeviceBuild;
import dev.skerry.firmware.DeviceRun;
import dev.skerry.firmware.Firmware;
import dev.skerry.problem.Problem;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code compile} made, and what is known of it.
 *
 * @param sizes null where nothing was linked
 * @param unmeasured why nothing was linked for the target; null where it was, or where the target is no device
 * @param run null where nothing ran
 */
record Compiled(
        Firmware firmware,
        DeviceBuild.@Nullable Sizes sizes,
        @Nullable Problem unmeasured,
        @Nullable DeviceRun run) {

    /** What a layer took; null where nothing counted it. */
    DeviceRun.@Nullable Layer layer(int index) {
        List<DeviceRun.Layer> layers = run == null ? List.of() : run.layers();
        return index < layers.size() ? layers.get(index) : null;
    }

    static String cycles(Cycles cycles) {
        return cycles.low() == cycles.high()
                ? "~" + Quantity.count(cycles.low())
                : "~" + Quantity.count(cycles.low()) + "–" + Quantity.count(cycles.high());
    }

    static String each(long instructions, long macs) {
        return macs == 0 ? "–" : String.format(Locale.ROOT, "%.2f", (double) instructions / macs);
    }
}
