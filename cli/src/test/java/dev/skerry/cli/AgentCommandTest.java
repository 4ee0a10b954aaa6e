package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.testing.SharedData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code skerry agent} as a script starts it: a process that says where it serves, and ends when it is told to. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class AgentCommandTest {
    @TempDir
    Path folder;

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.skerry.cli.Skerry",
                "agent",
                "--json"));
        command.addAll(Arrays.asList(arguments));
        if (!command.contains("--port")) {
            command.addAll(List.of("--port", "0"));
        }
        var builder = new ProcessBuilder(command)
                .redirectError(folder.resolve("err.txt").toFile());
        builder.environment().put("XDG_CONFIG_HOME", folder.resolve("config").toString());
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        return builder.start();
    }

    private static HttpResponse<String> ask(HttpClient client, String url, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
        if (!body.isEmpty()) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aProjectAndAModelUntilSigterm() throws Exception {
        Path project = SmallProject.in(folder.resolve("digits"), "none");
        Process agent = start(
                project.toString(),
                SharedData.at("models/kws-dscnn/kws_dscnn.onnx").toString());
        try (var out = new BufferedReader(new InputStreamReader(agent.getInputStream(), StandardCharsets.UTF_8));
                HttpClient client = HttpClient.newHttpClient()) {
            JsonNode ready = Context.JSON.readTree(out.readLine());
            JsonDocumentation.assertDescribes(ready);
            assertThat(ready.path("models").toString()).isEqualTo("[\"digits\",\"kws_dscnn\"]");
            String url = ready.path("url").asString();
            // the project has a rate, so it is run too, and all is ready when that decides
            int health = 0;
            for (int i = 0; i < 600 && health != 200; i++) {
                Thread.sleep(100);
                health = ask(client, url + "/v2/health/ready", "").statusCode();
            }
            assertThat(health).isEqualTo(200);
            JsonNode model = Context.JSON.readTree(
                    ask(client, url + "/v2/models/digits", "").body());
            JsonNode input = model.path("inputs").path(0);
            int elements = 1;
            for (JsonNode size : input.path("shape")) {
                elements *= Math.max(1, size.asInt());
            }
            HttpResponse<String> answer = ask(client, url + "/v2/models/digits/infer", """
                    {"inputs": [{"name": "%s", "datatype": "FP32", "shape": %s, "data": %s}]}""".formatted(
                            input.path("name").asString(),
                            input.path("shape").toString().replace("-1", "1"),
                            Arrays.toString(new int[elements])));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            // the pipeline ends in one class and its score
            assertThat(Context.JSON.readTree(answer.body()).path("outputs").size())
                    .isEqualTo(2);
            agent.destroy();
            assertThat(agent.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(agent.exitValue()).isZero();
        } finally {
            agent.destroyForcibly();
        }
    }

    @Test
    void sigtermWhileAModelIsLoaded() throws Exception {
        // its first inference, by which it is made ready, takes a minute
        List<Node> nodes = new ArrayList<>(List.of(Node.of("Expand", List.of("x", "shape"), List.of("m0"))));
        int size = 1024;
        int times = 2000;
        for (int i = 0; i < times; i++) {
            nodes.add(Node.of("MatMul", List.of("m" + i, "w"), List.of("m" + (i + 1))));
        }
        nodes.add(Node.of("ReduceMax", List.of("m" + times), List.of("y")));
        Path model = OddModels.write(
                folder.resolve("slow.onnx"),
                Model.of(
                        Graph.of(
                                "slow",
                                nodes,
                                List.of(
                                        OddModels.random("w", 1, size, size),
                                        Tensor.ofLongs("shape", new long[] {2}, size, size)),
                                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 1))),
                                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(1, 1)))),
                        17));
        int port;
        try (var any = new ServerSocket(0)) {
            port = any.getLocalPort();
        }
        Process agent = start(model.toString(), "--port", Integer.toString(port));
        try (HttpClient client = HttpClient.newHttpClient()) {
            String health = "http://127.0.0.1:" + port + "/v2/health/";
            boolean live = false;
            for (int i = 0; i < 600 && !live && agent.isAlive(); i++) {
                Thread.sleep(100);
                try {
                    live = ask(client, health + "live", "").statusCode() == 200;
                } catch (ConnectException notYet) {
                    // it is starting
                }
            }
            assertThat(live).as(Files.readString(folder.resolve("err.txt"))).isTrue();
            Thread.sleep(2000);
            assertThat(ask(client, health + "ready", "").statusCode()).isEqualTo(503);
            agent.destroy();
            assertThat(agent.waitFor(5, TimeUnit.SECONDS)).isTrue();
            assertThat(agent.exitValue()).isZero();
        } finally {
            agent.destroyForcibly();
        }
    }

    @Test
    void whatCantBeServed() {
        var console = new Console(folder);
        assertThat(console.run("agent", folder.resolve("nothing.onnx"))).isEqualTo(2);
        assertThat(console.err()).contains("there is no such model");
        assertThat(console.run("agent")).isEqualTo(2);
        assertThat(console.run("agent", "m.onnx", "--port", "70000")).isEqualTo(2);
        assertThat(console.err()).contains("65535");
        assertThat(console.run("agent", "m.onnx", "--tls-cert", "c.pem")).isEqualTo(2);
        assertThat(console.err()).contains("--tls-key");
        assertThat(console.run("agent", "m.onnx", "--threads", "100000")).isEqualTo(2);
        assertThat(console.err()).contains("between 1 and 1024");
        assertThat(console.run("agent", "m.onnx", "--limit-body", "much")).isEqualTo(2);
        assertThat(console.run("agent", "m.onnx", "--otlp", "file:/tmp/x")).isEqualTo(2);
        assertThat(console.run("agent", "m.onnx", "--address", "0.0.0.0")).isEqualTo(2);
        assertThat(console.err()).contains("warning").contains("--tls-cert");
    }
}
