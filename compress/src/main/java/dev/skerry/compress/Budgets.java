package dev.skerry.compress;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What a compressed model has to keep to.
 *
 * @param maxDropPercent how many points of accuracy (of agreement with the float model where there are no labels) may be lost
 * @param maxBytes of the model's file, as it lies in flash or on disk
 * @param maxRamBytes of the values alive at once in an inference, inputs and outputs included
 * @param maxMicros median time of one inference on this machine
 */
public record Budgets(
        double maxDropPercent, OptionalLong maxBytes, OptionalLong maxRamBytes, OptionalDouble maxMicros) {
    /**
     * A limit that a variant breaks.
     *
     * @param limit {@code size}, {@code ram} or {@code latency}
     * @param excess what it takes ÷ what is allowed
     */
    public record Broken(String limit, String reason, double excess) {}

    /** No limit but that of accuracy. */
    public static Budgets maxDrop(double points) {
        return new Budgets(points, OptionalLong.empty(), OptionalLong.empty(), OptionalDouble.empty());
    }

    /** Whether the target sets limits that the float model may break. */
    public boolean limitSizeOrTime() {
        return maxBytes.isPresent() || maxRamBytes.isPresent() || maxMicros.isPresent();
    }

    /** The limits that a model of this size and speed breaks; what wasn't measured breaks none. */
    List<Broken> broken(long bytes, OptionalLong ramBytes, OptionalDouble micros) {
        var broken = new ArrayList<Broken>();
        if (maxBytes.isPresent() && bytes > maxBytes.getAsLong()) {
            broken.add(new Broken(
                    "size",
                    bytes + " bytes, " + maxBytes.getAsLong() + " bytes allowed",
                    (double) bytes / maxBytes.getAsLong()));
        }
        if (maxRamBytes.isPresent() && ramBytes.isPresent() && ramBytes.getAsLong() > maxRamBytes.getAsLong()) {
            broken.add(new Broken(
                    "ram",
                    "~" + ramBytes.getAsLong() + " bytes of RAM, " + maxRamBytes.getAsLong() + " bytes allowed",
                    (double) ramBytes.getAsLong() / maxRamBytes.getAsLong()));
        }
        if (maxMicros.isPresent() && micros.isPresent() && micros.getAsDouble() > maxMicros.getAsDouble()) {
            broken.add(new Broken(
                    "latency",
                    "%.0f µs, %.0f µs allowed".formatted(micros.getAsDouble(), maxMicros.getAsDouble()),
                    micros.getAsDouble() / maxMicros.getAsDouble()));
        }
        return broken;
    }
}
