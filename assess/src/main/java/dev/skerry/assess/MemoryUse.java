package dev.skerry.assess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Resident memory of this process around a measurement: heap, the runtime's own, files that are mapped and were touched. What it grew by is
 * the model, its arenas, bound memory and latencies, and whatever the virtual machine took meanwhile.
 *
 * @param beforeBytes resident before the model was opened
 * @param peakBytes the most resident at a time
 * @param sinceStart whether the peak may be from before: the system let it not be reset
 */
public record MemoryUse(long beforeBytes, long peakBytes, boolean sinceStart) {
    private static final Path PROCESS = Path.of("/proc/self");

    /** A measurement that has begun. */
    public static final class Begun {
        private final Path process;
        private final OptionalLong before;
        private final boolean reset;

        private Begun(Path process, OptionalLong before, boolean reset) {
            this.process = process;
            this.before = before;
            this.reset = reset;
        }

        /** Empty where the system doesn't tell. */
        public java.util.Optional<MemoryUse> end() {
            OptionalLong peak = field(process, "VmHWM");
            return before.isPresent() && peak.isPresent()
                    ? java.util.Optional.of(new MemoryUse(before.getAsLong(), peak.getAsLong(), !reset))
                    : java.util.Optional.empty();
        }
    }

    public static Begun begin() {
        return begin(PROCESS);
    }

    /** @param process the folder of a process, as Linux has it */
    static Begun begin(Path process) {
        return new Begun(process, field(process, "VmRSS"), resetPeak(process));
    }

    /** Linux sets the peak back to what is resident now. */
    private static boolean resetPeak(Path process) {
        try {
            Files.writeString(process.resolve("clear_refs"), "5");
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private static OptionalLong field(Path process, String name) {
        try {
            Matcher line = Pattern.compile("(?m)^" + name + ":\\s*(\\d+) kB")
                    .matcher(Files.readString(process.resolve("status")));
            return line.find() ? OptionalLong.of(Long.parseLong(line.group(1)) * 1024) : OptionalLong.empty();
        } catch (IOException absent) {
            return OptionalLong.empty();
        }
    }

    public long grownBytes() {
        return Math.max(0, peakBytes - beforeBytes);
    }

    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("beforeBytes", beforeBytes)
                .put("peakBytes", peakBytes)
                .put("grownBytes", grownBytes())
                .put("sinceStart", sinceStart);
    }
}
