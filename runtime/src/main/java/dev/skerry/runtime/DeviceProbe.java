package dev.skerry.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this machine is. Reads Linux's {@code /proc}; elsewhere there are no features and no memory size. */
public final class DeviceProbe {
    private static final Pattern MEMORY = Pattern.compile("(?m)^MemTotal:\\s*(\\d+) kB");

    private DeviceProbe() {}

    public static Device probe() {
        return device(
                System.getProperty("os.arch", ""),
                read(Path.of("/proc/cpuinfo")),
                read(Path.of("/proc/meminfo")),
                Runtime.getRuntime().availableProcessors());
    }

    /** Pure, for texts that were recorded on other machines. */
    static Device device(String arch, String cpuInfo, String memInfo, int cores) {
        CpuInfo cpu = CpuInfo.parse(cpuInfo);
        String name = cpu.cpu().isEmpty() ? "unknown" : cpu.cpu();
        return new Device(normalArch(arch), name, cores, memoryBytes(memInfo), cpu.features());
    }

    static long memoryBytes(String memInfo) {
        Matcher total = MEMORY.matcher(memInfo);
        return total.find() ? Long.parseLong(total.group(1)) * 1024 : 0;
    }

    private static String normalArch(String arch) {
        return switch (arch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64", "x64" -> "x86_64";
            case "i386", "i486", "i586", "i686", "x86" -> "x86";
            case "aarch64", "arm64" -> "aarch64";
            case "arm", "arm32", "armv7l", "armv6l" -> "arm";
            default -> arch;
        };
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException absent) {
            // not Linux, or a sandbox without /proc: then nothing is known, which the device says
            return "";
        }
    }
}
