package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** MLPerf Tiny's models give what TensorFlow Lite's reference kernels gave, byte for byte: in Java, and as compiled C. */
final class ReferenceModelsTest {
    private static final List<String> STRICT = List.of(
            "-std=c99",
            "-O2",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Wpedantic",
            "-Werror",
            "-fsanitize=undefined,address",
            "-fno-sanitize-recover=all");

    @TempDir
    static Path folder;

    private static Firmware firmware(String model) {
        Path file = SharedData.at("mlperf-tiny/" + model + "_int8.tflite");
        return Firmware.of(ModelFile.read(file), model, Map.of());
    }

    private static byte[] recorded(String file) throws IOException {
        return Files.readAllBytes(SharedData.at("mlperf-tiny/" + file));
    }

    @ParameterizedTest
    @CsvSource({"kws,32", "ic,8", "vww,1", "ad,32"})
    void integersInJava(String model, int samples) throws IOException {
        Firmware firmware = firmware(model);
        byte[] inputs = recorded(model + "_random32.input.i8");
        byte[] outputs = recorded(model + "_random32.output.i8");
        int in = firmware.inputBytes();
        int out = firmware.outputBytes();
        assertThat(inputs).hasSize(32 * in);
        for (int i = 0; i < samples; i++) {
            assertThat(firmware.expected(Arrays.copyOfRange(inputs, i * in, (i + 1) * in)))
                    .as("sample %d", i)
                    .containsExactly(Arrays.copyOfRange(outputs, i * out, (i + 1) * out));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kws", "ic", "vww", "ad"})
    void compiledUnderSanitizers(String model) throws Exception {
        byte[] inputs = recorded(model + "_random32.input.i8");
        assertThat(run(firmware(model), inputs)).containsExactly(recorded(model + "_random32.output.i8"));
    }

    @ParameterizedTest
    @ValueSource(strings = "kws01")
    void compiledOnRecordedSpeech(String set) throws Exception {
        assertThat(run(firmware("kws"), recorded(set + ".input.i8"))).containsExactly(recorded(set + ".output.i8"));
    }

    /** Compiles with every warning an error, and runs all inputs through it. */
    private static byte[] run(Firmware firmware, byte[] inputs) throws Exception {
        SharedData.require(hasCompiler(), "gcc isn't installed");
        Path sources = Files.createTempDirectory(folder, firmware.prefix());
        var command = new ArrayList<>(List.of("gcc"));
        command.addAll(STRICT);
        for (Map.Entry<String, String> file : firmware.files().entrySet()) {
            Files.writeString(sources.resolve(file.getKey()), file.getValue());
            if (file.getKey().endsWith(".c") && !file.getKey().equals("selftest.c")) {
                command.add(file.getKey());
            }
        }
        Files.writeString(sources.resolve("main.c"), main(firmware.prefix()));
        command.addAll(List.of("main.c", "-o", "program"));
        Path log = sources.resolve("log");
        int compiled = new ProcessBuilder(command)
                .directory(sources.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        assertThat(compiled).as(Files.readString(log)).isZero();
        Path input = Files.write(sources.resolve("input"), inputs);
        Path output = sources.resolve("output");
        int ran = new ProcessBuilder(sources.resolve("program").toString())
                .redirectInput(input.toFile())
                .redirectOutput(output.toFile())
                .redirectError(log.toFile())
                .start()
                .waitFor();
        assertThat(ran).as(Files.readString(log)).isZero();
        return Files.readAllBytes(output);
    }

    private static boolean hasCompiler() throws InterruptedException {
        try {
            return new ProcessBuilder("gcc", "--version")
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false;
        }
    }

    private static String main(String prefix) {
        return """
                #include <stdio.h>
                #include "PREFIX.h"
                int main(void) {
                    PREFIX_init();
                    while (fread(PREFIX_input(), UPPER_INPUT_BYTES, 1, stdin) == 1) {
                        PREFIX_invoke();
                        fwrite(PREFIX_output(), UPPER_OUTPUT_BYTES, 1, stdout);
                    }
                    return 0;
                }
                """.replace("PREFIX", prefix).replace("UPPER", prefix.toUpperCase(java.util.Locale.ROOT));
    }
}
