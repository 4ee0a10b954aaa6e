package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectInitTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "models/resnet8-cifar10/resnet8.onnx, models/resnet8-cifar10/evaluation.npz",
        "models/kws-dscnn/kws_dscnn.onnx, models/kws-dscnn/evaluation.npz",
        "models/magika/model.onnx, models/magika/evaluation.npz",
        "models/ultraface/version-slim-320.onnx, models/ultraface/imgs",
        "models/silero-vad/silero_vad.onnx, models/silero-vad/stream.wav",
    })
    void whatItWritesIsAProject(String model, String samples) {
        Path file = ProjectInit.write(SharedData.at(model), SharedData.at(samples), folder)
                .file();

        ProjectConfig config = ProjectFile.read(file);

        assertThat(config.model())
                .isEqualTo(SharedData.at(model).toAbsolutePath().normalize());
        assertThat(config.pipeline().source()).isNotNull();
        assertThat(config.compression().method()).isEqualTo(dev.skerry.compress.CompressionRequest.Method.AUTO);
    }

    @Test
    void stateAndDynamicDimensionsAreFound() {
        Path silero = SharedData.at("models/silero-vad/silero_vad.onnx");
        ProjectInit.Written written = ProjectInit.write(silero, SharedData.at("models/silero-vad/stream.wav"), folder);
        assertThat(written.open()).containsExactly("sr");
        assertThat(ProjectFile.read(written.file()).stateOutputToInput()).isEqualTo(Map.of("stateN", "state"));
    }

    @Test
    void aProjectThatIsThereStays() {
        Path model = SharedData.at("models/kws-dscnn/kws_dscnn.onnx");
        Path samples = SharedData.at("models/kws-dscnn/evaluation.npz");
        ProjectInit.write(model, samples, folder);
        assertThatThrownBy(() -> ProjectInit.write(model, samples, folder))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("there is a project already");
    }
}
