package dev.skerry.compress;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a compression took.
 *
 * @param peakMemoryBytes the most memory that the process has held, the model's and the runtime's own included
 * @param phases in the order in which they began
 */
public record Effort(Duration elapsed, OptionalLong peakMemoryBytes, List<Phase> phases) {
    static final Effort NONE = new Effort(Duration.ZERO, OptionalLong.empty(), List.of());

    /** A phase in the words of its user; all times that it went on are summed. */
    public record Phase(String name, Duration elapsed) {}

    public Effort {
        phases = List.copyOf(phases);
    }

    Map<String, @Nullable Object> toJson() {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("elapsedSeconds", seconds(elapsed));
        json.put("peakMemoryBytes", peakMemoryBytes.isPresent() ? peakMemoryBytes.getAsLong() : null);
        json.put(
                "phases",
                phases.stream()
                        .map(phase -> {
                            var each = new LinkedHashMap<String, Object>();
                            each.put("name", phase.name());
                            each.put("seconds", seconds(phase.elapsed()));
                            return each;
                        })
                        .toList());
        return json;
    }

    private static double seconds(Duration duration) {
        return Math.round(duration.toNanos() / 1e6) / 1e3;
    }
}
