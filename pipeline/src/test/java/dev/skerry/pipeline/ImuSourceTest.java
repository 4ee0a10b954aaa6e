package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a folder as the kernel shows one for a sensor, and a pipe that gives records in its format at its rate. */
@Timeout(60)
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ImuSourceTest {
    private static final long PERIOD_NANOS = 10_000_000;

    @TempDir
    Path folder;

    private Path device;

    @BeforeEach
    void aSensor() {
        device = LiveProbe.fifo(folder.resolve("dev"));
        channel("accel_x", 0, "le:s12/16>>4");
        channel("accel_y", 1, "le:s12/16>>4");
        channel("accel_z", 2, "le:s12/16>>4");
        channel("anglvel_z", 3, "be:s16/16>>0");
        channel("temp", 4, "le:u8/32>>8");
        channel("timestamp", 5, "le:s64/64>>0");
        file("in_accel_scale", "0.009806");
        file("in_accel_z_offset", "-3");
        file("in_anglvel_scale", "0.001");
        file("in_temp_scale", "1");
        file("sampling_frequency", "50");
        file("sampling_frequency_available", "25 50 100");
        file("current_timestamp_clock", "realtime");
        file("buffer/enable", "0");
        file("buffer/length", "2");
        file("buffer/watermark", "1");
        file("name", "bmi160");
    }

    private void channel(String name, int index, String type) {
        file("scan_elements/in_" + name + "_en", "0");
        file("scan_elements/in_" + name + "_index", Integer.toString(index));
        file("scan_elements/in_" + name + "_type", type);
    }

    private Path file(String name, String content) {
        try {
            Path file = folder.resolve("sysfs").resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, content + "\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String said(String name) throws IOException {
        return Files.readString(folder.resolve("sysfs").resolve(name)).strip();
    }

    private LiveProbe probe(String options) {
        return LiveProbe.of(
                LiveProbe.spec("{\"imu\": \"sysfs\", \"device\": \"" + device + "\"" + options + "}"), folder);
    }

    /** Three accelerations of 12 bits, a turn rate, a timestamp: 8 bytes, and 8 more. */
    private void write(int records, IntUnaryOperator value, IntUnaryOperator late) throws IOException {
        try (OutputStream out = Files.newOutputStream(device)) {
            long start = System.nanoTime();
            long behind = 0;
            for (int i = 0; i < records; i++) {
                behind += late.applyAsInt(i) * PERIOD_NANOS;
                long time = start + i * PERIOD_NANOS + behind;
                while (System.nanoTime() < time) {
                    LiveProbe.sleep(1);
                }
                var record = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
                for (int axis = 0; axis < 3; axis++) {
                    // the four bits below the number are noise
                    record.putShort((short) (value.applyAsInt(i) + 100 * axis << 4 | 0xF));
                }
                record.order(ByteOrder.BIG_ENDIAN).putShort((short) (-1000 - i));
                record.order(ByteOrder.LITTLE_ENDIAN).putLong(time);
                // a pipe may give half a record
                out.write(record.array(), 0, 5);
                out.flush();
                out.write(record.array(), 5, 11);
            }
        }
    }

    @Test
    void recordsBecomeWindowsInTheDeclaredUnits() throws IOException {
        try (LiveProbe probe = probe(", \"axes\": [\"accel_x\", \"accel_z\", \"anglvel_z\"], \"rate\": 100,"
                + " \"window\": 4, \"hop\": 2")) {
            probe.awaitThat(() -> {
                try {
                    return said("buffer/enable").equals("1");
                } catch (IOException e) {
                    return false;
                }
            });
            // accel_y stays off, and with it its place in the record
            file("scan_elements/in_accel_y_en", "0");
            assertThat(said("sampling_frequency")).isEqualTo("100");
            assertThat(said("current_timestamp_clock")).isEqualTo("monotonic");
            assertThat(said("scan_elements/in_accel_x_en")).isEqualTo("1");
            assertThat(said("scan_elements/in_timestamp_en")).isEqualTo("1");
            assertThat(said("scan_elements/in_temp_en")).isEqualTo("0");
            assertThat(said("buffer/length")).isEqualTo("256");
        }
        assertThat(said("buffer/enable")).isEqualTo("0");

        try (LiveProbe probe =
                probe(", \"axes\": [\"accel_x\", \"accel_y\", \"accel_z\", \"anglvel_z\"], \"rate\": 100,"
                        + " \"window\": 4, \"hop\": 2")) {
            write(8, i -> -5 + i, i -> 0);

            List<LiveProbe.Got> got = probe.await(3);
            float[] first = got.getFirst().values();
            for (int row = 0; row < 4; row++) {
                float[] expected = {
                    (-5 + row) * 0.009806f, (95 + row) * 0.009806f, (195 + row - 3) * 0.009806f, (-1000 - row) * 0.001f
                };
                for (int axis = 0; axis < 4; axis++) {
                    assertThat(first[4 * row + axis]).isCloseTo(expected[axis], within(1e-5f));
                }
            }
            assertThat(got.get(1).values()[0]).isCloseTo(-3 * 0.009806f, within(1e-5f));
            // captured is when the kernel took it, not when it was read
            assertThat(got.get(1).capturedNanos() - got.get(0).capturedNanos()).isEqualTo(2 * PERIOD_NANOS);
            assertThat(got.get(0).restart()).isTrue();
            assertThat(got.get(1).marks()).isZero();
        }
    }

    @Test
    void otherUnitsAreStandardGravitiesAndDegrees() throws IOException {
        try (LiveProbe probe =
                probe(", \"axes\": [\"accel_x\", \"accel_y\", \"accel_z\", \"anglvel_z\"], \"units\": \"g-deg\"")) {
            write(1, i -> 1000, i -> 0);
            float[] row = probe.await(1).getFirst().values();
            assertThat(row[0]).isCloseTo(0.99994f, within(1e-4f));
            assertThat(row[3]).isCloseTo(-57.29578f, within(1e-4f));
        }
    }

    @Test
    void lostRecordsAreSeenByTheirTimesAndASensorThatComesBackIsFound() throws IOException {
        try (LiveProbe probe = probe(
                ", \"axes\": [\"accel_x\", \"accel_y\", \"accel_z\", \"anglvel_z\"], \"rate\": 100, \"window\": 2, \"hop\": 1")) {
            write(10, i -> i, i -> i == 5 ? 3 : 0);
            List<LiveProbe.Got> got = probe.await(8);
            assertThat(got.stream().filter(LiveProbe.Got::gap).count()).isEqualTo(1);
            assertThat(got.get(4).gap()).isTrue();
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble()).contains("the motion sensor is gone");

            write(3, i -> i, i -> 0);
            assertThat(probe.await(10).get(8).restart()).isTrue();
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
        }
    }

    @Test
    void aSensorThatSaysTheSameForTwoSecondsIsStuck() throws IOException {
        // 0.2 s here
        // while somebody holds the pipe open the sensor isn't gone, which would be the newer trouble
        try (LiveProbe probe =
                        probe(", \"axes\": [\"accel_x\", \"accel_y\", \"accel_z\", \"anglvel_z\"], \"stuck\": 20");
                OutputStream _ = Files.newOutputStream(device)) {
            write(40, i -> 7, i -> 0);
            List<LiveProbe.Got> got = probe.await(40);
            assertThat(got.stream().filter(LiveProbe.Got::stuck).count()).isEqualTo(21);
            assertThat(probe.ring.trouble()).contains("the sensor is stuck").contains("accel_");
        }
        assertThat(((LiveSpec.Imu) LiveProbe.spec("{\"imu\": \"bmi160\", \"rate\": 100}"))
                        .watch()
                        .stuck())
                .isEqualTo(200);
    }

    @Test
    void whatTheDeviceLacksIsSaidWithWhatItHas() throws IOException {
        refused(", \"axes\": [\"accl_x\"]", "no channel 'accl_x'", "'accel_x'");
        channel("accel_x", 0, "le:s12/17>>4");
        refused("", "a accel_x of 'le:s12/17>>4' can't be read");
        channel("accel_x", 0, "le:s12/16>>4");
        Files.delete(folder.resolve("sysfs/buffer/length"));
        refused("", "buffer/length is missing");
        try (LiveProbe probe = LiveProbe.of(LiveProbe.spec("{\"imu\": \"nosuch\"}"), folder)) {
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble()).contains("there is no such motion sensor");
        }
    }

    private void refused(String options, String... words) {
        try (LiveProbe probe = probe(options)) {
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble()).contains(words);
        }
    }

    @Test
    void everyFormatOfTheKernelIsReadAndNoOther() {
        record Case(String type, long stored, int bytes, long expected) {}
        for (Case one : List.of(
                new Case("le:s12/16>>4", 0x8000, 2, -2048),
                new Case("le:u12/16>>4", 0x8000, 2, 2048),
                new Case("be:s16/16>>0", 0xFFFE, 2, -2),
                new Case("be:u24/32>>8", 0x12345600L, 4, 0x123456),
                new Case("le:s24/32>>0", 0x00FFFFFF, 4, -1),
                new Case("le:s8/8>>0", 0x80, 1, -128),
                new Case("le:s64/64>>0", -5, 8, -5),
                new Case("le:s16/32X4>>0", 0xFFFF, 4, -1),
                new Case("le:u1/8>>7", 0x80, 1, 1))) {
            ScanElement element = ScanElement.of("a", 0, one.type + "\n");
            var bytes = ByteBuffer.allocate(16)
                    .order(one.type.startsWith("be") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
            switch (one.bytes) {
                case 1 -> bytes.put((byte) one.stored);
                case 2 -> bytes.putShort((short) one.stored);
                case 4 -> bytes.putInt((int) one.stored);
                default -> bytes.putLong(one.stored);
            }
            assertThat(element.raw(MemorySegment.ofArray(bytes.array()), 0))
                    .as(one.type)
                    .isEqualTo(one.expected);
        }
        assertThat(ScanElement.of("q", 0, "le:s16/32X4>>0").bytes()).isEqualTo(16);
        for (String wrong : List.of(
                "",
                "s12/16>>4",
                "le:s12/16",
                "le:s12/16>>5",
                "le:x12/16>>4",
                "le:s0/16>>0",
                "le:s12/24>>0",
                "le:s12/16X0>>4",
                "le:s99999999999/16>>0")) {
            assertThatThrownBy(() -> ScanElement.of("a", 0, wrong))
                    .as(wrong)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        var random = new SplittableRandom(2);
        for (int i = 0; i < 5_000; i++) {
            var text = new StringBuilder("le:s12/16X2>>4");
            for (int j = 0; j < random.nextInt(1, 4); j++) {
                text.setCharAt(random.nextInt(text.length()), "lebsuX/>:0123456789".charAt(random.nextInt(19)));
            }
            try {
                ScanElement element = ScanElement.of("a", 0, text.toString());
                element.raw(MemorySegment.ofArray(new byte[16]), 0);
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
    }
}
