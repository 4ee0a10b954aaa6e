package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Programs of INT8 in one binary under the sanitizers, each held to what {@link Interpreter} says of it as it was before anything was left out. */
final class ProgramBatch {
    /** Inputs of each program. */
    static final int INPUTS = 4;

    /** What is compiled, and the program that it is made of. */
    private record Entry(Program whole, Firmware firmware) {}

    private final Path folder;
    private final List<Entry> entries = new ArrayList<>();

    ProgramBatch(Path folder) {
        this.folder = folder;
    }

    /** @param of a program whose names all begin with its own, that no other has */
    void add(Program whole, Program of, Target target) {
        entries.add(new Entry(whole, new Firmware(of, target)));
    }

    static byte[] input(Program program, int index) {
        return RandomPrograms.input(program.inputs().getFirst().buffer().bytes(), index);
    }

    /** All outputs, one after the other. */
    static byte[] expected(Program program, byte[] input) {
        var bytes = new ByteArrayOutputStream();
        for (Port output : program.outputs()) {
            var one = new Program(program.name(), program.inputs(), List.of(output), program.layers());
            bytes.writeBytes(new Interpreter(one).run(input));
        }
        return bytes.toByteArray();
    }

    /** What of them is wrong, with its layers. */
    List<String> wrong() throws IOException, InterruptedException {
        SharedData.require(GeneratedC.has("gcc"), "gcc isn't installed");
        compile();
        var wrong = new ArrayList<String>();
        for (int i = 0; i < entries.size(); i++) {
            Program whole = entries.get(i).whole();
            var inputs = new ByteArrayOutputStream();
            var outputs = new ByteArrayOutputStream();
            for (int k = 0; k < INPUTS; k++) {
                inputs.writeBytes(input(whole, k));
                outputs.writeBytes(expected(whole, input(whole, k)));
            }
            Path output = folder.resolve("output");
            Path log = folder.resolve("log");
            int code = new ProcessBuilder(folder.resolve("program").toString(), Integer.toString(i))
                    .redirectInput(Files.write(folder.resolve("input"), inputs.toByteArray())
                            .toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(log.toFile())
                    .start()
                    .waitFor();
            if (code != 0 || !Arrays.equals(outputs.toByteArray(), Files.readAllBytes(output))) {
                wrong.add(entries.get(i).firmware().target() + " " + told(whole) + Files.readString(log));
            }
        }
        return wrong;
    }

    private void compile() throws IOException, InterruptedException {
        Set<String> kernels = new LinkedHashSet<>();
        for (Entry entry : entries) {
            String own = entry.firmware().prefix();
            for (Map.Entry<String, String> file : entry.firmware().files().entrySet()) {
                String name = file.getKey();
                if (name.matches("[^/]*\\.[ch]") && !name.startsWith("golden") && !name.startsWith("selftest")) {
                    Files.writeString(folder.resolve(name), file.getValue());
                    if (name.endsWith(".c") && !name.equals(own + ".c")) {
                        kernels.add(name);
                    }
                }
            }
        }
        Files.writeString(folder.resolve("main.c"), main());
        gcc(List.of("-O0", "-c", "main.c"));
        var linked = new ArrayList<>(List.of("-O2", "main.o", "-o", "program"));
        linked.addAll(kernels);
        gcc(linked);
    }

    private void gcc(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("gcc"));
        command.addAll(GeneratedC.WARNINGS);
        command.addAll(GeneratedC.SANITIZERS);
        command.addAll(arguments);
        assertThat(GeneratedC.execute(folder, command)).isEmpty();
    }

    /** All of them in one unit, each with an arena of its own; runs the one whose number it is given. */
    private String main() {
        var included = new StringBuilder();
        var cases = new StringBuilder();
        for (int i = 0; i < entries.size(); i++) {
            Firmware firmware = entries.get(i).firmware();
            included.append(
                    "#undef arena\n#define arena arena_%d\n#include \"%s.c\"\n".formatted(i, firmware.prefix()));
            cases.append("case %d:\nOWN_init();\nwhile (fread(%s(), %d, 1, stdin) == 1) {\nOWN_invoke();\n"
                    .formatted(i, firmware.inputs().getFirst().function(), firmware.inputBytes())
                    .replace("OWN", firmware.prefix()));
            for (Firmware.End end : firmware.outputs()) {
                cases.append("fwrite(%s(), %d, 1, stdout);\n".formatted(end.function(), end.bytes()));
            }
            cases.append("}\nreturn 0;\n");
        }
        return """
                #include <stdio.h>
                #include <stdlib.h>
                INCLUDED
                int main(int count, char **arguments) {
                    switch (count > 1 ? atoi(arguments[1]) : -1) {
                    CASES
                    default:
                        return 2;
                    }
                }
                """.replace("INCLUDED", included).replace("CASES", cases);
    }

    static String told(Program program) {
        var text = new StringBuilder(program.name()).append('\n');
        for (Layer layer : program.layers()) {
            text.append("  ").append(layer).append('\n');
        }
        return text.toString();
    }
}
