package dev.skerry.agent;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfigBuilder;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.exceptions.ConnectionFailedException;
import com.hivemq.client.mqtt.lifecycle.MqttClientConnectedContext;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import dev.skerry.pipeline.Broker;
import dev.skerry.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A connection to a broker that comes back by itself. What goes wrong goes to the listener, by the broker's own word where it has one. */
final class MqttLink implements AutoCloseable {
    /** A dead connection without a farewell is noticed after twice as long at most. */
    private static final int KEEP_ALIVE_SECONDS = 5;

    private static final long PATIENCE_SECONDS = 5;

    /** More than any row of numbers takes; the broker keeps a larger message to itself, as the protocol has it. */
    static final int LARGEST_PACKET = 1 << 20;

    private final Broker broker;
    private final int sessionSeconds;
    private final Backoff backoff;
    private final Listener listener;
    private final Mqtt5AsyncClient client;
    private final CompletableFuture<Boolean> closed = new CompletableFuture<>();

    /** Hears of the connection, on threads of the library; must not block. */
    interface Listener {
        /** A new connection stands; {@code known} where the broker has kept subscriptions of before. */
        void connected(boolean known);

        /** There is none, or none any more. */
        void lost(Problem why);
    }

    /**
     * Not connected yet.
     *
     * @throws dev.skerry.problem.ProblemException codes {@code network.secret} and {@code network.tls} where a file can't be used
     */
    MqttLink(Broker broker, int sessionSeconds, Credentials credentials, Backoff backoff, Listener listener) {
        this.broker = broker;
        this.sessionSeconds = sessionSeconds;
        this.backoff = backoff;
        this.listener = listener;
        Mqtt5ClientBuilder builder = MqttClient.builder()
                .useMqttVersion5()
                .executorConfig()
                .nettyThreads(1)
                .applyExecutorConfig()
                .transportConfig(transport(broker, credentials))
                .addConnectedListener(this::connected)
                .addDisconnectedListener(this::disconnected);
        if (broker.clientId() != null) {
            builder = builder.identifier(broker.clientId());
        }
        if (broker.user() != null && broker.password() != null) {
            builder = builder.simpleAuth()
                    .username(broker.user())
                    .password(credentials.read(broker.password()).getBytes(StandardCharsets.UTF_8))
                    .applySimpleAuth();
        } else if (broker.user() != null) {
            builder = builder.simpleAuth().username(broker.user()).applySimpleAuth();
        }
        client = builder.buildAsync();
    }

    private static MqttClientTransportConfig transport(Broker broker, Credentials credentials) {
        MqttClientTransportConfigBuilder transport = MqttClientTransportConfig.builder()
                .serverHost(broker.host())
                .serverPort(broker.port())
                .socketConnectTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .mqttConnectTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
        return broker.tls()
                ? transport
                        .sslConfig(MqttClientSslConfig.builder()
                                .trustManagerFactory(TlsMaterial.trust(broker.files(), credentials))
                                .keyManagerFactory(TlsMaterial.identity(broker.files(), credentials))
                                .handshakeTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                                .build())
                        .build()
                : transport.build();
    }

    Mqtt5AsyncClient client() {
        return client;
    }

    /** Returns at once. */
    void connect() {
        client.connectWith()
                .cleanStart(sessionSeconds == 0)
                .sessionExpiryInterval(sessionSeconds)
                .keepAlive(KEEP_ALIVE_SECONDS)
                .restrictions()
                .maximumPacketSize(LARGEST_PACKET)
                .applyRestrictions()
                .send()
                .exceptionally(_ -> null); // the listener has heard of it
    }

    /** Ends the connection, to begin a new one after a pause. */
    void reconnect() {
        client.disconnect().exceptionally(_ -> null);
    }

    private void connected(MqttClientConnectedContext context) {
        if (closed.isDone()) {
            client.disconnect().exceptionally(_ -> null);
            return;
        }
        listener.connected(((Mqtt5ClientConnectedContext) context).getConnAck().isSessionPresent());
    }

    /** From the listener: it goes well, so the next pause is short again. */
    void succeeded() {
        synchronized (backoff) {
            backoff.reset();
        }
    }

    private void disconnected(MqttClientDisconnectedContext context) {
        if (closed.isDone()) {
            return;
        }
        long pause;
        synchronized (backoff) {
            pause = backoff.next();
        }
        var over = new CompletableFuture<Boolean>().completeOnTimeout(true, pause, TimeUnit.NANOSECONDS);
        context.getReconnector()
                .delay(0, TimeUnit.NANOSECONDS)
                // who listens subscribes anew
                .resubscribeIfSessionExpired(false)
                .reconnectWhen(CompletableFuture.anyOf(over, closed), (_, _) -> {
                    if (closed.isDone()) {
                        context.getReconnector().reconnect(false);
                    }
                });
        listener.lost(problem(context.getCause()));
    }

    private Problem problem(Throwable cause) {
        Problem problem =
                Problem.remote("network.mqtt", "no connection to the broker").at(broker.url());
        if (cause instanceof Mqtt5ConnAckException refused) {
            Mqtt5ConnAckReasonCode code = refused.getMqttMessage().getReasonCode();
            problem = problem.because("it says: " + word(code));
            return code == Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD
                            || code == Mqtt5ConnAckReasonCode.NOT_AUTHORIZED
                    ? problem.attempt("user and passwordFile of this broker")
                    : problem;
        }
        problem = problem.because(NetworkCause.of(cause));
        return cause instanceof ConnectionFailedException && broker.tls()
                ? problem.attempt("tls: {ca: …} with the authority of the broker's certificate")
                : problem.attempt("a look at the broker and the network; it is tried again");
    }

    static MqttQos qos(int level) {
        return switch (level) {
            case 0 -> MqttQos.AT_MOST_ONCE;
            case 1 -> MqttQos.AT_LEAST_ONCE;
            default -> MqttQos.EXACTLY_ONCE;
        };
    }

    static String word(Enum<?> code) {
        return code.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    public void close() {
        closed.complete(true);
        try {
            client.disconnect().exceptionally(_ -> null).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException _) {
            // gone by itself
        }
    }
}
