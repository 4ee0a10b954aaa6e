package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A project with a source on a network, as a person writes it and a machine without that network runs it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class NetworkCommandTest {
    @TempDir
    Path folder;

    private Path project(String source) throws IOException {
        Path project = SmallProject.in(folder.resolve("project"), "none");
        Path file = project.resolve("skerry.yaml");
        Files.writeString(
                file,
                Files.readString(file, StandardCharsets.UTF_8)
                        .replace("  source: {tensors: samples.npz}", "  source: " + source));
        return project;
    }

    private JsonNode refusal(Path project) {
        var console = new Console(folder);
        assertThat(console.run("pack", project, "-o", folder.resolve("x.tar"), "--json"))
                .isEqualTo(2);
        return console.json();
    }

    @Test
    void aPasswordInTheProjectIsRefusedWithItsLineAndNotRepeated() throws IOException {
        JsonNode problem = refusal(project("{mqtt: 'mqtt://plant', topics: t, user: press, password: hunter2}"));

        assertThat(problem.path("where").asString()).contains("skerry.yaml:");
        assertThat(problem.toString()).contains("passwordFile").doesNotContain("hunter2");
    }

    @Test
    void aMisspeltOptionIsToldWithTheRightOne() throws IOException {
        JsonNode problem = refusal(project("{modbus: plc, registers: [{at: 0}], every: 0.1, timout: 2}"));

        assertThat(problem.toString()).contains("timout").contains("'timeout'");
    }

    @Test
    void aProjectNeedsRecordedSamplesBesideALiveSource() throws IOException {
        JsonNode problem = refusal(project("{opcua: 'opc.tcp://plc', nodes: 'i=1'}"));

        assertThat(problem.path("remedies").toString()).contains("samples");
    }
}
