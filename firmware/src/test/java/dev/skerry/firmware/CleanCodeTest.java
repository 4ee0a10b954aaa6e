package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.ModelFile;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written compiles without a warning, and builds as its own files say. */
final class CleanCodeTest {
    @TempDir
    Path folder;

    private Firmware written(String model, Target target) throws IOException {
        Firmware firmware = Firmware.of(
                ModelFile.read(SharedData.at("mlperf-tiny/" + model + "_int8.tflite")), model, Map.of(), target);
        GeneratedC.write(firmware, folder);
        return firmware;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "clang"})
    void noCompilerWarns(String compiler) throws Exception {
        SharedData.require(GeneratedC.has(compiler), compiler + " isn't installed");
        for (String model : List.of("kws", "ic")) {
            var command = new ArrayList<>(List.of(compiler, "-fsyntax-only"));
            command.addAll(GeneratedC.WARNINGS);
            command.addAll(GeneratedC.sourcesOf(written(model, Target.C99)));
            command.add("selftest.c");
            assertThat(GeneratedC.execute(folder, command)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"CORTEX_M0PLUS,arm-none-eabi-gcc", "CORTEX_M55,arm-none-eabi-gcc", "RV32IMAC,riscv64-unknown-elf-gcc"})
    void noCompilerForDevicesWarns(Target target, String compiler) throws Exception {
        SharedData.require(GeneratedC.has(compiler), compiler + " isn't installed");
        written("sww", target);
        String flags = BuildFiles.FLAGS + " " + String.join(" ", GeneratedC.WARNINGS);
        assertThat(GeneratedC.execute(folder, List.of("make", "device", "DEVICE_FLAGS=" + flags)))
                .isEmpty();
    }

    @Test
    void makeTestsTheGoldenVectors() throws Exception {
        SharedData.require(GeneratedC.has("make") && GeneratedC.has("cc"), "make and cc aren't installed");
        written("ad", Target.HOST);
        assertThat(GeneratedC.execute(folder, List.of("make", "test"))).isEmpty();
    }

    @Test
    void cmakeTestsTheGoldenVectors() throws Exception {
        SharedData.require(GeneratedC.has("cmake"), "cmake isn't installed");
        written("ad", Target.CORTEX_M4);
        assertThat(GeneratedC.execute(folder, List.of("cmake", "-S", ".", "-B", "out")))
                .isEmpty();
        assertThat(GeneratedC.execute(folder, List.of("cmake", "--build", "out")))
                .isEmpty();
        assertThat(GeneratedC.execute(folder.resolve("out"), List.of("ctest", "--no-tests=error")))
                .isEmpty();
        assertThat(Files.exists(folder.resolve("out/selftest"))).isTrue();
    }
}
