package dev.skerry.agent;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.problem.Suggestion;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The Open Inference Protocol over HTTP with JSON, its extensions, and {@code /metrics}. */
final class RestApi {
    static final HeaderName JSON_BYTES = HeaderNames.create("Inference-Header-Content-Length");
    private static final HeaderName TIMEOUT = HeaderNames.create("Request-Timeout");
    private static final JsonMapper JSON = new JsonMapper();
    private static final int LARGEST_SMALL_BODY = 64 << 10;

    private final Protocol protocol;
    private final Bodies bodies;
    private final RequestJson requests;
    private final Metrics metrics;
    private final ClientRates rates;
    private final LongSupplier nanoTime;

    RestApi(
            Protocol protocol,
            Bodies bodies,
            RequestJson requests,
            Metrics metrics,
            ClientRates rates,
            LongSupplier nanoTime) {
        this.protocol = protocol;
        this.bodies = bodies;
        this.requests = requests;
        this.metrics = metrics;
        this.rates = rates;
        this.nanoTime = nanoTime;
    }

    /** One request, to its answer. */
    void handle(ServerRequest request, ServerResponse response) {
        long arrived = nanoTime.getAsLong();
        List<String> path = path(request.path().rawPath());
        try {
            route(request, response, path, arrived);
        } catch (ProblemException expected) {
            fail(request, response, model(path), expected.problem(), arrived);
        } catch (OutOfMemoryError full) {
            Problem problem = Problem.environment("serve.memory", "the memory for this request can't be had")
                    .attempt("fewer large requests at once")
                    .attempt("SKERRY_JAVA_OPTIONS=-Xmx with more");
            fail(request, response, model(path), problem, arrived);
        } catch (CloseConnectionException gone) {
            throw gone;
        } catch (RuntimeException defect) {
            Problem problem = Problem.environment("defect", "the agent has a defect: " + defect);
            fail(request, response, model(path), problem, arrived);
        }
        closeIfAsked(request);
    }

    private void route(ServerRequest request, ServerResponse response, List<String> path, long arrived) {
        String first = path.isEmpty() ? "" : path.getFirst();
        if (first.equals("metrics") && path.size() == 1) {
            require(request, "GET");
            metrics(request, response);
            return;
        }
        if (!first.equals("v2")) {
            throw unknown(request).toException();
        }
        switch (path.size() == 1 ? "" : path.get(1)) {
            case "" -> {
                require(request, "GET");
                send(request, response, server());
            }
            case "health" -> {
                require(request, "GET");
                health(response, path, request);
            }
            case "models" -> model(request, response, path, arrived);
            case "systemsharedmemory" -> sharedMemory(request, response, path);
            default -> throw unknown(request).toException();
        }
    }

    private void health(ServerResponse response, List<String> path, ServerRequest request) {
        String which = path.size() == 3 ? path.get(2) : "";
        boolean healthy = switch (which) {
            case "live" -> true;
            case "ready" -> protocol.models().allReady();
            default -> throw unknown(request).toException();
        };
        sendHealth(request, response, which, healthy);
    }

