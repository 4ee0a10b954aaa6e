package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SampleSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a mosquitto of this machine. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class MqttSourceTest {
    @TempDir
    Path folder;

    private Mosquitto broker;
    private Mqtt5BlockingClient sender;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        broker = Mosquitto.open(folder.resolve("broker"));
        sender = broker.client();
    }

    @AfterEach
    void close() {
        broker.close();
    }

    private void send(String topic, String payload) {
        send(topic, payload.getBytes(StandardCharsets.UTF_8));
    }

    private void send(String topic, byte[] payload) {
        sender.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(payload)
                .send();
    }

    /** Until the broker has the subscription: a message that nobody waits for is lost by design. */
    private static void listening(SourceProbe probe) throws InterruptedException {
        // it says nothing when all is well, so wait a moment for the trouble that would come, and for the subscription
        Thread.sleep(300);
        assertThat(probe.troubles()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"json", "csv", "raw"})
    void aRecordingThatIsSentRowByRowMakesTheWindowsThatReplayingItMakes(String format)
            throws IOException, InterruptedException {
        List<float[]> rows = Recording.rows(400);
        List<float[]> replayed = Recording.windows(Recording.csv(folder.resolve("motion.csv"), rows), 118, 32);
        String fields = format.equals("json")
                ? ", 'fields': ['/m/0', '/m/1', '/m/2', '/m/3', '/m/4', '/m/5']"
                : ", 'columns': 6";
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url() + "', 'topics': 'press/+/motion', 'format': '" + format
                        + "', 'window': 118, 'hop': 32, 'qos': 1" + fields + "}",
                folder)) {
            listening(probe);
            for (float[] row : rows) {
                send("press/7/motion", payload(format, row));
            }

            List<float[]> live = probe.await(replayed.size());

            assertThat(live).hasSameSizeAs(replayed);
            for (int i = 0; i < live.size(); i++) {
                assertThat(live.get(i)).as("window " + i).isEqualTo(replayed.get(i));
            }
            assertThat(probe.marks.getFirst()).isEqualTo(SampleSink.RESTART);
            assertThat(probe.marks.subList(1, probe.marks.size())).containsOnly(0);
            probe.await(
                    () -> probe.source.counts().equals(new NetworkSource.Counts(rows.size(), 0, 0, 0, 0)),
                    "all rows and nothing else");
        }
    }

    private static byte[] payload(String format, float[] row) {
        return switch (format) {
            case "json" -> ("{\"m\": [" + Recording.text(row) + "]}").getBytes(StandardCharsets.UTF_8);
            case "csv" -> Recording.text(row).getBytes(StandardCharsets.UTF_8);
            default -> {
                var bytes = ByteBuffer.allocate(row.length * 4).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(row);
                yield bytes.array();
            }
        };
    }

    @Test
    void aMessageThatIsTooLargeStaysWithTheBroker() throws IOException, InterruptedException {
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url() + "', 'topics': 't', 'fields': ['/x'], 'window': 1, 'hop': 1}", folder)) {
            listening(probe);
            send("t", "{\"x\": 1}");
            send("t", "{\"x\": 2, \"pad\": \"" + "p".repeat(MqttLink.LARGEST_PACKET) + "\"}");
            send("t", "{\"x\": 3}");

            assertThat(probe.await(2).get(1)).containsExactly(3);
            assertThat(probe.source.counts()).isEqualTo(new NetworkSource.Counts(2, 0, 0, 0, 0));
            assertThat(probe.troubles()).isEmpty();
        }
    }

    @Test
    void aBrokerThatDiesAndComesBackIsOneGapAndNoWindowSpansIt() throws IOException, InterruptedException {
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url() + "', 'topics': 't', 'format': 'number', 'window': 3, 'hop': 1}", folder)) {
            listening(probe);
            for (int i = 0; i < 5; i++) {
                send("t", Integer.toString(i));
            }
            probe.await(3);

            broker.kill();
            probe.trouble("no connection to the broker");
            assertThat(probe.ring.state()).isEqualTo(SampleRing.State.TROUBLED);
            broker.restart();
            probe.await(() -> probe.ring.count(SampleRing.Counter.RECONNECTS) == 1, "a reconnect");
            sender = broker.client();
            for (int i = 10; i < 14; i++) {
                send("t", Integer.toString(i));
            }

            assertThat(probe.await(5)).hasSize(5);
            assertThat(probe.windows().get(3)).containsExactly(10, 11, 12);
            assertThat(probe.marks.get(3)).isEqualTo(SampleSink.RESTART | SampleSink.GAP);
            assertThat(probe.source.counts().outages()).isEqualTo(1);
            assertThat(probe.events.getLast()).isInstanceOf(AgentEvent.SourceBack.class);
        }
    }

    @Test
    void whatTheBrokerKeepsForASessionIsNoGap() throws IOException, InterruptedException {
        try (var cable = new Cable(broker.port);
                var probe = new SourceProbe(
                        "{'mqtt': '127.0.0.1:" + cable.port() + "', 'topics': 't', 'format': 'number', 'window': 2,"
                                + " 'hop': 1, 'qos': 1, 'session': 60, 'clientId': 'press-7', 'maxAge': 10}",
                        folder)) {
            listening(probe);
            send("t", "1");
            send("t", "2");
            probe.await(1);
            cable.cut();
            probe.trouble("no connection to the broker");
            send("t", "3");
            send("t", "4");
            cable.mend();

            probe.await(3);

            assertThat(probe.windows().get(1)).containsExactly(2, 3);
            assertThat(probe.windows().get(2)).containsExactly(3, 4);
            assertThat(probe.source.counts().gaps()).isZero();
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
        }
    }

    @Test
    void malformedPayloadsAreRefusedByWhyAndLeaveAGap() throws InterruptedException {
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url() + "', 'topics': 't', 'fields': ['/a', '/b'], 'window': 2, 'hop': 1}",
                folder)) {
            listening(probe);
            String[] bad = {
                "no JSON at all",
                "{\"a\": 1}",
                "{\"a\": 1, \"b\": \"2\"}",
                "{\"a\": 1, \"b\": NaN}",
                "{\"a\": 1, \"b\": 1e999}",
                "[1, 2]",
                "",
                "{\"a\": 1, \"b\": 2",
                "[".repeat(10_000),
                "x".repeat(900 << 10)
            };
            for (String payload : bad) {
                send("t", "{\"a\": 1, \"b\": 2}");
                send("t", payload);
            }
            probe.await(() -> probe.source.counts().refused() == bad.length, "refusals");
            send("t", "{\"a\": 1, \"b\": 2, \"more\": [{}]}");
            send("t", "{\"a\": true, \"b\": -3e-2}");

            assertThat(probe.await(1)).hasSize(1);
            assertThat(probe.windows().getFirst()).containsExactly(1, 2, 1, -0.03f);
            assertThat(probe.ring.state()).isEqualTo(SampleRing.State.DELIVERING);
            assertThat(probe.troubles())
                    .anySatisfy(text -> assertThat(text).contains("not JSON"))
                    .anySatisfy(text -> assertThat(text).contains("no /b"))
                    .anySatisfy(text -> assertThat(text).contains("/b is no number"));
        }
    }

    @Test
    void numbersOfMessagesTellRepeatedOnesFromMissingOnes() throws InterruptedException {
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url()
                        + "', 'topics': 't', 'fields': '/v', 'sequence': '/n', 'window': 2, 'hop': 1}",
                folder)) {
            listening(probe);
            for (int number : new int[] {1, 2, 2, 3, 3, 3, 7, 8}) {
                send("t", "{\"v\": " + number + ", \"n\": " + number + "}");
            }

            probe.await(3);

            assertThat(probe.windows()).hasSize(3);
            assertThat(probe.windows().get(2)).containsExactly(7, 8);
            assertThat(probe.source.counts().duplicates()).isEqualTo(3);
            assertThat(probe.source.counts().gaps()).isEqualTo(1);
        }
    }

    @Test
    void valuesOfSeveralTopicsAreRowsByTheClock() throws InterruptedException {
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url() + "', 'topics': ['a', 'b/#'], 'format': 'number', 'every': 0.02}",
                folder)) {
            listening(probe);
            send("a", "1.5");
            Thread.sleep(100);
            assertThat(probe.windows()).isEmpty();
            send("b/deep/down", "2.5");

            assertThat(probe.await(3).getFirst()).containsExactly(1.5f, 2.5f);
        }
    }

    @Test
    void aKeptMessageOfUnknownAgeIsNoMeasurement() throws InterruptedException {
        sender.publishWith()
                .topic("t")
                .retain(true)
                .payload("1".getBytes(StandardCharsets.UTF_8))
                .send();
        String source = "{'mqtt': '" + broker.url() + "', 'topics': 't', 'format': 'number'";
        try (var without = new SourceProbe(source + "}", folder);
                var with = new SourceProbe(source + ", 'retained': true}", folder)) {
            assertThat(with.await(1).getFirst()).containsExactly(1);
            assertThat(without.windows()).isEmpty();
        }
    }

    @Test
    void silenceIsToldThoughTheConnectionStands() {
        try (var probe = new SourceProbe(
                "{'mqtt': '" + broker.url() + "', 'topics': 'typo', 'format': 'number', 'maxAge': 0.3}", folder)) {
            assertThat(probe.trouble("connected, and no message comes")).contains("typo");
            send("typo", "1");
            probe.await(1);
            probe.await(() -> probe.ring.count(SampleRing.Counter.RECONNECTS) == 1, "the end of it");
        }
    }

    @Test
    void theWrongPasswordIsToldByTheBrokersWordAndNeverShown() throws IOException, InterruptedException {
        Path passwords = folder.resolve("broker2/passwords");
        Files.createDirectories(passwords.getParent());
        Files.writeString(passwords, "press:right-one\n");
        assertThat(new ProcessBuilder("mosquitto_passwd", "-U", passwords.toString())
                        .start()
                        .waitFor())
                .isZero();
        try (Mosquitto guarded =
                Mosquitto.start(folder.resolve("broker2"), "allow_anonymous false", "password_file " + passwords)) {
            String source = "{'mqtt': '" + guarded.url()
                    + "', 'topics': 't', 'format': 'number', 'user': 'press', 'passwordEnv': 'PW'}";
            try (var wrong = new SourceProbe(source, folder, Map.of("PW", "wrong-one"))) {
                assertThat(wrong.trouble("not authorized")).contains("passwordFile");
                assertThat(wrong.events.toString()).doesNotContain("wrong-one");
            }
            Files.writeString(folder.resolve("secret"), "right-one\n");
            try (var right =
                    new SourceProbe(source.replace("'passwordEnv': 'PW'", "'passwordFile': 'secret'"), folder)) {
                listening(right);
            }
        }
    }

    @Test
    void aCertificateThatNobodyVouchesForIsRefusedAndTheRightOneTaken() throws IOException, InterruptedException {
        Certificates ours = Certificates.in(folder.resolve("ours"));
        Certificates others = Certificates.in(folder.resolve("others"));
        try (Mosquitto guarded = Mosquitto.start(
                folder.resolve("broker3"),
                "allow_anonymous true",
                "cafile " + ours.ca(),
                "certfile " + ours.certificate(),
                "keyfile " + ours.key(),
                "require_certificate true")) {
            String address = "{'mqtt': 'mqtts://127.0.0.1:" + guarded.port
                    + "', 'topics': 't', 'format': 'number', 'tls': {'ca': '";
            try (var wrong = new SourceProbe(address + others.ca() + "'}}", folder)) {
                assertThat(wrong.trouble("no connection to the broker")).contains("tls: {ca: …}");
            }
            try (var nameless = new SourceProbe(address + ours.ca() + "'}}", folder)) {
                nameless.trouble("no connection to the broker");
            }
            try (var right = new SourceProbe(
                    address + ours.ca() + "', 'certificate': '" + ours.certificate() + "', 'key': '" + ours.key()
                            + "'}}",
                    folder)) {
                listening(right);
            }
        }
    }

    @Test
    void aServerThatTakesConnectionsAndNeverAnswersIsTold() throws IOException {
        try (var mute = Cable.mute();
                var probe = new SourceProbe(
                        "{'mqtt': '127.0.0.1:" + mute.port() + "', 'topics': 't', 'format': 'number'}", folder)) {
            probe.trouble("no connection to the broker");
        }
    }

    @Test
    void aServerThatDripsItsAnswerIsTold() throws IOException {
        // the beginning of a CONNACK, and a byte of it every now and then, for ever
        try (var drip = Cable.dripping(new byte[] {0x20, (byte) 0xff, (byte) 0xff, 0x01});
                var probe = new SourceProbe(
                        "{'mqtt': '127.0.0.1:" + drip.port() + "', 'topics': 't', 'format': 'number'}", folder)) {
            probe.trouble("no connection to the broker");
        }
    }

    @Test
    void closingWhileNobodyAnswersIsQuick() throws IOException {
        try (var mute = Cable.mute()) {
            var probe = new SourceProbe(
                    "{'mqtt': '127.0.0.1:" + mute.port() + "', 'topics': 't', 'format': 'number'}", folder);
            long before = System.nanoTime();
            probe.close();
            assertThat(System.nanoTime() - before).isLessThan(10_000_000_000L);
        }
    }

    @Test
    void secretsThatAreMissingAreToldBeforeAnythingStarts() {
        String source = "{'mqtt': 'h', 'topics': 't', 'format': 'number', 'user': 'u', ";
        assertThatThrownBy(() -> new SourceProbe(source + "'passwordEnv': 'NOT_SET'}", folder))
                .hasMessageContaining("NOT_SET");
        assertThatThrownBy(() -> new SourceProbe(source + "'passwordFile': 'nowhere'}", folder))
                .hasMessageContaining("nowhere");
    }
}
