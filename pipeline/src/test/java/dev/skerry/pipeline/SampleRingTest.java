package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class SampleRingTest {
    /** Large enough for a copy to be overtaken now and then. */
    static final SampleLayout LAYOUT = SampleLayout.of(DataType.FLOAT, List.of(4096L, 3L));

    private static final SampleLayout SMALL = new SampleLayout(List.of(
            new SampleLayout.Input("frame", DataType.FLOAT, List.of(3L)),
            new SampleLayout.Input("mask", DataType.UINT8, List.of(5L))));

    @TempDir
    Path folder;

    private static MemorySegment[] memory(SampleLayout layout) {
        return layout.inputs().stream()
                .map(input -> Arena.ofAuto().allocate(input.bytes(), 64))
                .toArray(MemorySegment[]::new);
    }

    private static void write(RingWriter writer, int value) {
        MemorySegment memory = writer.input(0);
        for (long i = 0; i < memory.byteSize() / 4; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
    }

    private static void publish(RingWriter writer, int value, int marks) {
        write(writer, value);
        writer.publish(value * 1000L, marks);
    }

    /** The one value that all elements have. */
    private static int only(MemorySegment memory) {
        float first = memory.getAtIndex(ValueLayout.JAVA_FLOAT, 0);
        for (long i = 1; i < memory.byteSize() / 4; i++) {
            if (memory.getAtIndex(ValueLayout.JAVA_FLOAT, i) != first) {
                throw new AssertionError(
                        "torn: " + first + " and, at " + i + ", " + memory.getAtIndex(ValueLayout.JAVA_FLOAT, i));
            }
        }
        return (int) first;
    }

    @Test
    void aSampleComesOutAsItWentIn() {
        SampleRing ring = SampleRing.allocate(Arena.ofAuto(), SMALL, 4);
        RingWriter writer = ring.writer();
        RingReader reader = ring.reader();
        MemorySegment[] to = memory(SMALL);

        assertThat(reader.newest(to)).isFalse();
        writer.input(0).copyFrom(MemorySegment.ofArray(new float[] {1, 2, 3}));
        writer.input(1).copyFrom(MemorySegment.ofArray(new byte[] {4, 5, 6, 7, 8}));
        writer.publish(77, SampleSink.STUCK);

        assertThat(reader.newest(to)).isTrue();
        assertThat(to[0].toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 2, 3);
        assertThat(to[1].toArray(ValueLayout.JAVA_BYTE)).containsExactly(4, 5, 6, 7, 8);
        assertThat(reader.capturedNanos()).isEqualTo(77);
        assertThat(reader.marks()).isEqualTo(SampleSink.STUCK | SampleSink.RESTART);
        assertThat(reader.restarted()).isTrue();
        assertThat(ring.count(SampleRing.Counter.STUCK)).isEqualTo(1);
        assertThat(ring.state()).isEqualTo(SampleRing.State.DELIVERING);
        assertThat(reader.newest(to)).isFalse();
    }

    @Test
    void theNewestIsTakenOrOneAfterAnother() {
        SampleRing ring = SampleRing.allocate(Arena.ofAuto(), LAYOUT, 8);
        RingWriter writer = ring.writer();
        RingReader latest = ring.reader();
        RingReader inOrder = ring.reader();
        MemorySegment[] to = memory(LAYOUT);
        for (int value = 0; value < 5; value++) {
            publish(writer, value, value == 2 ? SampleSink.RESTART : 0);
        }

        assertThat(latest.newest(to)).isTrue();
        assertThat(only(to[0])).isEqualTo(4);
        assertThat(latest.skipped()).isEqualTo(4);
        // the restart of a sample that was skipped is still known
        assertThat(latest.restarted()).isTrue();
        for (int value = 0; value < 5; value++) {
            assertThat(inOrder.nextCapturedNanos()).isEqualTo(value * 1000L);
            assertThat(inOrder.next(to)).isTrue();
            assertThat(only(to[0])).isEqualTo(value);
            assertThat(inOrder.restarted()).isEqualTo(value == 0 || value == 2);
        }
        assertThat(inOrder.next(to)).isFalse();
        assertThat(inOrder.drained()).isTrue();
        assertThat(inOrder.skipped()).isZero();
    }

    @Test
    void aReaderThatIsOvertakenGoesOnWithTheOldestThatIsLeft() {
        SampleRing ring = SampleRing.allocate(Arena.ofAuto(), LAYOUT, 4);
        RingWriter writer = ring.writer();
        RingReader reader = ring.reader();
        MemorySegment[] to = memory(LAYOUT);
        for (int value = 0; value < 10; value++) {
            publish(writer, value, 0);
        }

        assertThat(reader.nextCapturedNanos()).isEqualTo(Long.MIN_VALUE);
        assertThat(reader.next(to)).isTrue();
        // of four slots one is in the writer's hands
        assertThat(only(to[0])).isEqualTo(7);
        assertThat(reader.skipped()).isEqualTo(7);
    }

    @Test
    void randomTurnsOfWriterAndReadersNeverMixSamples() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            SampleRing ring = SampleRing.allocate(Arena.ofAuto(), LAYOUT, random.nextInt(4, 9));
            RingWriter writer = ring.writer();
            RingReader latest = ring.reader();
            RingReader inOrder = ring.reader();
            MemorySegment[] to = memory(LAYOUT);
            int written = 0;
            long lastLatest = -1;
            long lastInOrder = -1;
            for (int turn = 0; turn < 60; turn++) {
                switch (random.nextInt(5)) {
                    case 0, 1 -> publish(writer, written++, 0);
                    case 2 -> write(writer, -1); // half-way
                    case 3 -> {
                        if (latest.newest(to)) {
                            assertThat(only(to[0])).isEqualTo(written - 1);
                            assertThat(latest.sample()).isGreaterThan(lastLatest);
                            lastLatest = latest.sample();
                        }
                    }
                    default -> {
                        if (inOrder.next(to)) {
                            assertThat((long) only(to[0]))
                                    .isEqualTo(inOrder.sample())
                                    .isGreaterThan(lastInOrder);
                            lastInOrder = inOrder.sample();
                        }
                    }
                }
            }
            while (inOrder.next(to)) {
                lastInOrder = inOrder.sample();
            }
            assertThat(lastInOrder).isEqualTo(written - 1);
        }
    }

    @Test
    void aWriterAtFullSpeedNeverMixesSamplesUnderAReader() throws InterruptedException {
        SampleRing ring = SampleRing.allocate(Arena.ofAuto(), LAYOUT, 4);
        var stop = new AtomicBoolean();
        Thread writing = Thread.ofPlatform().daemon().start(() -> {
            RingWriter writer = ring.writer();
            for (int value = 0; !stop.get(); value++) {
                publish(writer, value, 0);
            }
        });
        RingReader latest = ring.reader();
        RingReader inOrder = ring.reader();
        MemorySegment[] to = memory(LAYOUT);
        long last = -1;
        for (int taken = 0; taken < 4_000; ) {
            if (latest.newest(to)) {
                assertThat((long) only(to[0])).isEqualTo(latest.sample());
                taken++;
            }
            if (inOrder.next(to)) {
                assertThat((long) only(to[0])).isEqualTo(inOrder.sample()).isGreaterThan(last);
                last = inOrder.sample();
            }
        }
        stop.set(true);
        writing.join();
    }

    @Test
    void troubleAndRecoveryAreToldWithTheirText() {
        SampleRing ring = SampleRing.allocate(Arena.ofAuto(), SMALL, 4);
        assertThat(ring.state()).isEqualTo(SampleRing.State.STARTING);
        assertThat(ring.trouble()).isNull();
        RingWriter writer = ring.writer();

        writer.trouble(Problem.environment("x", "the device is gone ⚡".repeat(100)));
        assertThat(ring.state()).isEqualTo(SampleRing.State.TROUBLED);
        assertThat(ring.trouble()).contains("the device is gone ⚡").doesNotContain("\uFFFD");
        writer.recovered();
        assertThat(ring.state()).isEqualTo(SampleRing.State.DELIVERING);
        assertThat(ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
        writer.ended();
        assertThat(ring.state()).isEqualTo(SampleRing.State.ENDED);
    }

    @Test
    void aRingThatIsWrongInAnyByteOfItsHeaderIsRefusedOrHarmless() {
        Arena arena = Arena.ofAuto();
        MemorySegment memory = arena.allocate(SampleRing.bytes(SMALL, 4), 64);
        var random = new SplittableRandom(3);
        MemorySegment[] to = memory(SMALL);
        for (int round = 0; round < 3_000; round++) {
            SampleRing whole = SampleRing.create(memory, SMALL, 4);
            RingWriter writer = whole.writer();
            writer.publish(1, 0);
            for (int i = 0; i < random.nextInt(1, 4); i++) {
                long at = random.nextBoolean() ? random.nextInt(64) : random.nextInt(1024, 1100);
                memory.set(ValueLayout.JAVA_BYTE, at, (byte) random.nextInt());
            }
            try {
                SampleRing read = SampleRing.attach(memory, "memory");
                if (read.layout().equals(SMALL)) {
                    RingReader reader = read.reader();
                    reader.newest(to);
                    reader.next(to);
                }
            } catch (ProblemException e) {
                assertThat(e.problem().code()).isIn("pipeline.ring", "pipeline.layout");
            }
        }
    }

    @Test
    void layoutsAreReadAsTheyAreWritten() {
        assertThat(SampleLayout.parse(SMALL.text())).isEqualTo(SMALL);
        assertThat(SMALL.text()).isEqualTo("frame float32[3];mask uint8[5]");
        assertThat(SMALL.offset(1)).isEqualTo(64);
        assertThat(SMALL.bytes()).isEqualTo(69);
        for (String wrong : List.of(
                "",
                "frame",
                "frame float32",
                "frame float99[1]",
                "frame float32[0]",
                "frame float32[-1]",
                "frame float32[99999999999999999999]",
                "frame float32[1,,2]",
                "frame string[1]",
                "frame float32[4611686018427387904,4]",
                "frame float32[1];")) {
            assertThatThrownBy(() -> SampleLayout.parse(wrong)).as(wrong).isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void aFileHasOneWriterAndAppearsWhole() {
        Path file = folder.resolve("run/a.ring");
        assertThatThrownBy(() -> RingFile.read(file)).hasMessageContaining("no such ring");
        try (RingFile written = RingFile.write(file, SMALL, 4);
                RingFile read = RingFile.read(file)) {
            publishSmall(written.ring().writer(), 5);
            MemorySegment[] to = memory(SMALL);
            assertThat(read.ring().reader().newest(to)).isTrue();
            assertThat(to[0].get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(5);
            assertThatThrownBy(() -> RingFile.write(file, SMALL, 4)).hasMessageContaining("another process writes");
        }
        try (RingFile again = RingFile.write(file, SMALL, 4)) {
            // what comes after a pause of unknown length is no continuation
            RingWriter writer = again.ring().writer();
            publishSmall(writer, 6);
            RingReader reader = again.ring().reader();
            MemorySegment[] to = memory(SMALL);
            assertThat(reader.newest(to)).isTrue();
            assertThat(reader.sample()).isEqualTo(1);
            assertThat(reader.marks()).isEqualTo(SampleSink.RESTART | SampleSink.GAP);
        }
        try (RingFile other = RingFile.write(file, LAYOUT, 8)) {
            assertThat(other.ring().published()).isZero();
        }
    }

    private static void publishSmall(RingWriter writer, float value) {
        writer.input(0).set(ValueLayout.JAVA_FLOAT, 0, value);
        writer.publish(System.nanoTime(), 0);
    }

    @Test
    void aDamagedFileIsRefusedToReadersAndReplacedByWriters() throws IOException {
        Path file = folder.resolve("b.ring");
        for (byte[] content : List.of(new byte[0], new byte[10], new byte[4096], new byte[100_000])) {
            Files.write(file, content);
            assertThatThrownBy(() -> RingFile.read(file))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("ring");
            RingFile.write(file, SMALL, 4).close();
            RingFile.read(file).close();
        }
    }

    @Test
    void aWriterKilledInTheMiddleOfASampleLeavesNothingTorn() throws Exception {
        Path file = folder.resolve("c.ring");
        Process first = program(file.toString(), "half");
        awaitLine(first, "half");
        try (RingFile read = RingFile.read(file)) {
            first.destroyForcibly().waitFor();
            RingReader reader = read.ring().reader();
            MemorySegment[] to = memory(LAYOUT);
            assertThat(reader.newest(to)).isTrue();
            assertThat(only(to[0])).isEqualTo(2);
            assertThat(reader.next(to)).isFalse();

            Process second = program(file.toString());
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (!reader.next(to)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                Thread.onSpinWait();
            }
            assertThat(reader.restarted()).isTrue();
            for (int taken = 0; taken < 500; ) {
                if (reader.newest(to)) {
                    only(to[0]);
                    taken++;
                }
            }
            second.destroyForcibly().waitFor();
            reader.newest(to);
            for (int i = 0; i < 3; i++) {
                if (reader.next(to)) {
                    only(to[0]);
                }
            }
        }
    }

    private static Process program(String... arguments) throws IOException {
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                RingProgram.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static void awaitLine(Process process, String line) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        String found;
        while ((found = reader.readLine()) != null) {
            if (found.equals(line)) {
                return;
            }
        }
        throw new AssertionError("the process ended");
    }
}
