package dev.skerry.assess;

import java.util.Locale;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What a run took of energy, or why nobody knows. */
public sealed interface EnergyUse {
    /**
     * It was measured.
     *
     * @param what by which sensor
     * @param idleWatts before the run, with nothing to do
     * @param samples how many were answered
     */
    record Measured(String what, double joules, double seconds, double idleWatts, long samples) implements EnergyUse {
        /** What a sample takes beyond what the machine takes idle; negative where the noise is larger than it. */
        public double millijoulesPerSample() {
            return 1e3 * (joules - idleWatts * seconds) / samples;
        }

        /** What a sample takes with all that the machine takes meanwhile. */
        public double grossMillijoulesPerSample() {
            return 1e3 * joules / samples;
        }
    }

    /** It wasn't. */
    record NotMeasured(String why) implements EnergyUse {}

    /** As a phrase. */
    default String describe() {
        return switch (this) {
            case Measured measured ->
                String.format(
                        Locale.ROOT,
                        "%.4g mJ a sample beyond idle, %.4g mJ with it (%s; %.2f W, idle %.2f W)",
                        measured.millijoulesPerSample(),
                        measured.grossMillijoulesPerSample(),
                        measured.what,
                        measured.joules / measured.seconds,
                        measured.idleWatts);
            case NotMeasured(String why) -> "not measured: " + why;
        };
    }

    default ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        switch (this) {
            case Measured measured ->
                json.put("sensor", measured.what)
                        .put("millijoulesPerSample", measured.millijoulesPerSample())
                        .put("grossMillijoulesPerSample", measured.grossMillijoulesPerSample())
                        .put("watts", measured.joules / measured.seconds)
                        .put("idleWatts", measured.idleWatts)
                        .putNull("notMeasured");
            case NotMeasured(String why) ->
                json.putNull("sensor")
                        .putNull("millijoulesPerSample")
                        .putNull("grossMillijoulesPerSample")
                        .putNull("watts")
                        .putNull("idleWatts")
                        .put("notMeasured", why);
        }
        return json;
    }
}
