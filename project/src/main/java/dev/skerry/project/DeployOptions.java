package dev.skerry.project;

import dev.skerry.runner.RunPlan;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How a project is deployed on this machine.
 *
 * @param key the signing key; made where there is none
 * @param out the bundle; null for the project's work folder
 * @param cycles of the run at the end; 0 for about 30 s
 * @param runtime the one to take; null for the fastest
 * @param command what was typed, for the report
 * @param nanoTime a monotonic clock in nanoseconds
 */
public record DeployOptions(
        Path key,
        @Nullable Path out,
        long cycles,
        RunPlan.Realtime realtime,
        @Nullable String runtime,
        String command,
        LongSupplier nanoTime) {
    static final int RUN_SECONDS = 30;
}
