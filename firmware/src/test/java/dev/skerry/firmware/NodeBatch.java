package dev.skerry.firmware;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Many models in one program: compiled with few processes, run one by one. */
final class NodeBatch {
    private final Path folder;
    private final Map<String, Firmware> models = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    NodeBatch(Path folder) {
        this.folder = folder;
    }

    void add(String name, Firmware firmware) {
        models.put(name, firmware);
    }

    /** Compiles all; what doesn't compile, even with a warning, is told by {@link #failure}. */
    void compile(List<String> compiler) throws IOException, InterruptedException {
        List<String> sources = new ArrayList<>();
        for (Firmware firmware : models.values()) {
            GeneratedC.write(firmware, folder);
            sources.addAll(GeneratedC.sourcesOf(firmware));
        }
        var command = new ArrayList<>(compiler);
        command.add("-c");
        command.addAll(sources);
        if (!GeneratedC.execute(folder, command).isEmpty()) {
            models.forEach((name, firmware) -> {
                if (!GeneratedC.sourcesOf(firmware).stream().allMatch(this::isCompiled)) {
                    failures.put(name, explain(firmware, compiler));
                }
            });
        }
        models.keySet().removeAll(failures.keySet());
        Files.writeString(folder.resolve("main.c"), main());
        var link = new ArrayList<>(compiler);
        link.add("main.c");
        models.values().forEach(firmware -> GeneratedC.sourcesOf(firmware).forEach(source -> link.add(object(source))));
        link.addAll(List.of("-o", "program", "-lm"));
        String failure = GeneratedC.execute(folder, link);
        if (!failure.isEmpty()) {
            throw new AssertionError(failure);
        }
    }

    private static String object(String source) {
        return source.replaceFirst("\\.c$", ".o");
    }

    private boolean isCompiled(String source) {
        return Files.exists(folder.resolve(object(source)));
    }

    private String explain(Firmware firmware, List<String> compiler) {
        var command = new ArrayList<>(compiler);
        command.add("-c");
        command.addAll(GeneratedC.sourcesOf(firmware));
        try {
            return "it doesn't compile: " + GeneratedC.execute(folder, command);
        } catch (IOException failure) {
            return failure.toString();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return ended.toString();
        }
    }

    /** Why a model has no code that runs; empty where it has. */
    String failure(String name) {
        return failures.getOrDefault(name, "");
    }

    /** What a model gives for these inputs; null where it ends with an error. */
    byte[] run(String name, byte[] inputs) throws IOException, InterruptedException {
        int index = new ArrayList<>(models.keySet()).indexOf(name);
        Path input = Files.write(folder.resolve("input"), inputs);
        Path output = folder.resolve("output");
        Path log = folder.resolve("log");
        int ended = new ProcessBuilder(folder.resolve("program").toString(), Integer.toString(index))
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(log.toFile())
                .start()
                .waitFor();
        if (ended != 0) {
            throw new IOException("it ends with " + ended + ": " + Files.readString(log));
        }
        return Files.readAllBytes(output);
    }

    private String main() {
        var includes = new StringBuilder();
        var cases = new StringBuilder();
        int index = 0;
        for (Firmware firmware : models.values()) {
            includes.append("#include \"%s.h\"\n".formatted(firmware.prefix()));
            cases.append("    case %d:\n        %s_init();\n".formatted(index++, firmware.prefix()));
            for (Firmware.End end : firmware.inputs()) {
                if (end.bytes() > 0) {
                    cases.append("        if (fread(%s(), %d, 1, stdin) != 1) return 2;\n"
                            .formatted(end.function(), end.bytes()));
                }
            }
            cases.append("        %s_invoke();\n".formatted(firmware.prefix()));
            for (Firmware.End end : firmware.outputs()) {
                cases.append("        fwrite(%s(), 1, %d, stdout);\n".formatted(end.function(), end.bytes()));
            }
            cases.append("        return 0;\n");
        }
        return """
                #include <stdio.h>
                #include <stdlib.h>
                %s
                int main(int count, char **arguments) {
                    switch (count > 1 ? atoi(arguments[1]) : -1) {
                %s    default: return 1;
                    }
                }
                """.formatted(includes, cases);
    }
}
