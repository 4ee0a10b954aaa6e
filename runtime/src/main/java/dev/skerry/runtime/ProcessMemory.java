package dev.skerry.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Memory of this process, as Linux counts it: heap, the runtimes' own, mapped files that were touched. */
public final class ProcessMemory {
    private static final Pattern PEAK = Pattern.compile("(?m)^VmHWM:\\s*(\\d+) kB");
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s*(\\d+) kB");

    private ProcessMemory() {}

    /** The most that has been resident since the process began; empty where there is no {@code /proc}. */
    public static OptionalLong peakBytes() {
        try {
            return peakBytes(Files.readString(Path.of("/proc/self/status")));
        } catch (IOException absent) {
            return OptionalLong.empty();
        }
    }

    /** What is resident now; empty where there is no {@code /proc}. */
    static OptionalLong residentBytes() {
        try {
            return bytes(RESIDENT, Files.readString(Path.of("/proc/self/status")));
        } catch (IOException absent) {
            return OptionalLong.empty();
        }
    }

    static OptionalLong peakBytes(String status) {
        return bytes(PEAK, status);
    }

    private static OptionalLong bytes(Pattern line, String status) {
        Matcher found = line.matcher(status);
        return found.find() ? OptionalLong.of(Long.parseLong(found.group(1)) * 1024) : OptionalLong.empty();
    }
}
