package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Projects with a source on a network, as they are run and deployed. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class NetworkRunTest {
    @TempDir
    Path folder;

    @Test
    void eachOfSeveralModelsHasItsOwnSourceOnTheNetwork() throws IOException {
        try (var first = new RegisterServer();
                var second = new RegisterServer()) {
            Path press = LouderProject.in(folder.resolve("press"), "press", first.source(), LouderProject.RECORDED);
            Path lathe = LouderProject.in(folder.resolve("lathe"), "lathe", second.source(), LouderProject.RECORDED);
            var console = new Console(folder.resolve("home"));

            assertThat(console.run("run", press, lathe, "--cycles", 150, "--no-realtime", "--json"))
                    .as(console.err())
                    .isZero();

            JsonNode report = console.json();
            JsonDocumentation.assertDescribes(report);
            for (JsonNode one : new JsonNode[] {report, report.at("/others/0")}) {
                assertThat(one.at("/sensor/samples").asLong()).isPositive();
                assertThat(one.at("/network/source/samples").asLong()).isPositive();
                assertThat(one.at("/network/source/name").asString()).startsWith("modbus 127.0.0.1:");
            }
            assertThat(Files.readString(press.resolve("decisions.jsonl"))).contains("\"a\"");
            assertThat(Files.readString(lathe.resolve("decisions.jsonl"))).contains("\"a\"");

            assertThat(console.run("run", press, lathe, "--cycles", 5, "--no-realtime"))
                    .as(console.err())
                    .isZero();
            assertThat(console.out()).contains("press: modbus 127.0.0.1:", "lathe: modbus 127.0.0.1:");
        }
    }

    @Test
    void aProjectIsDeployedWithItsRecordingAndRunsOnWhatTheNetworkBrings() throws IOException {
        try (var device = new RegisterServer()) {
            Path press = LouderProject.in(folder.resolve("press"), "press", device.source(), LouderProject.RECORDED);
            var console = new Console(folder.resolve("home"));

            assertThat(console.run("deploy", press, "--cycles", 150, "--no-realtime", "--json"))
                    .as(console.err())
                    .isZero();

            JsonNode deployed = console.json();
            JsonDocumentation.assertDescribes(deployed);
            assertThat(deployed.at("/compress/labelled").asBoolean()).isTrue();
            assertThat(deployed.at("/run/cycles").asLong()).isEqualTo(150);
            assertThat(deployed.at("/run/sensor/samples").asLong()).isPositive();
            assertThat(deployed.at("/run/network/source/rows").asLong()).isPositive();

            assertThat(console.run("deploy", press, "--cycles", 5, "--no-realtime"))
                    .as(console.err())
                    .isZero();
            assertThat(console.out()).contains("modbus 127.0.0.1:").contains(" rows, ");
        }
    }
}
