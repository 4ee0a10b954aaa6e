package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A live source that is running, with what came out of it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class LiveProbe implements AutoCloseable {
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    /** A window that came out. */
    static final class Got {
        private final float[] values;
        private final int marks;
        private final long capturedNanos;

        Got(float[] values, int marks, long capturedNanos) {
            this.values = values;
            this.marks = marks;
            this.capturedNanos = capturedNanos;
        }

        float[] values() {
            return values;
        }

        int marks() {
            return marks;
        }

        long capturedNanos() {
            return capturedNanos;
        }

        boolean restart() {
            return (marks & SampleSink.RESTART) != 0;
        }

        boolean gap() {
            return (marks & SampleSink.GAP) != 0;
        }

        boolean stuck() {
            return (marks & SampleSink.STUCK) != 0;
        }
    }

    final SampleRing ring;
    private final LiveSource source;
    private final RingReader reader;
    private final MemorySegment[] to;
    private final List<Got> got = new ArrayList<>();

    private LiveProbe(LiveSpec.Local spec, Path base, LiveSource source) {
        SampleLayout layout = LiveSources.layout(spec, base);
        ring = SampleRing.allocate(Arena.ofAuto(), layout, 4096);
        to = new MemorySegment[] {Arena.ofAuto().allocate(layout.bytes(), 64)};
        this.source = source;
        reader = ring.reader();
        source.start(ring.writer());
    }

    static LiveProbe of(LiveSpec.Local spec, Path base) {
        return of(spec, base, Path.of("/dev/null"));
    }

    static LiveProbe of(LiveSpec.Local spec, Path base, Path stdin) {
        return new LiveProbe(spec, base, LiveSources.open(spec, base, context(stdin)));
    }

    static LiveProbe of(LiveSpec.Local spec, Function<SourceContext, RetryingSource.Attempt> attempt) {
        SourceContext context = context(Path.of("/dev/null"));
        return new LiveProbe(
                spec,
                Path.of(""),
                new RetryingSource("probe", attempt.apply(context), Backoff.usual(context.random())));
    }

    private static SourceContext context(Path stdin) {
        return new SourceContext(System::nanoTime, new SplittableRandom(1), stdin);
    }

    static LiveSpec.Local spec(String json) {
        var source = PipelineSpec.parse(
                        tools.jackson.databind.json.JsonMapper.shared().readTree("{\"source\": " + json + "}"))
                .source();
        return (LiveSpec.Local) source;
    }

    /** The windows so far, at least this many. */
    List<Got> await(int count) {
        awaitThat(() -> {
            while (reader.next(to)) {
                got.add(new Got(to[0].toArray(ValueLayout.JAVA_FLOAT), reader.marks(), reader.capturedNanos()));
            }
            return got.size() >= count;
        });
        return got;
    }

    void awaitThat(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as("waiting; %s windows so far, source %s: %s", got.size(), ring.state(), ring.trouble())
                    .isLessThan(end);
            sleep(2);
        }
    }

    static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static Path fifo(Path path) {
        try {
            assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
                    .isZero();
            return path;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
