package dev.skerry.agent;

import dev.skerry.model.DataType;
import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.ModbusSpec;
import dev.skerry.pipeline.MqttSpec;
import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.OpcuaSpec;
import dev.skerry.pipeline.RingFile;
import dev.skerry.pipeline.RtspSpec;
import dev.skerry.pipeline.SampleLayout;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A network source, open, and the ring that it fills for a run in a process without a network. */
final class Ingest implements AutoCloseable {
    private static final long RING_BYTES = 16L << 20;
    private static final int LEAST_SLOTS = 8;
    private static final int MOST_SLOTS = 256;

    private final NetworkSpec spec;
    private final Path file;
    private final RingFile ring;
    private final NetworkSource source;

    private Ingest(NetworkSpec spec, Path file, RingFile ring, NetworkSource source) {
        this.spec = spec;
        this.file = file;
        this.ring = ring;
        this.source = source;
    }

    /**
     * Makes the ring and starts the source, which from then on finds its own way.
     *
     * @param base folder that paths of certificates and secrets are relative to
     * @param file of the ring
     * @throws dev.skerry.problem.ProblemException where the declaration or one of its files can't be used
     */
    static Ingest open(NetworkSpec spec, Path base, Path file, AgentContext context) {
        var credentials = new Credentials(base, context.environment());
        var backoff = Backoff.ofNetwork(context.random());
        NetworkSource source = switch (spec) {
            case MqttSpec mqtt -> new MqttSource(mqtt, credentials, backoff, context.nanoTime());
            case ModbusSpec modbus -> new ModbusSource(modbus, backoff, context.nanoTime());
            case RtspSpec rtsp -> new RtspSource(rtsp, credentials, context.random(), context.nanoTime());
            case OpcuaSpec opcua -> new OpcuaSource(opcua, credentials, backoff, context.nanoTime());
        };
        SampleLayout layout = switch (spec) {
            case RtspSpec rtsp -> SampleLayout.of(rtsp.frame());
            case NetworkSpec.Telemetry rows ->
                SampleLayout.of(DataType.FLOAT, List.of((long) rows.window(), (long) rows.columns()));
        };
        int slots = Math.clamp(RING_BYTES / (layout.bytes() + 64), LEAST_SLOTS, MOST_SLOTS);
        RingFile ring = RingFile.write(file, layout, slots);
        source.start(new ToldSink(ring.ring().writer(), spec.word() + " " + spec.path(), context.listener()));
        return new Ingest(spec, file, ring, source);
    }

    /** The source that a run is given instead of the declared one. */
    JsonNode source() {
        return new LiveSpec.Ring(file.toAbsolutePath().toString(), spec.freshness()).toJson();
    }

    NetworkSource.Counts counts() {
        return source.counts();
    }

    /** How the source is, and what it said last. */
    RingFile ring() {
        return ring;
    }

    String name() {
        return spec.word() + " " + spec.path();
    }

    @Override
    public void close() {
        source.close();
        ring.close();
    }
}
