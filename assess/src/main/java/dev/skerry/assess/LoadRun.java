package dev.skerry.assess;

import dev.skerry.measure.LatencySummary;
import dev.skerry.measure.LoadSettings;
import dev.skerry.measure.LoadTimes;
import dev.skerry.measure.LoadVerdict;
import org.jspecify.annotations.Nullable;

/**
 * A run of load as it went.
 *
 * @param issued digest of the samples that were asked for, in their order ({@link IssuedSamples})
 * @param waited in the Server scenario from the scheduled arrival to the beginning of the answer; null elsewhere
 * @param partial why it ended before its time; null where it didn't
 */
public record LoadRun(
        LoadSettings settings,
        LoadTimes times,
        String issued,
        @Nullable LatencySummary waited,
        @Nullable String partial) {
    public LoadVerdict verdict() {
        return LoadVerdict.of(settings, times);
    }
}
