package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import dev.skerry.runner.RunListener;
import dev.skerry.runner.RunPlan;
import dev.skerry.runner.RunReport;
import dev.skerry.runner.RunnerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A run without a network between a source and an action that are on one. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class BridgeTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final long CYCLES = 400;

    @TempDir
    Path folder;

    @Test
    void everyReleaseIsAnsweredThoughTheBrokerDiesInTheMiddle() throws IOException, InterruptedException {
        var events = new CopyOnWriteArrayList<AgentEvent>();
        var got = new CopyOnWriteArrayList<String>();
        try (Mosquitto broker = Mosquitto.open(folder.resolve("broker"))) {
            RunBundle bundle = RunBundle.in(
                    folder.resolve("bundle"),
                    "'mqtt': '" + broker.url()
                            + "', 'topics': 'in', 'format': 'number', 'take': 'latest', 'maxAge': 0.3",
                    "{'json-lines': 'decisions.jsonl'}, {'mqtt': {'broker': '" + broker.url() + "', 'topic': 'out'}}",
                    6);
            var context = new AgentContext(Map.of(), System::nanoTime, new Random(1), events::add);
            var stop = new AtomicBoolean();
            var cycle = new AtomicLong();
            Thread sender = Thread.ofVirtual().start(() -> send(broker, stop));
            BridgeStatus status;
            RunReport report;
            try (Bridge bridge = Bridge.open(bundle.pipeline(), bundle.egress(), bundle.folder(), context)) {
                RunPlan plan = bridge.apply(RunPlan.of(
                                bundle.folder(),
                                bundle.folder(),
                                50,
                                CYCLES,
                                Duration.ofMillis(20),
                                folder.resolve("report.json"))
                        .withRealtime(RunPlan.Realtime.NONE)
                        .withHeapMegabytes(64));
                onlyThisUserReads(plan);
                listen(broker, got);
                try (RunnerProcess process = RunnerProcess.start(plan, new RunListener() {
                    @Override
                    public void progress(long at, long cycles, long missed, double lastMicros) {
                        cycle.set(at);
                    }
                })) {
                    SourceProbe.until(() -> cycle.get() > CYCLES / 4, () -> "a quarter of the run");
                    withoutSocket(process.pid());
                    broker.kill();
                    SourceProbe.until(() -> cycle.get() > CYCLES / 2, () -> "half of the run");
                    broker.restart();
                    report = process.await();
                }
                SourceProbe.until(
                        () -> bridge.status().actions().getFirst().waiting() == 0,
                        () -> bridge.status().toString());
                status = bridge.status();
            } finally {
                stop.set(true);
                sender.join();
            }

            assertThat(report.cycles()).isEqualTo(CYCLES).isEqualTo(report.decisions() + report.missed());
            List<String> lines = Files.readAllLines(bundle.folder().resolve("decisions.jsonl"));
            assertThat(lines).hasSize((int) CYCLES);
            long decided = 0;
            for (int i = 0; i < CYCLES; i++) {
                JsonNode line = JSON.readTree(lines.get(i));
                assertThat(line.path("cycle").asInt()).isEqualTo(i);
                if (!line.path("fallback").asBoolean()) {
                    decided++;
                    assertThat(line.path("decision").path("values").path(0).asDouble())
                            .isEqualTo(42);
                }
            }
            assertThat(decided).isGreaterThan(CYCLES / 8);
            assertThat(status.source().outages()).isPositive();
            assertThat(status.source().reconnects()).isPositive();
            assertThat(status.actions().getFirst().sent()).isEqualTo(CYCLES);
            assertThat(status.actions().getFirst().lost()).isZero();
            assertThat(got).isNotEmpty();
        }
    }

    private static void send(Mosquitto broker, AtomicBoolean stop) {
        Mqtt5BlockingClient client = null;
        while (!stop.get()) {
            try {
                if (client == null || !client.getState().isConnected()) {
                    client = broker.client();
                }
                client.publishWith()
                        .topic("in")
                        .payload("21".getBytes(StandardCharsets.UTF_8))
                        .send();
                Thread.sleep(10);
            } catch (RuntimeException _) {
                client = null;
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private static void listen(Mosquitto broker, List<String> got) {
        Mqtt5BlockingClient client = broker.client();
        client.toAsync()
                .publishes(
                        MqttGlobalPublishFilter.ALL,
                        message -> got.add(new String(message.getPayloadAsBytes(), StandardCharsets.UTF_8)));
        client.subscribeWith().topicFilter("out").send();
    }

    private static void onlyThisUserReads(RunPlan plan) throws IOException {
        Path ring = Path.of(plan.source().path("ring").asString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ring)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ring.getParent())))
                .isEqualTo("rwx------");
    }

    private static void withoutSocket(long pid) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            for (Path file : files.toList()) {
                if (Files.isSymbolicLink(file)) {
                    assertThat(Files.readSymbolicLink(file).toString()).doesNotStartWith("socket:");
                }
            }
        }
    }
}
