package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Compiles what {@link Firmware} writes, with every warning an error, and runs it on bytes. */
final class GeneratedC {
    static final List<String> WARNINGS =
            List.of("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror");

    static final List<String> SANITIZERS =
            List.of("-fsanitize=undefined,address", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer");

    private GeneratedC() {}

    /** Runs all inputs, one after the other, under the sanitizers; gives all outputs. */
    static byte[] run(Firmware firmware, Path folder, byte[] inputs) throws IOException, InterruptedException {
        SharedData.require(has("gcc"), "gcc isn't installed");
        Path sources = Files.createTempDirectory(folder, firmware.prefix());
        write(firmware, sources);
        Files.writeString(sources.resolve("main.c"), main(firmware));
        var command = new ArrayList<>(List.of("gcc", "-O2"));
        command.addAll(WARNINGS);
        command.addAll(SANITIZERS);
        command.addAll(sourcesOf(firmware));
        command.addAll(List.of("main.c", "-o", "program", "-lm"));
        assertThat(execute(sources, command)).isEmpty();
        Path input = Files.write(sources.resolve("input"), inputs);
        Path output = sources.resolve("output");
        Path log = sources.resolve("log");
        int ran = new ProcessBuilder(sources.resolve("program").toString())
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(log.toFile())
                .start()
                .waitFor();
        assertThat(ran).as(Files.readString(log)).isZero();
        return Files.readAllBytes(output);
    }

    static void write(Firmware firmware, Path folder) throws IOException {
        for (Map.Entry<String, String> file : firmware.files().entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.resolve("..").normalize());
            Files.writeString(path, file.getValue());
        }
    }

    static List<String> sourcesOf(Firmware firmware) {
        return firmware.files().keySet().stream()
                .filter(file -> file.endsWith(".c") && !file.contains("/") && !file.equals("selftest.c"))
                .toList();
    }

    /** What a command says where it fails; nothing where it ends well. */
    static String execute(Path folder, List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "log", ".txt");
        int ended = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        return ended == 0 ? "" : String.join(" ", command) + "\n" + Files.readString(log);
    }

    static boolean has(String tool) throws InterruptedException {
        try {
            return new ProcessBuilder(tool, "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private static String main(Firmware firmware) {
        return """
                #include <stdio.h>
                #include "PREFIX.h"
                int main(void) {
                    PREFIX_init();
                    while (READ) {
                        PREFIX_invoke();
                WRITE
                    }
                    return 0;
                }
                """.replace(
                        "READ",
                        firmware.inputs().stream()
                                .map(end -> "fread(%s(), %d, 1, stdin) == 1".formatted(end.function(), end.bytes()))
                                .collect(Collectors.joining(" && ")))
                .replace(
                        "WRITE",
                        firmware.outputs().stream()
                                .map(end ->
                                        "        fwrite(%s(), %d, 1, stdout);".formatted(end.function(), end.bytes()))
                                .collect(Collectors.joining("\n")))
                .replace("PREFIX", firmware.prefix())
                .replace("UPPER", firmware.prefix().toUpperCase(Locale.ROOT));
    }
}