    private void sendHealth(ServerRequest request, ServerResponse response, String which, boolean healthy) {
        response.status(healthy ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
        send(request, response, JSON.createObjectNode().put(which, healthy));
    }

    private ObjectNode server() {
        ObjectNode json = JSON.createObjectNode().put("name", Protocol.SERVER).put("version", protocol.version());
        protocol.extensions().forEach(json.putArray("extensions")::add);
        return json;
    }

    /** {@code v2/models[/NAME[/versions/VERSION]][/ready|/infer|/stats]}. */
    private void model(ServerRequest request, ServerResponse response, List<String> path, long arrived) {
        if (path.size() == 3 && path.get(2).equals("stats") || path.size() == 2) {
            require(request, "GET");
            if (path.size() == 2) {
                throw Problem.usage("serve.path", "a model's name is missing")
                        .because("served are "
                                + String.join(", ", protocol.models().names()))
                        .attempt("/v2/models/" + protocol.models().names().getFirst())
                        .toException();
            }
            send(
                    request,
                    response,
                    Statistics.of(protocol.models(), protocol.models().names()));
            return;
        }
        String name = path.get(2);
        boolean versioned = path.size() > 4 && path.get(3).equals("versions");
        String version = versioned ? path.get(4) : "";
        List<String> rest = path.subList(versioned ? 5 : 3, path.size());
        String action = rest.isEmpty() ? "" : rest.getFirst();
        if (rest.size() > 1 || !List.of("", "ready", "infer", "stats").contains(action)) {
            throw unknown(request).toException();
        }
        protocol.models().state(name);
        if (action.equals("infer")) {
            require(request, "POST");
            rates.take(client(request));
            infer(request, response, name, version, arrived);
            return;
        }
        require(request, "GET");
        switch (action) {
            case "ready" ->
                sendHealth(request, response, "ready", protocol.models().isReady(name, version));
            case "stats" -> {
                protocol.models().ready(name, version);
                send(request, response, Statistics.of(protocol.models(), List.of(name)));
            }
            default -> send(request, response, metadata(protocol.models().ready(name, version)));
        }
    }

    private static ObjectNode metadata(ServedModel served) {
        OpenModel model = served.model();
        ObjectNode json = JSON.createObjectNode().put("name", served.name());
        json.putArray("versions").add(model.version());
        json.put("platform", model.platform());
        model.inputs().forEach(form -> tensor(json.withArray("inputs").addObject(), form));
        model.outputs().forEach(form -> tensor(json.withArray("outputs").addObject(), form));
        return json;
    }

    private static void tensor(ObjectNode json, TensorForm form) {
        json.put("name", form.name()).put("datatype", form.type().name());
        Arrays.stream(form.dims()).forEach(json.putArray("shape")::add);
    }

    private void infer(ServerRequest request, ServerResponse response, String name, String version, long arrived) {
        protocol.models().ready(name, version);
        request.headers().value(HeaderNames.CONTENT_ENCODING).ifPresent(RestApi::requireIdentity);
        try (Bodies.Held held = bodies.holding(Connections.Ends.of(request))) {
            byte[] body = bodies.all(
                    request.content().inputStream(), request.headers().contentLength(), held);
            int jsonBytes = request.headers()
                    .value(JSON_BYTES)
                    .map(text -> jsonBytes(text, body.length))
                    .orElse(body.length);
            InferenceRequest read = withTimeout(requests.read(body, jsonBytes, held), request);
            Models.Answered answered = protocol.models().infer(name, version, read, arrived, held);
            ResponseJson.Body out = ResponseJson.write(name, answered.version(), read, answered.result(), held);
            if (out.isBinary()) {
                response.header(HeaderValues.create(JSON_BYTES, out.jsonBytes()));
                response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "application/octet-stream"));
            } else {
                response.header(HeaderValues.CONTENT_TYPE_JSON);
            }
            traced(request, response);
            send(request, response, out.bytes());
        }
    }

    /** A client that traces its requests finds its own context in the answer. */
    private static void traced(ServerRequest request, ServerResponse response) {
        HeaderName name = HeaderNames.create("traceparent");
        request.headers()
                .value(name)
                .filter(text -> text.matches("[0-9a-f-]{55}"))
                .ifPresent(context -> response.header(HeaderValues.create(name, context)));
    }

    private static void requireIdentity(String encoding) {
        if (!encoding.equalsIgnoreCase("identity")) {
            throw Problem.usage("serve.encoding", "bodies are taken as they are")
                    .at("header Content-Encoding")
                    .because("found " + RequestCheck.quoted(encoding))
                    .attempt("the request without compression")
                    .toException();
        }
    }

    private static int jsonBytes(String text, int whole) {
        long bytes;
        try {
            bytes = Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            bytes = -1;
        }
        if (bytes < 0 || bytes > whole) {
            throw Problem.usage("serve.request", "the JSON's length is not within the body")
                    .at("header " + JSON_BYTES.defaultCase())
                    .because("found " + RequestCheck.quoted(text) + ", the body has " + whole + " bytes")
                    .toException();
        }
        return (int) bytes;
    }

    private static InferenceRequest withTimeout(InferenceRequest read, ServerRequest request) {
        return request.headers()
                .value(TIMEOUT)
                .map(text -> read.within(Timeouts.header(text)))
                .orElse(read);
    }

    /** {@code v2/systemsharedmemory[/region/NAME]/status|register|unregister}. */
    private void sharedMemory(ServerRequest request, ServerResponse response, List<String> path) {
        boolean named = path.size() == 5 && path.get(2).equals("region");
        if (!named && path.size() != 3) {
            throw unknown(request).toException();
        }
        String region = named ? path.get(3) : "";
        switch (path.getLast()) {
            case "status" -> {
                require(request, "GET");
                var json = JSON.createArrayNode();
                for (SharedRegions.Region each : protocol.regions().status(region)) {
                    json.addObject()
                            .put("name", each.name())
                            .put("key", each.key())
                            .put("offset", each.offset())
                            .put("byte_size", each.bytes());
                }
                send(request, response, json);
            }
            case "register" -> {
                require(request, "POST");
                JsonNode json = small(request);
                protocol.regions()
                        .register(
                                region,
                                json.path("key").asString(""),
                                integer(json, "offset", 0),
                                integer(json, "byte_size", -1));
                send(request, response, JSON.createObjectNode());
            }
            case "unregister" -> {
                require(request, "POST");
                protocol.regions().unregister(region);
                send(request, response, JSON.createObjectNode());
            }
            default -> throw unknown(request).toException();
        }
    }

    private static long integer(JsonNode json, String name, long absent) {
        JsonNode number = json.path(name);
        if (number.isMissingNode()) {
            return absent;
        }
        if (!number.isIntegralNumber() || !number.canConvertToLong()) {
            throw Problem.usage("serve.request", "expected an integer")
                    .at(name)
                    .because("found " + RequestCheck.quoted(number.toString()))
                    .toException();
        }
        return number.longValue();
    }

    private JsonNode small(ServerRequest request) {
        OptionalLong length = request.headers().contentLength();
        if (length.isPresent() && length.getAsLong() > LARGEST_SMALL_BODY) {
            throw Problem.usage("serve.too-large", "the request is larger than any of its kind")
                    .because(length.getAsLong() + " bytes")
                    .toException();
        }
        try (Bodies.Held held = bodies.holding(Connections.Ends.of(request))) {
            return JSON.readTree(bodies.all(request.content().inputStream(), length, held));
        } catch (JacksonException broken) {
            throw Problem.usage("serve.request", "the body is no JSON")
                    .because(RequestJson.words(broken))
                    .toException();
        }
    }

    private void metrics(ServerRequest request, ServerResponse response) {
        boolean open = request.headers()
                .value(HeaderNames.ACCEPT)
                .map(accepted -> accepted.contains("application/openmetrics-text"))
                .orElse(false);
        response.header(HeaderValues.create(
                HeaderNames.CONTENT_TYPE,
                open
                        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                        : "text/plain; version=0.0.4; charset=utf-8"));
        send(request, response, Exposition.write(metrics.families(), open).getBytes(StandardCharsets.UTF_8));
    }

    private void fail(ServerRequest request, ServerResponse response, String model, Problem problem, long arrived) {
        protocol.models().failed(model, problem, arrived);
        Answer answer = Answer.to(problem);
        if (answer == Answer.BUSY) {
            response.header(HeaderValues.create(HeaderNames.RETRY_AFTER, 1));
        }
        boolean left = isHttp1(request)
                && !request.content().consumed()
                && request.headers().contentLength().orElse(1) != 0;
        if (left) {
            // HTTP/2 ends the stream by itself
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        response.status(Status.create(answer.http()));
        send(
                request,
                response,
                JSON.createObjectNode().put("error", problem.toString()).put("code", problem.code()));
        if (left) {
            bodies.linger(request.content().inputStream(), Connections.Ends.of(request));
            throw new CloseConnectionException("the rest of the body is not read");
        }
    }

    private static boolean isHttp1(ServerRequest request) {
        return request.prologue().protocolVersion().startsWith("1");
    }

    /** The server leaves it to the client, which may wait for the end instead. */
    private static void closeIfAsked(ServerRequest request) {
        if (isHttp1(request) && request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the client asked for it");
        }
    }

    private void send(ServerRequest request, ServerResponse response, JsonNode json) {
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        send(request, response, JSON.writeValueAsBytes(json));
    }

    private void send(ServerRequest request, ServerResponse response, byte[] body) {
        try (Connections.Transfer _ = bodies.transfer(Connections.Ends.of(request))) {
            response.send(body);
        }
    }

    private static void require(ServerRequest request, String method) {
        String found = request.prologue().method().text();
        if (!found.equals(method) && !(found.equals("HEAD") && method.equals("GET"))) {
            throw Problem.usage("serve.method", "this is asked for with " + method)
                    .at(RequestCheck.quoted(request.path().rawPath()))
                    .because("found " + RequestCheck.quoted(found))
                    .toException();
        }
    }

    private static Problem unknown(ServerRequest request) {
        String path = request.path().rawPath();
        var problem =
                Problem.usage("serve.path", "nothing is served at this path").at(RequestCheck.quoted(path));
        if (path.length() > 200) {
            return problem;
        }
        return Suggestion.nearest(
                        path, List.of("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/stats", "/metrics"))
                .map(problem::attempt)
                .orElse(problem.attempt("/v2, /v2/models/NAME or /v2/models/NAME/infer"));
    }

    static String client(ServerRequest request) {
        return request.remotePeer().host();
    }

    /** The parts between slashes, decoded one by one, so that a name may have a slash in it. */
    private static List<String> path(String raw) {
        return Arrays.stream(raw.split("/"))
                .filter(part -> !part.isEmpty())
                .map(RestApi::decoded)
                .toList();
    }

    private static String decoded(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notEncoded) {
            return part;
        }
    }

    private static String model(List<String> path) {
        return path.size() > 2 && path.get(1).equals("models") ? path.get(2) : "";
    }
}
