package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every real model at hand is read, written and read again. */
class ModelRoundTripTest {
    @TempDir
    Path folder;

    @TestFactory
    List<DynamicTest> realModelsSurviveReadingAndWriting() throws IOException {
        List<DynamicTest> tests = models().map(file -> DynamicTest.dynamicTest(file.toString(), () -> roundTrip(file)))
                .toList();
        assertThat(tests).as("317 node tests and the models of people").hasSizeGreaterThan(325);
        return tests;
    }

    private void roundTrip(Path file) throws IOException {
        Model model = ModelFile.read(file);
        byte[] bytes = ModelFile.bytes(model);
        assertThat(ModelFile.parse(bytes)).isEqualTo(model);
        assertThat(ModelFile.bytes(ModelFile.parse(bytes))).isEqualTo(bytes);

        Path copy = folder.resolve(file.getFileName());
        ModelFile.write(model, copy);
        assertThat(Files.readAllBytes(copy)).isEqualTo(bytes);
        assertThat(ModelFile.read(copy)).isEqualTo(model);
    }

    static Stream<Path> models() throws IOException {
        return Stream.of(files("onnx-node-tests", ".onnx"), files("models", ".onnx"), files("mlperf-tiny", ".onnx"))
                .flatMap(List::stream);
    }

    /** The shared files below {@code folder} whose names end in {@code extension}. */
    static List<Path> files(String folder, String extension) throws IOException {
        try (Stream<Path> files = Files.walk(SharedData.at(folder))) {
            return files.filter(file -> file.toString().endsWith(extension))
                    .sorted()
                    .toList();
        }
    }
}
