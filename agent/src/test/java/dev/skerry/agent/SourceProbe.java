package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.DataType;
import dev.skerry.pipeline.NetworkSpec;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.pipeline.RingReader;
import dev.skerry.pipeline.RtspSpec;
import dev.skerry.pipeline.SampleLayout;
import dev.skerry.pipeline.SampleRing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.json.JsonMapper;

/** A source over a ring of this process, with what came out of it and what it said. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SourceProbe implements AutoCloseable {
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    final NetworkSource source;
    final SampleRing ring;
    final List<AgentEvent> events = new CopyOnWriteArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final RingReader reader;
    private final MemorySegment[] to;
    private final List<float[]> windows = new ArrayList<>();
    final List<Integer> marks = new ArrayList<>();

    SourceProbe(String source, Path base) {
        this(source, base, Map.of());
    }

    /** As {@code skerry.yaml} has it, written as JSON with single quotes. */
    SourceProbe(String source, Path base, Map<String, String> environment) {
        var spec = (NetworkSpec.Telemetry) spec(source);
        this.source = open(spec, base, environment);
        SampleLayout layout = SampleLayout.of(DataType.FLOAT, List.of((long) spec.window(), (long) spec.columns()));
        ring = SampleRing.allocate(arena, layout, 1024);
        reader = ring.reader();
        to = new MemorySegment[] {arena.allocate(layout.bytes(), 8)};
        this.source.start(new ToldSink(ring.writer(), spec.word(), events::add));
    }

    static NetworkSpec spec(String source) {
        PipelineSpec pipeline = PipelineSpec.parse(
                JsonMapper.builder().build().readTree("{\"source\": " + source.replace('\'', '"') + "}"));
        assertThat(PipelineSpec.parse(pipeline.toJson())).isEqualTo(pipeline);
        return (NetworkSpec) pipeline.source();
    }

    private static NetworkSource open(NetworkSpec spec, Path base, Map<String, String> environment) {
        var credentials = new Credentials(base, environment);
        var backoff = new Backoff(20_000_000, 200_000_000, new Random(1));
        return switch (spec) {
            case dev.skerry.pipeline.MqttSpec mqtt -> new MqttSource(mqtt, credentials, backoff, System::nanoTime);
            case dev.skerry.pipeline.ModbusSpec modbus -> new ModbusSource(modbus, backoff, System::nanoTime);
            case RtspSpec _ -> throw new AssertionError("pictures are no rows");
            case dev.skerry.pipeline.OpcuaSpec opcua -> new OpcuaSource(opcua, credentials, backoff, System::nanoTime);
        };
    }

    /** The windows that have come so far. */
    List<float[]> windows() {
        while (reader.next(to)) {
            windows.add(to[0].toArray(ValueLayout.JAVA_FLOAT));
            marks.add(reader.marks());
        }
        return windows;
    }

    List<float[]> await(int count) {
        await(() -> windows().size() >= count, count + " windows");
        return windows;
    }

    void await(BooleanSupplier condition, String what) {
        until(condition, () -> what + "; " + source.counts() + " " + ring.state() + " " + ring.trouble());
    }

    static void until(BooleanSupplier condition, java.util.function.Supplier<String> what) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Until the source has said something with these words in it. */
    String trouble(String words) {
        await(() -> troubles().stream().anyMatch(text -> text.contains(words)), "trouble with '" + words + "'");
        return troubles().stream()
                .filter(text -> text.contains(words))
                .findFirst()
                .orElseThrow();
    }

    List<String> troubles() {
        return events.stream()
                .filter(AgentEvent.SourceTrouble.class::isInstance)
                .map(event -> ((AgentEvent.SourceTrouble) event).problem().toString())
                .toList();
    }

    @Override
    public void close() {
        source.close();
        arena.close();
    }
}
