package dev.skerry.agent;

import dev.skerry.bundle.Egress;
import dev.skerry.pipeline.ActionSpec;
import dev.skerry.pipeline.RecordRing;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Decisions out of a run's ring to where they go on the network. The one place where it is decided what may leave the device:
 * decisions do where the bundle's egress says so, and samples never do.
 */
final class Dispatch implements AutoCloseable {
    private static final long LOOK_NANOS = 2_000_000;

    private final Path file;
    private final RecordRing ring;
    private final boolean allowed;
    private final List<Outlet> outlets;
    private final Attempts reader;
    private final AtomicLong withheld = new AtomicLong();
    private final AtomicLong overrun = new AtomicLong();

    /**
     * What has become of decisions.
     *
     * @param withheld those that the egress policy kept on the device
     * @param overrun those that were overwritten before they were read
     */
    record Counts(long withheld, long overrun, List<Outlet.Counts> outlets) {
        static final Counts NONE = new Counts(0, 0, List.of());

        Counts {
            outlets = List.copyOf(outlets);
        }
    }

    private Dispatch(Path file, RecordRing ring, boolean allowed, List<Outlet> outlets, AgentContext context) {
        this.file = file;
        this.ring = ring;
        this.allowed = allowed;
        this.outlets = outlets;
        this.reader = new Attempts(
                "skerry-dispatch",
                new Backoff(LOOK_NANOS, LOOK_NANOS, context.random()),
                problem -> context.listener().happened(new AgentEvent.ActionTrouble("ring", problem)),
                this::read);
    }

    /**
     * Makes the ring and starts the actions, which from then on find their own way.
     *
     * @param base folder that paths of certificates and secrets are relative to
     * @param file of the ring
     * @throws dev.skerry.problem.ProblemException where a declaration or one of its files can't be used
     */
    static Dispatch open(
            List<ActionSpec.Network> actions, Set<Egress> egress, Path base, Path file, AgentContext context) {
        boolean allowed = egress.contains(Egress.DECISIONS);
        var credentials = new Credentials(base, context.environment());
        var outlets = new ArrayList<Outlet>();
        boolean opened = false;
        try {
            // what may not leave gets no connection either
            for (ActionSpec.Network action : allowed ? actions : List.<ActionSpec.Network>of()) {
                outlets.add(
                        switch (action) {
                            case ActionSpec.Mqtt mqtt ->
                                new Outlet(
                                        "mqtt " + mqtt.broker().url() + " " + mqtt.topic(),
                                        new MqttSender(mqtt, credentials, Backoff.ofNetwork(context.random())),
                                        MqttSender.MOST_UNDERWAY,
                                        new Backoff(100_000_000L, 1_000_000_000L, context.random()),
                                        context);
                            case ActionSpec.Http http ->
                                new Outlet(
                                        "http " + http.url(),
                                        new HttpSender(http, credentials),
                                        http.batch(),
                                        Backoff.ofNetwork(context.random()),
                                        context);
                        });
            }
            var dispatch = new Dispatch(file, RecordRing.create(file), allowed, outlets, context);
            opened = true;
            outlets.forEach(Outlet::start);
            dispatch.reader.start();
            if (!allowed) {
                context.listener().happened(new AgentEvent.ActionTrouble("egress", dispatch.policy(actions)));
            }
            return dispatch;
        } finally {
            if (!opened) {
                outlets.forEach(Outlet::close);
            }
        }
    }

    private Problem policy(List<ActionSpec.Network> actions) {
        return Problem.usage("network.egress", "decisions stay on the device")
                .at("pipeline.actions " + actions.stream().map(ActionSpec::word).toList())
                .because("the egress policy of the bundle doesn't let them leave")
                .attempt("egress: decisions in skerry.yaml, and packing it again");
    }

    /** The action that a run is given instead of those on the network. */
    ActionSpec action() {
        return new ActionSpec.Ring(file.toAbsolutePath().toString());
    }

    private void read(Attempts life) throws InterruptedException {
        while (!life.closed()) {
            if (!drain()) {
                life.pause(LOOK_NANOS);
            }
        }
    }

    private boolean drain() {
        byte[] record = ring.next();
        overrun.set(ring.lost());
        if (record == null) {
            return false;
        }
        if (allowed) {
            outlets.forEach(outlet -> outlet.offer(record));
        } else {
            withheld.incrementAndGet();
        }
        return true;
    }

    Counts counts() {
        return new Counts(
                withheld.get(),
                overrun.get(),
                outlets.stream().map(Outlet::counts).toList());
    }

    /** Takes what is left in the ring, and gives it some seconds to leave. */
    @Override
    public void close() {
        if (reader.closed()) {
            return;
        }
        reader.close();
        while (drain()) {
            // to the last one
        }
        outlets.forEach(Outlet::close);
        ring.close();
    }
}
