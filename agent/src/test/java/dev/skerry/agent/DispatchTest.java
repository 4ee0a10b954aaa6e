package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.sun.net.httpserver.HttpServer;
import dev.skerry.bundle.Egress;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.ActionSpec;
import dev.skerry.pipeline.Actions;
import dev.skerry.pipeline.Decision;
import dev.skerry.pipeline.DecisionReader;
import dev.skerry.pipeline.JsonText;
import dev.skerry.pipeline.Level;
import dev.skerry.pipeline.PipelineSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Decisions from a run's ring to a broker and to a server of this machine. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class DispatchTest {
    private static final JsonText MODEL = Actions.model("line", "1");
    private static final Decision NOTHING = DecisionReader.of(
                    Model.of(
                            Graph.of(
                                    "same",
                                    List.of(Node.of("Identity", List.of("x"), List.of("y"))),
                                    List.of(),
                                    List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1))),
                                    List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1)))),
                            13),
                    PipelineSpec.EMPTY,
                    Path.of("."))
            .newDecision();

    @TempDir
    Path folder;

    private final List<AgentEvent> events = new CopyOnWriteArrayList<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final AtomicInteger status = new AtomicInteger(204);
    private HttpServer server;

    private HttpServer server() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            int code = status.get();
            if (code / 100 == 2) {
                bodies.add(new String(body, StandardCharsets.UTF_8));
            }
            exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/elsewhere");
            exchange.sendResponseHeaders(code, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private AgentContext context() {
        return new AgentContext(Map.of("TOKEN", "secret"), System::nanoTime, new Random(1), events::add);
    }

    private Dispatch open(String action, Egress... egress) {
        PipelineSpec pipeline = PipelineSpec.parse(
                JsonMapper.builder().build().readTree("{\"actions\": [" + action.replace('\'', '"') + "]}"));
        assertThat(PipelineSpec.parse(pipeline.toJson())).isEqualTo(pipeline);
        return Dispatch.open(
                pipeline.actions().stream().map(ActionSpec.Network.class::cast).toList(),
                Set.of(egress),
                folder,
                folder.resolve("decisions.ring"),
                context());
    }

    /** As the runner does it. */
    private static void decide(Dispatch dispatch, Path base, int from, int to) {
        Actions actions = Actions.open(List.of(dispatch.action()), base, OutputStream.nullOutputStream());
        for (int cycle = from; cycle < to; cycle++) {
            actions.act(cycle, "#" + cycle, NOTHING, Level.NOMINAL, MODEL);
        }
        actions.close();
    }

    private static void until(java.util.function.BooleanSupplier condition, Dispatch dispatch) {
        SourceProbe.until(condition, () -> dispatch.counts().toString());
    }

    @Test
    void decisionsReachTheBrokerInTheirOrderAndSurviveItsDeath() throws IOException, InterruptedException {
        try (Mosquitto broker = Mosquitto.open(folder.resolve("broker"));
                Dispatch dispatch = open(
                        "{'mqtt': {'broker': '" + broker.url() + "', 'topic': 'press/decision'}}", Egress.DECISIONS)) {
            var got = new CopyOnWriteArrayList<String>();
            listen(broker, got);
            decide(dispatch, folder, 0, 200);
            until(() -> got.size() == 200, dispatch);
            for (int i = 0; i < 200; i++) {
                assertThat(got.get(i)).startsWith("{\"cycle\":" + i + ",");
            }

            broker.kill();
            decide(dispatch, folder, 200, 250);
            until(() -> events.stream().anyMatch(AgentEvent.ActionTrouble.class::isInstance), dispatch);
            broker.restart();
            listen(broker, got);
            until(() -> dispatch.counts().outlets().getFirst().sent() == 250, dispatch);

            assertThat(dispatch.counts().outlets().getFirst().lost()).isZero();
            assertThat(events.getLast()).isInstanceOf(AgentEvent.ActionBack.class);
        }
    }

    private static void listen(Mosquitto broker, List<String> got) {
        Mqtt5BlockingClient client = broker.client();
        client.toAsync()
                .publishes(
                        MqttGlobalPublishFilter.ALL,
                        message -> got.add(new String(message.getPayloadAsBytes(), StandardCharsets.UTF_8)));
        client.subscribeWith()
                .topicFilter("press/decision")
                .qos(MqttQos.AT_LEAST_ONCE)
                .send();
    }

    @Test
    void decisionsThatMayNotLeaveDoNotAndAreCountedAndToldOnce() throws IOException {
        String url = "http://127.0.0.1:" + server().getAddress().getPort() + "/decisions";
        try (Dispatch dispatch = open("{'http': '" + url + "'}", Egress.METRICS)) {
            decide(dispatch, folder, 0, 100);
            until(() -> dispatch.counts().withheld() == 100, dispatch);
        }

        assertThat(bodies).isEmpty();
        assertThat(events)
                .hasSize(1)
                .first()
                .isInstanceOfSatisfying(
                        AgentEvent.ActionTrouble.class,
                        told -> assertThat(told.problem().code()).isEqualTo("network.egress"));
    }

    @Test
    void aServerGetsOneDecisionOrSeveralLines() throws IOException {
        String url = "http://127.0.0.1:" + server().getAddress().getPort() + "/decisions";
        try (Dispatch dispatch = open("{'http': '" + url + "'}", Egress.DECISIONS)) {
            decide(dispatch, folder, 0, 3);
            until(() -> dispatch.counts().outlets().getFirst().sent() == 3, dispatch);
        }
        assertThat(bodies).hasSize(3);
        try (Dispatch dispatch = open("{'http': {'url': '" + url + "', 'batch': 50}}", Egress.DECISIONS)) {
            decide(dispatch, folder, 0, 100);
        }
        // closing lets all of them leave
        assertThat(bodies.stream().skip(3).flatMap(String::lines)).hasSize(100);
        assertThat(bodies).hasSizeLessThan(60);
    }

    @Test
    void aServerThatIsBusyIsAskedAgainAndOneThatRefusesIsNot() throws IOException {
        String url = "http://127.0.0.1:" + server().getAddress().getPort() + "/decisions";
        try (Dispatch dispatch = open("{'http': '" + url + "'}", Egress.DECISIONS)) {
            status.set(503);
            decide(dispatch, folder, 0, 2);
            until(() -> dispatch.counts().outlets().getFirst().trouble() != null, dispatch);
            status.set(200);
            until(() -> dispatch.counts().outlets().getFirst().sent() == 2, dispatch);

            status.set(400);
            decide(dispatch, folder, 2, 4);
            until(() -> dispatch.counts().outlets().getFirst().refused() == 2, dispatch);

            // nor does it follow to where the egress policy never said
            status.set(307);
            decide(dispatch, folder, 4, 5);
            until(() -> dispatch.counts().outlets().getFirst().refused() == 3, dispatch);
            assertThat(bodies).hasSize(2);
        }
    }

    @Test
    void aServerThatNeverAnswersHoldsNobodyUpAndTheOldestAreLost() throws IOException {
        try (var mute = Cable.mute()) {
            Dispatch dispatch = open(
                    "{'http': {'url': 'http://127.0.0.1:" + mute.port() + "/', 'timeout': 0.2}}", Egress.DECISIONS);
            for (int from = 0; from < Outlet.MOST_WAITING + 500; from += 500) {
                decide(dispatch, folder, from, from + 500);
                int end = from + 500;
                until(
                        () -> dispatch.counts().overrun()
                                        + dispatch.counts().outlets().getFirst().waiting()
                                        + dispatch.counts().outlets().getFirst().lost()
                                >= end,
                        dispatch);
            }
            until(() -> dispatch.counts().outlets().getFirst().trouble() != null, dispatch);
            assertThat(dispatch.counts().outlets().getFirst().lost()).isPositive();
            assertThat(dispatch.counts().outlets().getFirst().trouble().toString())
                    .contains("no answer within 0.2 s");
            long before = System.nanoTime();
            dispatch.close();
            assertThat(System.nanoTime() - before).isLessThan(10_000_000_000L);
        }
    }
}
