package dev.skerry.agent;

import com.hivemq.client.mqtt.datatypes.MqttTopic;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubRecException;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PayloadFormatIndicator;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5PublishResult;
import dev.skerry.pipeline.ActionSpec;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Decisions as messages of a broker, several on the way at once; a connection that is lost comes back by itself. */
final class MqttSender implements Outlet.Sender {
    static final int MOST_UNDERWAY = 64;
    private static final long PATIENCE_SECONDS = 10;

    private final ActionSpec.Mqtt spec;
    private final MqttTopic topic;
    private final MqttLink link;
    private volatile boolean connected;
    private volatile Problem lost;

    MqttSender(ActionSpec.Mqtt spec, Credentials credentials, Backoff backoff) {
        this.spec = spec;
        try {
            this.topic = MqttTopic.of(spec.topic());
        } catch (IllegalArgumentException e) {
            throw Problem.usage("network.mqtt", "'" + spec.topic() + "' is no topic")
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
        this.lost = Problem.remote("network.mqtt", "no connection to the broker yet")
                .at(spec.broker().url());
        this.link = new MqttLink(spec.broker(), 0, credentials, backoff, new MqttLink.Listener() {
            @Override
            public void connected(boolean known) {
                connected = true;
            }

            @Override
            public void lost(Problem why) {
                connected = false;
                lost = why;
            }
        });
        link.connect();
    }

    @Override
    public @Nullable Problem send(List<byte[]> records) throws InterruptedException {
        if (!connected) {
            throw lost.toException();
        }
        var answers = new ArrayList<CompletableFuture<Mqtt5PublishResult>>();
        for (byte[] record : records) {
            answers.add(link.client()
                    .publish(Mqtt5Publish.builder()
                            .topic(topic)
                            .qos(MqttLink.qos(spec.qos()))
                            .retain(spec.retain())
                            .contentType("application/json")
                            .payloadFormatIndicator(Mqtt5PayloadFormatIndicator.UTF_8)
                            .payload(record)
                            .build()));
        }
        try {
            CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            // a broker may say that it took a message that nobody listens to; that is not our trouble
            link.succeeded();
            return null;
        } catch (TimeoutException _) {
            throw failed("it acknowledges nothing within " + PATIENCE_SECONDS + " s")
                    .toException();
        } catch (ExecutionException e) {
            throw failed(why(e.getCause() == null ? e : e.getCause())).toException();
        } finally {
            answers.forEach(answer -> answer.cancel(true));
        }
    }

    private static String why(Throwable cause) {
        return switch (cause) {
            case Mqtt5PubAckException refused ->
                "it says: " + MqttLink.word(refused.getMqttMessage().getReasonCode());
            case Mqtt5PubRecException refused ->
                "it says: " + MqttLink.word(refused.getMqttMessage().getReasonCode());
            default -> NetworkCause.of(cause);
        };
    }

    private Problem failed(String why) {
        return Problem.remote("network.mqtt", "the broker doesn't take decisions")
                .at(spec.broker().url() + " " + spec.topic())
                .because(why)
                .attempt("what the broker lets this user write; it is tried again");
    }

    @Override
    public void close() {
        link.close();
    }
}
