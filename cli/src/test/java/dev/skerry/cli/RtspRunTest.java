package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.testing.SharedData;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** From a camera behind a network to decisions in a process without one, against GStreamer's RTSP server on this machine. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
@Timeout(180)
class RtspRunTest {
    private static final String PYTHON = "/usr/bin/python3";
    private static final int WIDTH = 160;
    private static final int HEIGHT = 120;

    @TempDir
    Path folder;

    @Test
    void whatACameraSeesIsDecidedOn() throws Exception {
        SharedData.require(
                Files.isExecutable(Path.of(PYTHON))
                        && new ProcessBuilder(PYTHON, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')")
                                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                                        .start()
                                        .waitFor()
                                == 0,
                "no GStreamer RTSP server (gir1.2-gst-rtsp-server-1.0, python3-gi)");
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        Path script = SharedData.projectRoot().resolve("agent/src/test/resources/dev/skerry/agent/rtsp_server.py");
        Process server = new ProcessBuilder(PYTHON, script.toString(), Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(server.inputReader().readLine()).isEqualTo("ready");
            var console = new Console(folder.resolve("home"));

            assertThat(console.run("run", project(port), "--cycles", 50, "--no-realtime", "--json"))
                    .as(console.err())
                    .isZero();

            JsonNode report = console.json();
            JsonDocumentation.assertDescribes(report);
            assertThat(report.path("cycles").asLong()).isEqualTo(50);
            assertThat(report.at("/sensor/samples").asLong()).isGreaterThan(10);
            assertThat(report.at("/network/source/name").asString()).startsWith("rtsp rtsp://127.0.0.1:" + port);
            // a white ball on black
            assertThat(Files.readString(folder.resolve("project/decisions.jsonl")))
                    .contains("\"ball\"");
        } finally {
            server.destroyForcibly();
        }
    }

    /** Whether anything of the picture is bright. */
    private Path project(int port) throws IOException {
        Path project = Files.createDirectories(folder.resolve("project"));
        Graph graph = Graph.of(
                "bright",
                List.of(
                        Node.of("ReduceMax", List.of("picture"), List.of("brightest")),
                        Node.of("Reshape", List.of("brightest", "one"), List.of("row")),
                        Node.of("MatMul", List.of("row", "weights"), List.of("signed")),
                        Node.of("Add", List.of("signed", "bias"), List.of("scores"))),
                List.of(
                        Tensor.ofLongs("one", new long[] {2}, 1, 1),
                        Tensor.ofFloats("weights", new long[] {1, 2}, 1, -1),
                        Tensor.ofFloats("bias", new long[] {2}, 0, 1)),
                List.of(ValueInfo.of("picture", DataType.FLOAT, Shape.of(1, 1, HEIGHT, WIDTH))),
                List.of(ValueInfo.of("scores", DataType.FLOAT, Shape.of(1, 2))));
        ModelFile.write(Model.of(graph, 13), project.resolve("bright.onnx"));
        for (int i = 0; i < 8; i++) {
            String name = i % 2 == 0 ? "ball" : "nothing";
            var picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_BYTE_GRAY);
            if (i % 2 == 0) {
                var pen = picture.createGraphics();
                pen.setColor(Color.WHITE);
                pen.fillOval(10 * i, 20, 30, 30);
                pen.dispose();
            }
            Path file =
                    Files.createDirectories(project.resolve("recorded/" + name)).resolve(i + ".png");
            ImageIO.write(picture, "png", file.toFile());
        }
        Files.writeString(project.resolve("names.txt"), "ball\nnothing\n");
        Files.writeString(project.resolve("skerry.yaml"), """
                name: bright
                model: bright.onnx
                budget: {rate: 10Hz, latency: 50ms}
                compression: {method: none}
                samples:
                  evaluation: recorded
                pipeline:
                  source: {rtsp: 'rtsp://127.0.0.1:%d/camera', width: 160, height: 120, channels: 1}
                  pre:
                    - scale: {by: 0.00392156862745098}
                    - layout: nchw
                  post:
                    - argmax: names.txt
                  actions:
                    - json-lines: decisions.jsonl
                  fallback: nobody
                """.formatted(port));
        return project;
    }
}
