package dev.skerry.agent;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttTopicFilter;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5RetainHandling;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import dev.skerry.pipeline.MqttSpec;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Messages of a broker as rows. A message that can't be read, or whose number says that others are missing, is a gap; so is a
 * lost connection, unless the broker has kept what was sent meanwhile.
 */
final class MqttSource implements NetworkSource {
    private static final long LOOK_NANOS = 100_000_000;

    private final MqttSpec spec;
    private final LongSupplier clock;
    private final RowWindow rows;
    private final PayloadReader reader;
    private final List<MqttTopicFilter> filters;
    private final MqttLink link;
    private final Attempts ticker;
    private final AtomicLong duplicates = new AtomicLong();

    private final float[] row;
    /** Of several topics: when the value of each came. */
    private final long[] arrived;

    private final boolean[] known;
    private long lastNanos;
    private long sequence = -1;
    private boolean connected;

    MqttSource(MqttSpec spec, Credentials credentials, Backoff backoff, LongSupplier clock) {
        this.spec = spec;
        this.clock = clock;
        this.rows = new RowWindow(spec);
        boolean several = spec.topics().size() > 1;
        this.reader = new PayloadReader(spec.format(), spec.fields(), several ? 1 : spec.columns(), spec.sequence());
        this.filters = spec.topics().stream().map(MqttSource::filter).toList();
        this.row = new float[spec.columns()];
        this.arrived = new long[spec.columns()];
        this.known = new boolean[spec.columns()];
        this.link = new MqttLink(spec.broker(), spec.sessionSeconds(), credentials, backoff, new MqttLink.Listener() {
            @Override
            public void connected(boolean knows) {
                subscribe(knows);
            }

            @Override
            public void lost(Problem why) {
                disconnected(why);
            }
        });
        this.ticker = new Attempts("skerry-mqtt", new Backoff(1, 1, new java.util.Random(0)), _ -> {}, this::tick);
    }

    private static MqttTopicFilter filter(String topic) {
        try {
            return MqttTopicFilter.of(topic);
        } catch (IllegalArgumentException e) {
            throw Problem.usage("network.mqtt", "'" + topic + "' is no topic filter")
                    .because(String.valueOf(e.getMessage()))
                    .toException();
        }
    }

    @Override
    public void start(SampleSink sink) {
        rows.into(sink);
        link.connect();
        ticker.start();
    }

    private void subscribe(boolean knows) {
        if (knows) {
            delivering();
            return;
        }
        synchronized (this) {
            // what was sent meanwhile is lost
            rows.gap();
            sequence = -1;
            Arrays.fill(known, false);
        }
        // the library forgets who listens with the session
        link.client().publishes(MqttGlobalPublishFilter.ALL, message -> {
            try {
                message(message);
            } catch (RuntimeException e) {
                // else the library would deliver no other message
                refuse(message, e.toString());
            }
        });
        List<Mqtt5Subscription> subscriptions = filters.stream()
                .map(filter -> Mqtt5Subscription.builder()
                        .topicFilter(filter)
                        .qos(MqttLink.qos(spec.qos()))
                        .retainHandling(spec.retained() ? Mqtt5RetainHandling.SEND : Mqtt5RetainHandling.DO_NOT_SEND)
                        .build())
                .toList();
        var ignored = link.client()
                .subscribe(
                        Mqtt5Subscribe.builder().addSubscriptions(subscriptions).build())
                .whenComplete((_, failure) -> {
                    if (failure == null) {
                        delivering();
                    } else {
                        disconnected(refused(failure));
                        link.reconnect();
                    }
                });
    }

    private Problem refused(Throwable failure) {
        String why = failure instanceof Mqtt5SubAckException refused
                ? "it says: "
                        + refused.getMqttMessage().getReasonCodes().stream()
                                .map(MqttLink::word)
                                .toList()
                : NetworkCause.of(failure);
        return Problem.remote("network.mqtt", "the broker takes no subscription")
                .at(spec.path() + " " + spec.topics())
                .because(why)
                .attempt("what the broker lets this user read");
    }

    private void delivering() {
        synchronized (this) {
            connected = true;
            lastNanos = clock.getAsLong();
        }
        link.succeeded();
        rows.recovered();
    }

    private void disconnected(Problem why) {
        synchronized (this) {
            connected = false;
        }
        if (spec.sessionSeconds() == 0) {
            rows.trouble(why);
        } else {
            // whether anything is lost, the next connection tells
            rows.delayed(why);
        }
    }

    private synchronized void message(Mqtt5Publish message) {
        long now = clock.getAsLong();
        if (message.isRetain() && !spec.retained()) {
            return;
        }
        if (filters.size() > 1) {
            value(message, now);
            return;
        }
        switch (reader.read(message.getPayloadAsBytes(), row, 0)) {
            case PayloadReader.Reading.Unreadable(String why) -> refuse(message, why);
            case PayloadReader.Reading.Row(long number) -> {
                if (isNew(number)) {
                    lastNanos = now;
                    rows.row(row, now);
                }
            }
        }
    }

    /** A repeated message is left out; a missing one is a gap. */
    private boolean isNew(long number) {
        if (spec.sequence() == null) {
            return true;
        }
        long before = sequence;
        if (number == before) {
            duplicates.incrementAndGet();
            return false;
        }
        if (before >= 0 && number != before + 1) {
            // a smaller one: the sender has begun anew, or an old message came late
            rows.gap();
        }
        sequence = number;
        return true;
    }

    /** One of several topics, each of which has a column. */
    private void value(Mqtt5Publish message, long now) {
        for (int i = 0; i < filters.size(); i++) {
            if (filters.get(i).matches(message.getTopic())) {
                if (reader.read(message.getPayloadAsBytes(), row, i)
                        instanceof PayloadReader.Reading.Unreadable(String why)) {
                    known[i] = false;
                    refuse(message, why);
                } else {
                    known[i] = true;
                    arrived[i] = now;
                    lastNanos = now;
                }
                return;
            }
        }
    }

    private void refuse(Mqtt5Publish message, String why) {
        rows.refuse(Problem.remote("network.payload", "a message can't be read")
                .at(spec.path() + " " + message.getTopic())
                .because(why)
                .attempt("format and fields of the source"));
    }

    /** Rows of several topics leave by the clock; of one, it only looks whether any come. */
    private void tick(Attempts life) throws InterruptedException {
        long period = filters.size() > 1 ? Math.round(spec.everySeconds() * 1e9) : LOOK_NANOS;
        long maxAge = Math.round(spec.freshness().maxAgeSeconds() * 1e9);
        for (long next = clock.getAsLong() + period; !life.closed(); next += period) {
            life.pause(next - clock.getAsLong());
            long now = clock.getAsLong();
            synchronized (this) {
                if (filters.size() > 1 && allKnown()) {
                    rows.row(row, Arrays.stream(arrived).min().orElse(now));
                }
                if (connected && now - lastNanos > maxAge) {
                    rows.trouble(Problem.remote("network.quiet", "connected, and no message comes")
                            .at(spec.path() + " " + spec.topics())
                            .because("none for more than " + spec.freshness().maxAgeSeconds() + " s")
                            .attempt("a look at who sends them, and at the topic"));
                } else if (connected) {
                    rows.recovered();
                }
            }
            if (now - next > period * 10) {
                next = now;
            }
        }
    }

    private boolean allKnown() {
        for (boolean one : known) {
            if (!one) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Counts counts() {
        return rows.counts(duplicates.get());
    }

    @Override
    public void close() {
        rows.close();
        ticker.close();
        link.close();
    }
}
