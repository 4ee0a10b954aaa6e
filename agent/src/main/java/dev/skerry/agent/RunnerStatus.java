package dev.skerry.agent;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How a supervised runner is.
 *
 * @param pid 0 where it doesn't run
 * @param restarts since the agent's start
 * @param lastRestartMillis from the death of one process to the first decision of the next; null before the first restart
 * @param worstRestartMillis the longest of these
 * @param cycles releases of the run at hand
 * @param missed of these, the ones without a decision in time
 * @param trouble why the last one ended; null where none did
 * @param bridge null where the run uses no network
 */
public record RunnerStatus(
        String target,
        State state,
        long pid,
        long restarts,
        @Nullable Double lastRestartMillis,
        @Nullable Double worstRestartMillis,
        long cycles,
        long missed,
        @Nullable String trouble,
        @Nullable BridgeStatus bridge) {
    /** What it does. */
    public enum State {
        /** Its process loads, checks and rehearses. */
        STARTING,
        DECIDING,
        /** It has ended, and is started again after a pause. */
        WAITING,
        /** It has failed too often, or in a way that trying again doesn't change. */
        DOWN,
        /** Its source has ended. */
        ENDED,
        /** It was told to end. */
        STOPPED;

        /** As it stands in JSON. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
