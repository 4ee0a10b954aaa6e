package dev.skerry.agent;

import dev.skerry.pipeline.OpcuaSpec;
import dev.skerry.pipeline.SampleSink;
import dev.skerry.problem.Problem;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.eclipse.milo.opcua.sdk.client.OpcUaClient;
import org.eclipse.milo.opcua.sdk.client.SessionActivityListener;
import org.eclipse.milo.opcua.sdk.client.UaSession;
import org.eclipse.milo.opcua.sdk.client.subscriptions.MonitoredItemServiceOperationResult;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaMonitoredItem;
import org.eclipse.milo.opcua.sdk.client.subscriptions.OpcUaSubscription;
import org.eclipse.milo.opcua.stack.core.UaException;
import org.eclipse.milo.opcua.stack.core.types.builtin.DataValue;
import org.eclipse.milo.opcua.stack.core.types.builtin.NodeId;
import org.eclipse.milo.opcua.stack.core.types.builtin.StatusCode;
import org.eclipse.milo.opcua.stack.core.types.builtin.unsigned.Unsigned;
import org.eclipse.milo.opcua.stack.core.types.enumerated.DataChangeTrigger;
import org.eclipse.milo.opcua.stack.core.types.structured.DataChangeFilter;
import org.jspecify.annotations.Nullable;

/** Nodes of an OPC UA server by subscription. Values of bad quality, and of uncertain one unless that is wanted, are gaps. */
final class OpcuaSource implements NetworkSource {
    private static final long PATIENCE_SECONDS = 5;
    private static final long LOOK_NANOS = 50_000_000;
    private static final int QUEUED = 64;
    /** Rows that wait for the last of their values. */
    private static final int PENDING = 64;

    private final OpcuaSpec spec;
    private final RowWindow rows;
    private final LongSupplier clock;
    private final OpcuaChannel channel;
    private final List<NodeId> nodes;
    private final Attempts attempts;

    private final float[] latest;
    private final boolean[] known;
    /** Values by source time that aren't a whole row yet; NaN where one is missing. */
    private final TreeMap<Long, float[]> pending = new TreeMap<>();

    private long heardNanos;

    /** What ended a subscription. */
    private static final class Loss {
        private final AtomicReference<@Nullable String> why = new AtomicReference<>();

        void because(String cause) {
            why.compareAndSet(null, cause);
        }
    }

    OpcuaSource(OpcuaSpec spec, Credentials credentials, Backoff backoff, LongSupplier clock) {
        this.spec = spec;
        this.rows = new RowWindow(spec);
        this.clock = clock;
        this.channel = new OpcuaChannel(spec, credentials);
        this.nodes = spec.nodes().stream().map(OpcuaSource::node).toList();
        this.latest = new float[nodes.size()];
        this.known = new boolean[nodes.size()];
        this.attempts = new Attempts("skerry-opcua", backoff, rows::trouble, this::attempt);
    }

    private static NodeId node(String text) {
        return NodeId.parseSafe(text)
                .orElseThrow(() -> Problem.usage("network.opcua", "'" + text + "' is no node identifier")
                        .attempt("ns=2;s=NAME, or ns=2;i=NUMBER")
                        .toException());
    }

    @Override
    public void start(SampleSink sink) {
        rows.into(sink);
        attempts.start();
    }

