package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.Dim;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Shape;
import dev.skerry.pipeline.FrameFormat;
import dev.skerry.pipeline.Fusion;
import dev.skerry.pipeline.SourceSpec;
import dev.skerry.pipeline.Sources;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("NullAway") // a null fails the test, as it should
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

    private Path motion(String header, int numbers) throws IOException {
        var text = new StringBuilder(header).append('\n');
        for (int row = 0; row < 300; row++) {
            text.append(row);
            for (int i = 0; i < numbers; i++) {
                text.append(',').append((row * 7 + i) % 11 / 10.0);
            }
            text.append(row < 150 ? ",idle" : ",lift").append('\n');
        }
        return Files.writeString(folder.resolve("motion.csv"), text);
    }

    /** What the steps give is what the model takes. */
    private static void requireFit(ProjectConfig config) {
        Model model = ModelFile.read(config.model());
        SourceSpec source = config.pipeline().source();
        FrameFormat frame = Sources.frame(source, config.folder().root(), model);
        assertThat(Fusion.fuse(model, config.pipeline(), frame, config.dims())).isNotNull();
    }

    @Test
    void rowsOfATableAreCutAsTheModelTakesThem() throws IOException {
        Path har = SharedData.at("models/har-motion/har_cnn1d.onnx");
        ProjectInit.Written written =
                ProjectInit.write(har, motion("time,ax,ay,az,gx,gy,gz,activity", 6), folder.resolve("har"));

        ProjectConfig config = ProjectFile.read(written.file());
        assertThat(written.unfit()).isEmpty();
        assertThat(config.pipeline().source()).isInstanceOfSatisfying(SourceSpec.Csv.class, csv -> {
            assertThat(csv.columns()).containsExactly("ax", "ay", "az", "gx", "gy", "gz");
            assertThat(csv.window()).isEqualTo(118);
            assertThat(csv.label()).isEqualTo("activity");
        });
        assertThat(Files.readString(written.file())).contains("# Guessed from the model's input");
        requireFit(config);
    }

    @Test
    void rowsThatDoNotFitAreNamed() throws IOException {
        Path har = SharedData.at("models/har-motion/har_cnn1d.onnx");
        ProjectInit.Written written = ProjectInit.write(har, motion("time,ax,ay,az,what", 3), folder.resolve("har"));

        assertThat(written.unfit())
                .startsWith("columns and window: the model's input is ")
                .endsWith("118], the file has 3 columns of numbers");
        assertThat(Files.readString(written.file())).contains("# " + written.unfit());
        assertThat(ProjectFile.read(written.file()).pipeline().source())
                .isInstanceOfSatisfying(
                        SourceSpec.Csv.class, csv -> assertThat(csv.label()).isEqualTo("what"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1,4 | 1 | ",
                "1,12 | 3 | ",
                "5,4 | 5 | ",
                "1,5,4 | 5 | ",
                "1,4,5 | 5 | transpose",
                "1,1,5,4 | 5 | reshape"
            })
    void theOtherDimensionIsTheWindow(String sizes, int window, String step) throws IOException {
        Shape shape = new Shape(Arrays.stream(sizes.split(","))
                .map(size -> Dim.of(Long.parseLong(size)))
                .toList());
        SourceGuess guess = SourceGuess.of(SampleKind.CSV, motion("t,a,b,c,d,what", 4), shape);
        assertThat(guess.options()).contains("columns: [a, b, c, d]", "window: " + window, "label: what");
        assertThat(guess.open()).isEmpty();
        assertThat(String.join(" ", guess.pre())).contains(step == null ? "" : step);
    }

    @Test
    void aFrameOfSoundIsAsLongAsTheModelTakesAndComesAsOften() {
        Path sound = SharedData.at("models/silero-vad/stream.wav");
        SourceGuess guess = SourceGuess.of(SampleKind.WAV, sound, new Shape(List.of(Dim.of(1), Dim.of(256))));
        assertThat(guess.options()).containsExactly("frame: 256", "hop: 256");
        assertThat(guess.hertz()).hasValue(31.25);
        assertThat(guess.open()).isEmpty();
        Shape features = new Shape(List.of(Dim.of(1), Dim.of(49), Dim.of(10)));
        assertThat(SourceGuess.of(SampleKind.WAV, sound, features).open()).contains("log-mel");
    }

    @Test
    void aLengthOfSoundThatTheModelLeavesOpenIsToldAsSuch() throws IOException {
        Path silero = SharedData.at("models/silero-vad/silero_vad.onnx");
        ProjectInit.Written written = ProjectInit.write(silero, SharedData.at("models/silero-vad/stream.wav"), folder);
        assertThat(written.unfit()).startsWith("frame and hop");
        assertThat(Files.readString(written.file())).contains("  rate: 15.625Hz ");
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
