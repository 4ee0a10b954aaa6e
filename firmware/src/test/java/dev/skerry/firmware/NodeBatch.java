package dev.skerry.firmware;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

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
        var command = new ArrayList<>(compiler);
        command.add("-c");
        for (Firmware firmware : models.values()) {
            GeneratedC.write(firmware, folder);
            // one unit for each model: half as many runs of the compiler
            Files.writeString(
                    folder.resolve(unit(firmware)),
                    GeneratedC.sourcesOf(firmware).stream()
                            .map("#include \"%s\"\n"::formatted)
                            .collect(Collectors.joining()));
            command.add(unit(firmware));
        }
        if (!GeneratedC.execute(folder, command).isEmpty()) {
            models.forEach((name, firmware) -> {
                if (!Files.exists(folder.resolve(object(unit(firmware))))) {
                    failures.put(name, explain(firmware, compiler));
                }
            });
        }
        models.keySet().removeAll(failures.keySet());
        Files.writeString(folder.resolve("main.c"), main());
        var link = new ArrayList<>(compiler);
        link.add("main.c");
        models.values().forEach(firmware -> link.add(object(unit(firmware))));
        link.addAll(List.of("-o", "program", "-lm"));
        String failure = GeneratedC.execute(folder, link);
        if (!failure.isEmpty()) {
            throw new AssertionError(failure);
        }
    }

    private static String unit(Firmware firmware) {
        return firmware.prefix() + "_all.c";
    }

    private static String object(String source) {
        return source.replaceFirst("\\.c$", ".o");
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

    /** What each model gives for its inputs; all run in one process. */
    Map<String, byte[]> run(Map<String, byte[]> inputs) throws IOException, InterruptedException {
        var all = new ByteArrayOutputStream();
        for (String name : models.keySet()) {
            all.write(inputs.getOrDefault(name, new byte[0]));
        }
        Path input = Files.write(folder.resolve("input"), all.toByteArray());
        Path output = folder.resolve("output");
        Path log = folder.resolve("log");
        int ended = new ProcessBuilder(folder.resolve("program").toString())
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(log.toFile())
                .start()
                .waitFor();
        if (ended != 0) {
            throw new AssertionError("it ends with " + ended + ": " + Files.readString(log));
        }
        byte[] given = Files.readAllBytes(output);
        Map<String, byte[]> outputs = new LinkedHashMap<>();
        int at = 0;
        for (Map.Entry<String, Firmware> model : models.entrySet()) {
            int end = at + model.getValue().outputBytes();
            outputs.put(model.getKey(), Arrays.copyOfRange(given, at, end));
            at = end;
        }
        return outputs;
    }

    private String main() {
        var includes = new StringBuilder();
        var cases = new StringBuilder();
        for (Firmware firmware : models.values()) {
            includes.append("#include \"%s.h\"\n".formatted(firmware.prefix()));
            cases.append("    %s_init();\n".formatted(firmware.prefix()));
            for (Firmware.End end : firmware.inputs()) {
                if (end.bytes() > 0) {
                    cases.append("    if (fread(%s(), %d, 1, stdin) != 1) return 2;\n"
                            .formatted(end.function(), end.bytes()));
                }
            }
            cases.append("    %s_invoke();\n".formatted(firmware.prefix()));
            for (Firmware.End end : firmware.outputs()) {
                cases.append("    fwrite(%s(), 1, %d, stdout);\n".formatted(end.function(), end.bytes()));
            }
            // so that the log says where it ended
            cases.append("    fprintf(stderr, \"%s\\n\");\n".formatted(firmware.prefix()));
        }
        return """
                #include <stdio.h>
                %s
                int main(void) {
                %s    return 0;
                }
                """.formatted(includes, cases);
    }
}
