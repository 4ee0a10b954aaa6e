package dev.skerry.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the deadline loop would like to be allowed, as the limits of this process say. The run itself tries and reports. */
record Privilege(String name, boolean granted, String remedy) {
    private static final int CAP_SYS_NICE = 23;
    private static final int CAP_IPC_LOCK = 14;

    static List<Privilege> probe() {
        String limits = read(Path.of("/proc/self/limits"));
        long capabilities = capabilities(read(Path.of("/proc/self/status")));
        return List.of(
                new Privilege(
                        "SCHED_FIFO",
                        has(capabilities, CAP_SYS_NICE) || limit(limits, "Max realtime priority") > 0,
                        "ulimit -r 99, LimitRTPRIO=99 in a systemd unit, or setcap cap_sys_nice+ep on java"),
                new Privilege(
                        "locked memory",
                        has(capabilities, CAP_IPC_LOCK) || limit(limits, "Max locked memory") > 1L << 30,
                        "ulimit -l unlimited, or LimitMEMLOCK=infinity in a systemd unit"));
    }

    /** The soft limit of a line of /proc/self/limits; unlimited is the largest number. */
    static long limit(String limits, String name) {
        return limits.lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(name.length()).trim().replaceFirst("\\s.*", ""))
                .mapToLong(value -> value.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(value))
                .findFirst()
                .orElse(0);
    }

    static long capabilities(String status) {
        return status.lines()
                .filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseUnsignedLong(
                        line.substring("CapEff:".length()).trim(), 16))
                .findFirst()
                .orElse(0);
    }

    private static boolean has(long capabilities, int bit) {
        return (capabilities >> bit & 1) == 1;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException _) {
            return "";
        }
    }
}
