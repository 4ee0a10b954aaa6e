package dev.skerry.agent;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An agent on any free port, and a client of the JDK. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class Served implements AutoCloseable {
    static final JsonMapper JSON = new JsonMapper();

    private final Agent agent;
    private final HttpClient client = HttpClient.newHttpClient();

    private Served(Agent agent) {
        this.agent = agent;
    }

    static Served models(Path... files) {
        return with(Listening.local(), files);
    }

    static Served with(Listening listening, Path... files) {
        return new Served(Agent.start(plan(listening, files), System::nanoTime, InstantSource.system()));
    }

    static AgentPlan plan(Listening listening, Path... files) {
        List<Target> targets = Arrays.stream(files)
                .<Target>map(
                        file -> new Target.Bare(file.getFileName().toString().replaceFirst("\\.[^.]*$", ""), file))
                .toList();
        return new AgentPlan(targets, 1, 1, listening, "test");
    }

    static Listening limited(Limits limits) {
        Listening local = Listening.local();
        return new Listening(local.address(), 0, -1, null, false, limits, local.drain(), null, local.exportEvery());
    }

    static Listening holding(long heldBytes) {
        Limits d = Limits.DEFAULT;
        var limits = new Limits(
                d.bodyBytes(),
                heldBytes,
                d.tensorElements(),
                d.jsonDepth(),
                d.headerBytes(),
                d.connections(),
                d.requestsPerSecond(),
                d.queued(),
                d.readTime(),
                d.sharedRegions());
        Listening local = Listening.local();
        return new Listening(local.address(), 0, -1, null, true, limits, local.drain(), null, local.exportEvery());
    }

    static Limits limits(int bodyBytes, double rate, int queued, Duration read) {
        Limits d = Limits.DEFAULT;
        return new Limits(
                bodyBytes,
                d.heldBytes(),
                d.tensorElements(),
                d.jsonDepth(),
                d.headerBytes(),
                d.connections(),
                rate,
                queued,
                read,
                d.sharedRegions());
    }

    Agent agent() {
        return agent;
    }

    int port() {
        return agent.port();
    }

    URI at(String path) {
        return URI.create("http://127.0.0.1:" + agent.port() + path);
    }

    /** Once more where a kept connection turns out to have been closed for its silence. */
    HttpResponse<byte[]> send(HttpRequest.Builder request) {
        HttpRequest once = request.timeout(Duration.ofSeconds(30)).build();
        try {
            try {
                return client.send(once, HttpResponse.BodyHandlers.ofByteArray());
            } catch (IOException closed) {
                return client.send(once, HttpResponse.BodyHandlers.ofByteArray());
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<byte[]> get(String path) {
        return send(HttpRequest.newBuilder(at(path)));
    }

    HttpResponse<byte[]> post(String path, String json) {
        return send(HttpRequest.newBuilder(at(path)).POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpResponse<byte[]> infer(String model, String json) {
        return post("/v2/models/" + model + "/infer", json);
    }

    /** JSON, then bytes. */
    HttpResponse<byte[]> infer(String model, String json, byte[] tail) {
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        byte[] body = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, body, head.length, tail.length);
        return send(HttpRequest.newBuilder(at("/v2/models/" + model + "/infer"))
                .header("Inference-Header-Content-Length", Integer.toString(head.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    static JsonNode json(HttpResponse<byte[]> response) {
        return JSON.readTree(response.body());
    }

    static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    static String error(HttpResponse<byte[]> response) {
        return json(response).path("error").asString("");
    }

    @Override
    public void close() {
        client.close();
        agent.close();
    }
}
