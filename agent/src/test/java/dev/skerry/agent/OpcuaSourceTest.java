package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SampleSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against an OPC UA server of this process. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class OpcuaSourceTest {
    private static final String NODES = "'nodes': ['ns=2;s=v0', 'ns=2;s=v1', 'ns=2;s=v2', 'ns=2;s=v3', 'ns=2;s=v4',"
            + " 'ns=2;s=v5'], 'sampling': 0.01, 'maxAge': 3";

    @TempDir
    static Path folder;

    private static Certificates servers;
    private static Certificates clients;
    private static OpcuaPlant plant;

    @BeforeAll
    static void open() throws IOException {
        servers = Certificates.in(folder.resolve("server"));
        clients = Certificates.in(folder.resolve("client"));
        plant = new OpcuaPlant(servers, clients);
    }

    @AfterAll
    static void close() {
        plant.close();
    }

    private static String source(String more) {
        return "{'opcua': '" + plant.url() + "', " + more + "}";
    }

    @Test
    void aRecordingThatIsGivenRowByRowMakesTheWindowsThatReplayingItMakes() throws IOException, InterruptedException {
        List<float[]> rows = Recording.rows(200);
        List<float[]> replayed = Recording.windows(Recording.csv(folder.resolve("motion.csv"), rows), 118, 16);
        try (var probe = new SourceProbe(source(NODES + ", 'align': 'timestamp', 'window': 118, 'hop': 16"), folder)) {
            plant.awaitWatchers(6);
            for (int i = 0; i < rows.size(); i++) {
                plant.give(1000 + i, rows.get(i));
                if (i % 16 == 15) {
                    // a queue of the server holds 64
                    Thread.sleep(60);
                }
            }

            List<float[]> live = probe.await(replayed.size());

            for (int i = 0; i < replayed.size(); i++) {
                assertThat(live.get(i)).as("window " + i).isEqualTo(replayed.get(i));
            }
            assertThat(probe.marks.getFirst()).isEqualTo(SampleSink.RESTART);
            assertThat(probe.source.counts().gaps()).isZero();
        }
    }

    @Test
    void theLatestValuesAreRowsByTheClock() {
        try (var probe = new SourceProbe(source("'nodes': ['ns=2;s=v0', 'ns=2;s=v1'], 'sampling': 0.02"), folder)) {
            plant.awaitWatchers(2);
            plant.give(0, 1, 1.5f, StatusCode.GOOD);
            plant.give(1, 2, true, StatusCode.GOOD);

            assertThat(probe.await(3).getLast()).containsExactly(1.5f, 1);
        }
    }

    @Test
    void valuesOfBadQualityAreNoMeasurementAndUncertainOnesWhereWanted() {
        String nodes = "'nodes': 'ns=2;s=v3', 'sampling': 0.02, 'align': 'timestamp'";
        try (var probe = new SourceProbe(source(nodes), folder)) {
            plant.awaitWatchers(1);
            plant.give(3, 1, 1f, StatusCode.GOOD);
            plant.give(3, 2, 2f, OpcuaPlant.bad());
            plant.give(3, 3, 3f, OpcuaPlant.uncertain());
            plant.give(3, 4, Double.NaN, StatusCode.GOOD);
            plant.give(3, 5, "text", StatusCode.GOOD);
            plant.give(3, 6, 6, StatusCode.GOOD);

            assertThat(probe.await(2)).hasSize(2);
            assertThat(probe.windows().getLast()).containsExactly(6);
            probe.trouble("Bad_SensorFailure");
            assertThat(probe.trouble("Uncertain_LastUsableValue")).contains("uncertain: true");
            assertThat(probe.source.counts().refused()).isEqualTo(4);
        }
        try (var probe = new SourceProbe(source(nodes + ", 'uncertain': true"), folder)) {
            plant.awaitWatchers(1);
            plant.give(3, 3, 3f, OpcuaPlant.uncertain());
            assertThat(probe.await(1).getFirst()).containsExactly(3);
        }
    }

    @Test
    void aServerThatIsGoneAndComesBackIsOneOutage() throws IOException {
        try (var other = new OpcuaPlant(servers, null);
                var probe = new SourceProbe(
                        "{'opcua': '" + other.url()
                                + "', 'nodes': 'ns=2;s=v0', 'sampling': 0.02, 'align': 'timestamp', 'window': 2, 'hop': 1}",
                        folder)) {
            other.awaitWatchers(1);
            for (int i = 0; i < 3; i++) {
                other.give(i + 1, (float) i);
            }
            probe.await(2);
            other.stop();
            probe.await(() -> probe.ring.state() == SampleRing.State.TROUBLED, "trouble");
            other.start();
            probe.await(() -> probe.ring.count(SampleRing.Counter.RECONNECTS) == 1, "a reconnect");
            other.awaitWatchers(1);
            for (int i = 10; i < 12; i++) {
                other.give(i, (float) i);
            }

            assertThat(probe.await(3).get(2)).containsExactly(10, 11);
            assertThat(probe.marks.get(2)).isEqualTo(SampleSink.RESTART | SampleSink.GAP);
            assertThat(probe.source.counts().outages()).isEqualTo(1);
        }
    }

    @Test
    void nodesThatAreNotThereAreToldByName() {
        try (var probe = new SourceProbe(source("'nodes': 'ns=2;s=nowhere'"), folder)) {
            assertThat(probe.trouble("Bad_NodeIdUnknown")).contains("nowhere");
        }
    }

    @Test
    void securityTakesTheRightCertificateAndUserOnly() throws IOException {
        Certificates others = Certificates.in(folder.resolve("others"));
        Files.writeString(folder.resolve("secret"), "right-one\n");
        String channel = "'nodes': 'ns=2;s=v4', 'align': 'timestamp', 'sampling': 0.02, 'policy': 'basic256sha256',"
                + " 'user': 'press', 'tls': {'certificate': '" + clients.certificate() + "', 'key': '" + clients.key()
                + "', 'ca': '";
        try (var probe = new SourceProbe(source(channel + servers.ca() + "'}, 'passwordFile': 'secret'"), folder)) {
            plant.awaitWatchers(1);
            plant.give(4, 1, 4f, StatusCode.GOOD);
            assertThat(probe.await(1).getFirst()).containsExactly(4);
        }
        try (var probe = new SourceProbe(source(channel + others.ca() + "'}, 'passwordFile': 'secret'"), folder)) {
            probe.trouble("no connection to the server");
            assertThat(probe.windows()).isEmpty();
        }
        try (var probe = new SourceProbe(
                source(channel + servers.ca() + "'}, 'passwordEnv': 'PW'"), folder, Map.of("PW", "wrong-one"))) {
            assertThat(probe.trouble("no connection to the server")).contains("passwordFile");
            assertThat(probe.events.toString()).doesNotContain("wrong-one");
        }
    }

    @Test
    void securityThatTheServerDoesNotHaveIsToldWithWhatItHas() {
        String channel = "'nodes': 'ns=2;s=v4', 'policy': 'aes256-sha256-rsapss', 'tls': {'certificate': '"
                + clients.certificate() + "', 'key': '" + clients.key() + "', 'ca': '" + servers.ca() + "'}";
        try (var probe = new SourceProbe(source(channel), folder)) {
            assertThat(probe.trouble("the server has no such security")).contains("Basic256Sha256/SignAndEncrypt");
        }
    }

    @Test
    void aServerThatTakesConnectionsAndNeverAnswersOrDripsIsTold() throws IOException {
        try (var mute = Cable.mute();
                var drip = Cable.dripping("ACKF".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                var silent = new SourceProbe(
                        "{'opcua': 'opc.tcp://127.0.0.1:" + mute.port() + "', 'nodes': 'i=1'}", folder);
                var slow = new SourceProbe(
                        "{'opcua': 'opc.tcp://127.0.0.1:" + drip.port() + "', 'nodes': 'i=1'}", folder)) {
            silent.trouble("no connection to the server");
            slow.trouble("no connection to the server");
        }
    }
}