    private void attempt(Attempts life) throws InterruptedException {
        var loss = new Loss();
        OpcUaClient client = null;
        try {
            client = channel.create();
            client.addSessionActivityListener(new SessionActivityListener() {
                @Override
                public void onSessionInactive(UaSession session) {
                    loss.because("the session has ended");
                }
            });
            client.connectAsync().get(3 * PATIENCE_SECONDS, TimeUnit.SECONDS);
            subscribe(client, loss);
            life.succeeded();
            rows.recovered();
            follow(life, loss);
        } catch (UaException | java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw channel.problem(e).toException();
        } finally {
            if (client != null) {
                client.disconnectAsync().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private void subscribe(OpcUaClient client, Loss loss) throws UaException {
        synchronized (this) {
            Arrays.fill(known, false);
            pending.clear();
            heardNanos = clock.getAsLong();
        }
        var subscription = new OpcUaSubscription(client, spec.samplingSeconds() * 1e3);
        subscription.setTargetKeepAliveInterval(spec.freshness().maxAgeSeconds() * 1e3 / 3);
        subscription.setSubscriptionListener(new Listener(loss));
        subscription.create();
        boolean timed = spec.align() == OpcuaSpec.Align.TIMESTAMP;
        for (int i = 0; i < nodes.size(); i++) {
            OpcUaMonitoredItem item = OpcUaMonitoredItem.newDataItem(nodes.get(i));
            item.setUserObject(i);
            item.setSamplingInterval(spec.samplingSeconds() * 1e3);
            item.setQueueSize(Unsigned.uint(timed ? QUEUED : 1));
            if (timed) {
                item.setFilter(new DataChangeFilter(DataChangeTrigger.StatusValueTimestamp, Unsigned.uint(0), 0.0));
            }
            subscription.addMonitoredItem(item);
        }
        for (MonitoredItemServiceOperationResult result : subscription.createMonitoredItems()) {
            if (!result.isGood()) {
                StatusCode status = result.operationResult().orElse(result.serviceResult());
                throw Problem.remote("network.opcua", "the server doesn't watch a node")
                        .at(spec.path() + " "
                                + result.monitoredItem()
                                        .getReadValueId()
                                        .getNodeId()
                                        .toParseableString())
                        .because("it says: " + OpcuaChannel.word(status))
                        .attempt("the node's identifier, and what this user may read")
                        .toException();
            }
        }
    }

    /** Until the subscription is lost: rows leave by the clock, or by themselves. */
    private void follow(Attempts life, Loss loss) throws InterruptedException {
        boolean timed = spec.align() == OpcuaSpec.Align.TIMESTAMP;
        long period = timed ? LOOK_NANOS : Math.round(spec.samplingSeconds() * 1e9);
        for (long next = clock.getAsLong() + period; !life.closed(); next += period) {
            life.pause(next - clock.getAsLong());
            String why = loss.why.get();
            if (why != null) {
                throw channel.lost(why).toException();
            }
            long now = clock.getAsLong();
            synchronized (this) {
                if (!timed && allKnown()) {
                    rows.row(latest, heardNanos);
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

    /** Hears of values on threads of the library. */
    private final class Listener implements OpcUaSubscription.SubscriptionListener {
        private final Loss loss;

        Listener(Loss loss) {
            this.loss = loss;
        }

        @Override
        public void onDataReceived(
                OpcUaSubscription subscription, List<OpcUaMonitoredItem> items, List<DataValue> values) {
            long now = clock.getAsLong();
            synchronized (OpcuaSource.this) {
                heardNanos = now;
                for (int i = 0; i < items.size(); i++) {
                    if (items.get(i).getUserObject().orElse(null) instanceof Integer index) {
                        value(index, values.get(i), now);
                    }
                }
            }
        }

        @Override
        public void onKeepAliveReceived(OpcUaSubscription subscription) {
            synchronized (OpcuaSource.this) {
                heardNanos = clock.getAsLong();
            }
        }

        @Override
        public void onNotificationDataLost(OpcUaSubscription subscription) {
            rows.gap();
        }

        @Override
        public void onWatchdogTimerElapsed(OpcUaSubscription subscription) {
            loss.because("the subscription gives no sign of life");
        }

        @Override
        public void onStatusChanged(OpcUaSubscription subscription, StatusCode status) {
            loss.because("the subscription has ended: " + OpcuaChannel.word(status));
        }

        @Override
        public void onTransferFailed(OpcUaSubscription subscription, StatusCode status) {
            loss.because("the subscription can't go on: " + OpcuaChannel.word(status));
        }
    }

    private void value(int index, DataValue value, long now) {
        StatusCode status = value.getStatusCode();
        boolean usable = status.isGood() || status.isUncertain() && spec.uncertain();
        double number = usable ? number(value.getValue().getValue()) : Double.NaN;
        if (!Float.isFinite((float) number)) {
            known[index] = false;
            rows.refuse(Problem.remote("network.payload", "a value can't be used")
                    .at(spec.path() + " " + spec.nodes().get(index))
                    .because(usable ? "it is no number" : "its quality is " + OpcuaChannel.word(status))
                    .attempt(
                            status.isUncertain() ? "uncertain: true, to use it all the same" : "a look at the server"));
            return;
        }
        latest[index] = (float) number;
        known[index] = true;
        if (spec.align() == OpcuaSpec.Align.TIMESTAMP) {
            complete(index, (float) number, value, now);
        }
    }

    /** Puts a value to those of the same time; a whole row leaves, and older ones will never be whole. */
    private void complete(int index, float number, DataValue value, long now) {
        if (value.getSourceTime() == null) {
            rows.refuse(Problem.remote("network.payload", "a value has no source time")
                    .at(spec.path() + " " + spec.nodes().get(index))
                    .attempt("align: latest"));
            return;
        }
        long time = value.getSourceTime().getUtcTime();
        float[] row = pending.computeIfAbsent(time, _ -> {
            float[] fresh = new float[nodes.size()];
            Arrays.fill(fresh, Float.NaN);
            return fresh;
        });
        row[index] = number;
        for (float one : row) {
            if (Float.isNaN(one)) {
                if (pending.size() > PENDING) {
                    pending.pollFirstEntry();
                    rows.gap();
                }
                return;
            }
        }
        if (!pending.headMap(time).isEmpty()) {
            pending.headMap(time).clear();
            rows.gap();
        }
        pending.remove(time);
        rows.row(row, now);
    }

    private static double number(@Nullable Object value) {
        return switch (value) {
            case Number number -> number.doubleValue();
            case Boolean bool -> bool ? 1 : 0;
            case null, default -> Double.NaN;
        };
    }

    @Override
    public Counts counts() {
        return rows.counts(0);
    }

    @Override
    public void close() {
        rows.close();
        attempts.close();
    }
}
