package dev.skerry.firmware;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A plugin of QEMU, ours, that counts how often each block of code runs. It slows nothing down and changes no count. */
record Profiler(Path plugin) {
    /** From this version on the interface's number is 2. */
    private static final int SECOND_INTERFACE = 9;

    private static final Pattern VERSION = Pattern.compile("version (\\d+)\\.");

    /** Builds it; null where this machine has no compiler. */
    static @Nullable Profiler build(Path folder, String emulatorVersion) throws IOException {
        Path source = Files.writeString(
                folder.resolve("execution_counts.c"),
                Template.of("profiler/execution_counts.c").text());
        Matcher version = VERSION.matcher(emulatorVersion);
        int number = version.find() && Integer.parseInt(version.group(1)) >= SECOND_INTERFACE ? 2 : 1;
        try {
            Tool.Ended ended = Tool.CC.run(
                    folder,
                    List.of(
                            "-O2",
                            "-shared",
                            "-fPIC",
                            "-DPLUGIN_VERSION=" + number,
                            source.toString(),
                            "-o",
                            "execution_counts.so"));
            return ended.code() == 0 ? new Profiler(folder.resolve("execution_counts.so")) : null;
        } catch (dev.skerry.problem.ProblemException missing) {
            return null;
        }
    }

    /** @param part a function whose calls part the run; null where there is none */
    List<String> arguments(Disassembly program, @Nullable String part, Path out) {
        return List.of(
                "-plugin",
                "file=%s,begin=%d,end=%d,part=%d,out=%s"
                        .formatted(
                                plugin,
                                program.address("skerry_begin"),
                                program.address("skerry_end"),
                                part == null ? 0 : program.address(part),
                                out));
    }
}
