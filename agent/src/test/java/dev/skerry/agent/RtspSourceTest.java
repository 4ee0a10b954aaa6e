package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.pipeline.LiveSpec;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.pipeline.RingReader;
import dev.skerry.pipeline.RtspSpec;
import dev.skerry.pipeline.SampleRing;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Against GStreamer's RTSP server on this machine. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
@Timeout(90)
class RtspSourceTest {
    private static final long PATIENCE_NANOS = 40_000_000_000L;
    private static final String PYTHON = "/usr/bin/python3";

    @TempDir
    Path folder;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<AgentEvent> events = new CopyOnWriteArrayList<>();
    private int port;

    @BeforeEach
    void findPort() throws IOException, InterruptedException {
        SharedData.require(
                Files.isExecutable(Path.of(PYTHON))
                        && run(PYTHON, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')") == 0,
                "no GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)");
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
    }

    private static int run(String... words) throws IOException, InterruptedException {
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened.reversed()) {
            one.close();
        }
    }

    private Process serve(String... user) throws IOException {
        Path script = folder.resolve("rtsp_server.py");
        try (InputStream in = RtspSourceTest.class.getResourceAsStream("rtsp_server.py")) {
            Files.write(script, in.readAllBytes());
        }
        var command = new ArrayList<>(List.of(PYTHON, script.toString(), String.valueOf(port)));
        command.addAll(List.of(user));
        Process server = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        opened.add(server::destroyForcibly);
        assertThat(server.inputReader().readLine()).isEqualTo("ready");
        return server;
    }

    private RtspSpec spec(String options) {
        PipelineSpec pipeline = PipelineSpec.parse(JsonMapper.shared()
                .readTree(("{'source': {'rtsp': 'rtsp://127.0.0.1:" + port
                                + "/camera', 'width': 160, 'height': 120, 'channels': 1" + options + "}}")
                        .replace('\'', '"')));
        assertThat(PipelineSpec.parse(pipeline.toJson())).isEqualTo(pipeline);
        return (RtspSpec) pipeline.source();
    }

    private Ingest ingest(String options, Map<String, String> environment) {
        Ingest ingest = Ingest.open(
                spec(options),
                folder,
                folder.resolve("camera.ring"),
                new AgentContext(environment, System::nanoTime, new Random(1), events::add));
        opened.add(ingest);
        return ingest;
    }

    private static void until(BooleanSupplier done) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!done.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.sleep(10);
        }
    }

    @Test
    void picturesOfACameraThatGoesAndComesAgain() throws Exception {
        Process server = serve();
        Ingest ingest = ingest(", 'timeout': 3", Map.of());
        SampleRing ring = ingest.ring().ring();
        RingReader reader = ring.reader();
        MemorySegment[] to = {Arena.ofAuto().allocate(160 * 120)};
        until(() -> ring.published() > 10);
        assertThat(reader.newest(to)).isTrue();
        // a white ball on black
        byte[] picture = to[0].toArray(ValueLayout.JAVA_BYTE);
        int bright = 0;
        for (byte pixel : picture) {
            bright += (pixel & 0xff) > 180 ? 1 : 0;
        }
        assertThat(bright).isBetween(20, 160 * 120 / 4);
        assertThat(System.nanoTime() - reader.capturedNanos()).isPositive();

        server.destroyForcibly().waitFor();
        until(() -> ring.state() == SampleRing.State.TROUBLED);
        assertThat(ring.trouble()).contains("rtsp://127.0.0.1:" + port + "/camera: the camera gives no pictures");
        serve();
        long before = ring.published();
        until(() -> ring.published() > before + 5);
        assertThat(ring.state()).isEqualTo(SampleRing.State.DELIVERING);
        assertThat(ring.count(SampleRing.Counter.RECONNECTS)).isEqualTo(1);
        assertThat(reader.newest(to)).isTrue();
        assertThat(reader.restarted()).isTrue();
        assertThat(ingest.counts().taken()).isGreaterThan(15);
        assertThat(ingest.counts().outages()).isPositive();
        assertThat(events).anyMatch(AgentEvent.SourceTrouble.class::isInstance);
        assertThat(events).anyMatch(AgentEvent.SourceBack.class::isInstance);
        assertThat(LiveSpec.Take.LATEST).isEqualTo(spec("").freshness().take());
    }

    @Test
    void aCameraThatStopsInTheMiddleIsAskedAnew() throws Exception {
        Process server = serve();
        SampleRing ring = ingest(", 'timeout': 1", Map.of()).ring().ring();
        until(() -> ring.published() > 5);
        run("kill", "-STOP", String.valueOf(server.pid()));
        until(() -> ring.state() == SampleRing.State.TROUBLED);
        run("kill", "-CONT", String.valueOf(server.pid()));
        long before = ring.published();
        until(() -> ring.published() > before + 5);
    }

    @Test
    void aPasswordIsAskedForAndNeverShown() throws Exception {
        serve("inspector", "s3cret word");
        SampleRing refused = ingest("", Map.of()).ring().ring();
        until(() -> refused.state() == SampleRing.State.TROUBLED);
        assertThat(refused.trouble()).contains("401");
        opened.removeLast().close();
        String wrong = ", 'user': 'inspector', 'passwordEnv': 'CAMERA'";
        SampleRing mistaken = ingest(wrong, Map.of("CAMERA", "hunter2")).ring().ring();
        until(() -> mistaken.state() == SampleRing.State.TROUBLED);
        assertThat(mistaken.trouble()).contains("401").doesNotContain("hunter2");
        opened.removeLast().close();
        SampleRing right = ingest(wrong, Map.of("CAMERA", "s3cret word")).ring().ring();
        until(() -> right.published() > 3);
        assertThatThrownBy(() -> spec(", 'user': 'u', 'password': 'p'"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("a password doesn't belong into this file");
        assertThatThrownBy(() -> PipelineSpec.parse(JsonMapper.shared()
                        .readTree("{\"source\": {\"rtsp\": \"rtsp://u:p@h/x\", \"width\": 1, \"height\": 1}}")))
                .hasMessageContaining("a user in the address");
    }

    @Test
    void whereNoCameraAnswersTheReasonIsTold() throws Exception {
        SampleRing ring = ingest("", Map.of()).ring().ring();
        until(() -> ring.state() == SampleRing.State.TROUBLED);
        assertThat(ring.trouble()).contains("Connection refused");
    }

    @Test
    void theWordsDependOnTheVersion() {
        RtspSpec spec = spec(", 'transport': 'udp', 'timeout': 2");
        assertThat(String.join(" ", RtspSource.protocol(spec, 5)))
                .isEqualTo(
                        "-protocol_whitelist rtsp,rtp,tcp,udp -rtsp_transport udp -allowed_media_types video -timeout"
                                + " 2000000");
        assertThat(RtspSource.protocol(spec, 4)).contains("-stimeout").doesNotContain("-timeout");
        var credentials = new Credentials(folder, Map.of("P", "a b@/:"));
        RtspSpec user = spec(", 'user': 'me@home', 'passwordEnv': 'P'");
        assertThat(RtspSource.address(user, credentials))
                .isEqualTo("rtsp://me%40home:a%20b%40%2F%3A@127.0.0.1:" + port + "/camera");
    }
}
