package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.skerry.testing.SharedData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real recordings, and ALSA's own capture program on a device of its {@code file} plugin. */
@Timeout(60)
@SuppressWarnings("NullAway") // a null fails the test, as it should
class AudioSourceTest {
    @TempDir
    Path folder;

    @Test
    void aRecordingIsHeardAtItsPaceAndAsItsFramesAre() throws IOException {
        Path wav = SharedData.at("models/fsdd/recordings/7_jackson_6.wav").toAbsolutePath();
        String options = "\"rate\": 8000, \"frame\": 256, \"hop\": 128, \"context\": 32}";
        var recorded = (SourceSpec.Wav) PipelineSpec.parse(tools.jackson.databind.json.JsonMapper.shared()
                        .readTree("{\"source\": {\"wav\": \"" + wav + "\", " + options + "}"))
                .source();
        SampleSource frames = WavSource.open(recorded, folder, null);
        try (LiveProbe probe = LiveProbe.of(LiveProbe.spec("{\"audio\": \"" + wav + "\", " + options), folder)) {
            List<LiveProbe.Got> got = probe.await((int) frames.size());
            int i = 0;
            for (Sample frame : frames) {
                float[] expected = frame.inputs()
                        .get(FrameFormat.INPUT)
                        .data()
                        .toArray(java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED);
                assertThat(got.get(i).values()).containsExactly(expected);
                i++;
            }
            assertThat(got.getFirst().restart()).isTrue();
            assertThat(got.getLast().capturedNanos() - got.getFirst().capturedNanos())
                    .isEqualTo((got.size() - 1) * 16_000_000L);
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.ENDED);
        }
    }

    @Test
    void anotherRateIsRefusedWithBothRemedies() {
        Path wav = SharedData.at("models/fsdd/recordings/7_jackson_6.wav").toAbsolutePath();
        try (LiveProbe probe =
                LiveProbe.of(LiveProbe.spec("{\"audio\": \"" + wav + "\", \"rate\": 16000, \"frame\": 256}"), folder)) {
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble())
                    .contains("expected 16000 Hz, found 8000 Hz", "rate: 8000", "resampling the file");
        }
    }

    /** A device whose sound is what somebody writes into a pipe. */
    private Map<String, String> tape() throws IOException {
        Path tape = LiveProbe.fifo(folder.resolve("tape"));
        Path settings = folder.resolve("asound.conf");
        Files.writeString(settings, """
                </usr/share/alsa/alsa.conf>
                pcm.tape { type file slave.pcm "null" file "/dev/null" infile "%s" format "raw" }
                """.formatted(tape));
        return Map.of("ALSA_CONFIG_PATH", settings.toString());
    }

    private static void play(Path tape, PcmFormat format, int frames) throws IOException {
        try (OutputStream out = Files.newOutputStream(tape)) {
            var bytes = ByteBuffer.allocate(frames * 2 * format.bytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < frames; i++) {
                for (int channel = 0; channel < 2; channel++) {
                    float value = (i % 200 - 100) / 128f * (channel == 0 ? 1 : 0.5f);
                    switch (format) {
                        case S16 -> bytes.putShort((short) Math.round(value * 32768));
                        case S24 -> {
                            int whole = Math.round(value * 8388608);
                            bytes.putShort((short) whole).put((byte) (whole >> 16));
                        }
                        case S32 -> bytes.putInt((int) (value * 2147483648d));
                        case FLOAT -> bytes.putFloat(value);
                    }
                }
            }
            out.write(bytes.array());
            out.flush();
            LiveProbe.sleep(300); // the end of the pipe would be the end of the tape, and then noise
        }
    }

    @Test
    void whatAlsaCapturesIsHeardInEveryFormat() throws IOException {
        Map<String, String> environment = tape();
        for (PcmFormat format : PcmFormat.values()) {
            var spec = (LiveSpec.Audio) LiveProbe.spec("{\"audio\": \"tape\", \"rate\": 16000, \"frame\": 320,"
                    + " \"hop\": 160, \"deviceChannels\": 2, \"format\": \"" + Step.spelled(format) + "\"}");
            try (LiveProbe probe =
                    LiveProbe.of(spec, surroundings -> new AudioSource(spec, folder, surroundings, environment))) {
                play(folder.resolve("tape"), format, 960);
                List<LiveProbe.Got> got = probe.await(5);
                for (int window = 0; window < 5; window++) {
                    float[] values = got.get(window).values();
                    for (int i = 0; i < values.length; i++) {
                        float expected = ((window * 160 + i) % 200 - 100) / 128f * 0.75f;
                        assertThat(values[i]).as("%s %d %d", format, window, i).isCloseTo(expected, within(4e-5f));
                    }
                }
                assertThat(got.get(1).marks()).isZero();
            }
        }
    }

    @Test
    void aDeviceThatIsNotThereIsSaidInAlsasWords() throws IOException {
        try (LiveProbe probe =
                LiveProbe.of(LiveProbe.spec("{\"audio\": \"nosuch\", \"rate\": 16000, \"frame\": 256}"), folder)) {
            probe.awaitThat(() -> probe.ring.state() == SampleRing.State.TROUBLED);
            assertThat(probe.ring.trouble())
                    .contains("sound is no longer captured", "nosuch", "No such file or directory", "--list-pcms");
        }
    }

    @Test
    void whatTheCapturingProgramSaysIsUnderstood() {
        var said = new CaptureMessages();
        var stops = new AtomicInteger();
        said.listen(new BufferedReader(new StringReader("""
                        Recording raw data 'stdin' : Signed 16 bit Little Endian, Rate 16000 Hz, Mono
                        overrun!!! (at least 12.345 ms long)
                        overrun!!! (at least 1.000 ms long)
                        arecord: pcm_read:2221: read error: No such device
                        """)), stops::incrementAndGet);
        assertThat(said.overruns()).isEqualTo(2);
        assertThat(said.last()).contains("read error: No such device");
        assertThat(said.otherRate()).isZero();
        said.listen(new BufferedReader(new StringReader("""
                        Warning: rate is not accurate (requested = 16000Hz, got = 48000Hz)
                                 please, try the plug plugin
                        """)), stops::incrementAndGet);
        assertThat(said.otherRate()).isEqualTo(48000);
        assertThat(stops).hasValue(1);
    }

    @Test
    void aStreamsClockIsItsEarliestArrivalAndFollowsItsDrift() {
        var clock = new StreamClock(1000);
        assertThat(clock.captured(10, 15_000_000)).isEqualTo(15_000_000);
        // a block that is held up by 8 ms was measured when it was due
        assertThat(clock.captured(20, 33_000_000)).isBetween(25_000_000L, 25_010_000L);
        assertThat(clock.captured(30, 35_000_000)).isBetween(34_990_000L, 35_000_000L);
        // a clock that is slow by 50 ppm: after an hour the age is still that of the last blocks
        var slow = new StreamClock(1000);
        long last = 0;
        for (long samples = 10; samples <= 3_600_000; samples += 10) {
            long arrival = Math.round(samples * 1e6 * 1.00005);
            last = arrival - slow.captured(samples, arrival);
        }
        assertThat(last).isBetween(0L, 2_000_000L);
    }

    @Test
    void declarationsThatCannotBeAreRefused() {
        for (String wrong : List.of(
                "{\"audio\": \"default\", \"frame\": 256}",
                "{\"audio\": \"default\", \"rate\": 16000}",
                "{\"audio\": \"default\", \"rate\": 16000, \"frame\": 256, \"format\": \"mp3\"}")) {
            assertThatThrownBy(() -> LiveProbe.spec(wrong)).as(wrong).hasMessageContaining("pipeline.source");
        }
        LiveSpec.Local spec = LiveProbe.spec("{\"audio\": \"hw:0\", \"rate\": 16000, \"frame\": 400, \"hop\": 160}");
        assertThat(LiveProbe.spec(spec.toJson().toString())).isEqualTo(spec);
        assertThat(spec.watch().stuck()).isEqualTo(160_000);
    }
}
