package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.digitalpetri.modbus.ExceptionCode;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.pipeline.SampleSink;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a Modbus TCP server of this process. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ModbusSourceTest {
    @TempDir
    Path folder;

    private static String source(int port, String more) {
        return "{'modbus': '127.0.0.1:" + port + "', 'unit': 17, 'registers': " + ModbusDevice.registers() + ", " + more
                + "}";
    }

    @Test
    void aRecordingThatIsReadRowByRowMakesTheWindowsThatReplayingItMakes() throws IOException {
        List<float[]> rows = Recording.rows(300);
        List<float[]> replayed = Recording.windows(Recording.csv(folder.resolve("motion.csv"), rows), 20, 1);
        try (var device = new ModbusDevice(rows);
                var probe = new SourceProbe(
                        source(device.port, "'every': 0.005, 'window': 20, 'hop': 20, 'maxAge': 30"), folder)) {
            List<float[]> live = probe.await(8);

            // a busy machine can be late for a reading; the window begins anew then, with the next row
            Set<List<Float>> known =
                    replayed.stream().map(ModbusSourceTest::boxed).collect(Collectors.toSet());
            assertThat(live.stream().limit(8))
                    .allSatisfy(window -> assertThat(known.contains(boxed(window)))
                            .as("window of consecutive rows")
                            .isTrue());
            assertThat(probe.marks.getFirst() & SampleSink.RESTART).isEqualTo(SampleSink.RESTART);
        }
    }

    private static List<Float> boxed(float[] values) {
        var list = new ArrayList<Float>();
        for (float value : values) {
            list.add(value);
        }
        return list;
    }

    @Test
    void coilsAreBits() throws IOException {
        try (var device = new ModbusDevice(Recording.rows(1));
                var probe = new SourceProbe(
                        "{'modbus': 'modbus://127.0.0.1:" + device.port
                                + "', 'registers': [{'at': 9, 'kind': 'coil'}, {'at': 0, 'kind': 'coil'},"
                                + " {'at': 1, 'kind': 'coil', 'scale': 5, 'offset': 1}], 'every': 0.01}",
                        folder)) {
            assertThat(probe.await(1).getFirst()).containsExactly(1, 1, 1);
        }
    }

    @Test
    void aDeviceThatIsGoneAndComesBackIsOneOutage() throws IOException {
        try (var device = new ModbusDevice(Recording.rows(118));
                var probe = new SourceProbe(source(device.port, "'every': 0.01, 'window': 2, 'hop': 1"), folder)) {
            probe.await(2);
            device.stop();
            probe.trouble("no connection to the device");
            assertThat(probe.ring.state()).isEqualTo(SampleRing.State.TROUBLED);
            int before = probe.windows().size();
            device.start();

            probe.await(before + 2);

            assertThat(probe.marks.get(before)).isEqualTo(SampleSink.RESTART | SampleSink.GAP);
            assertThat(probe.ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
            assertThat(probe.source.counts().outages()).isEqualTo(1);
        }
    }

    @Test
    void refusalsOfTheDeviceAreToldByTheirName() throws IOException {
        try (var device = new ModbusDevice(Recording.rows(118));
                var probe = new SourceProbe(source(device.port, "'every': 0.01"), folder)) {
            probe.await(1);
            device.refusal = ExceptionCode.SLAVE_DEVICE_BUSY;
            assertThat(probe.trouble("slave device busy")).contains("unit 17");
            device.refusal = null;
            probe.await(() -> probe.ring.count(SampleRing.Counter.RECONNECTS) == 1, "the end of it");
        }
    }

    @Test
    void registersOutOfTheDevicesRangeAreToldByName() throws IOException {
        try (var device = new ModbusDevice(Recording.rows(1));
                var probe = new SourceProbe(
                        "{'modbus': '127.0.0.1:" + device.port
                                + "', 'unit': 17, 'registers': [{'at': 111, 'type': 'float32'}], 'every': 0.01}",
                        folder)) {
            assertThat(probe.trouble("illegal data address")).contains("count from 0");
        }
    }

    @Test
    void anAnswerThatComesTooLateIsNoAnswer() throws IOException {
        try (var device = new ModbusDevice(Recording.rows(118))) {
            device.pauseMillis = 400;
            try (var probe = new SourceProbe(source(device.port, "'every': 0.01, 'timeout': 0.1"), folder)) {
                assertThat(probe.trouble("the device doesn't answer")).contains("0.1 s");
                assertThat(probe.windows()).isEmpty();
                device.pauseMillis = 0;
                probe.await(1);
            }
        }
    }

    @Test
    void aServerThatNeverAnswersOrDripsIsTold() throws IOException {
        try (var mute = Cable.mute();
                var drip = Cable.dripping(new byte[] {0, 1, 0, 0, 0, (byte) 200, 17, 3, 24, 0});
                var silent = new SourceProbe(source(mute.port(), "'every': 0.01, 'timeout': 0.2"), folder);
                var slow = new SourceProbe(source(drip.port(), "'every': 0.01, 'timeout': 0.2"), folder)) {
            silent.trouble("the device doesn't answer");
            slow.trouble("the device doesn't answer");
        }
    }

    @Test
    void notANumberIsNoMeasurement() throws IOException {
        List<float[]> rows = List.of(new float[] {1, 2, Float.NaN, 4, 5, 6}, new float[] {1, 2, 3, 4, 5, 6});
        try (var device = new ModbusDevice(rows);
                var probe = new SourceProbe(source(device.port, "'every': 0.01"), folder)) {
            assertThat(probe.await(1).getFirst()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(probe.trouble("a register isn't a number")).contains("type and order");
            assertThat(probe.source.counts().refused()).isEqualTo(1);
        }
    }
}
