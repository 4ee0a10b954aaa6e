package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slips of who types a command: each is named as what it is, with the command that was meant. */
class WrongTargetTest {
    @TempDir
    Path folder;

    private Console console = new Console(Path.of(""));

    @BeforeEach
    void open() {
        console = new Console(folder.resolve("home"));
    }

    @Test
    void aMisspeltOptionIsNamedAndNotWhatIsMissingForWantOfIt() {
        assertThat(console.run("compress", "--evel", "x", "y")).isEqualTo(2);
        assertThat(console.err())
                .contains("unknown option '--evel'", "skerry compress --eval", "usage.unknown")
                .doesNotContain("Missing");
    }

    @Test
    void aWordBeforeTheCommandIsNamedAndNotWhatTheCommandLacks() {
        assertThat(console.run("help", "select")).isEqualTo(2);
        assertThat(console.err())
                .contains("unknown word 'help'", "skerry --help")
                .doesNotContain("Missing");
    }

    @Test
    void whatIsMissingIsStillSaid() {
        assertThat(console.run("select")).isEqualTo(2);
        assertThat(console.err()).contains("Missing required parameter");
    }

    @Test
    void aModelIsNoBundle() throws IOException {
        Path model = Files.write(folder.resolve("small.onnx"), new byte[] {8, 7, (byte) 0xC3});
        assertThat(console.run("run", model)).isEqualTo(2);
        assertThat(console.err())
                .contains("it is a model, and a project or bundle is wanted")
                .contains("skerry init " + model + " --samples DIR", "skerry agent " + model);
    }

    @Test
    void aModelIsNoProject() throws IOException {
        Path model = Files.write(folder.resolve("small.onnx"), new byte[] {8, 7, (byte) 0xC3});
        assertThat(console.run("deploy", model)).isEqualTo(2);
        assertThat(console.err()).contains("skerry init " + model + " --samples DIR", "project.yaml");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "bench", "agent"})
    void aFolderMayBeNeitherProjectNorBundle(String command) {
        assertThat(console.run(command, folder)).isEqualTo(2);
        assertThat(console.err()).contains("no project and no bundle here", "project.missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "bench", "agent", "verify"})
    void aStandaloneFolderHasItsBundleWithin(String command) throws IOException {
        Files.createDirectories(folder.resolve("dist/bundle"));
        Files.writeString(folder.resolve("dist/bundle/oci-layout"), "{}");
        assertThat(console.run(command, folder.resolve("dist"))).isEqualTo(2);
        assertThat(console.err()).contains("skerry " + command + " " + folder.resolve("dist/bundle"));
    }
}
