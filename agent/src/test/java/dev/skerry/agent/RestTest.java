package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.skerry.model.DataType;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The protocol over HTTP, against the schema that comes with its specification. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class RestTest {
    @TempDir
    static Path folder;

    private static Served served;
    private static SchemaRegistry schemas;

    @BeforeAll
    static void start() throws IOException {
        try (InputStream in = RestTest.class.getResourceAsStream("open_inference_rest.json")) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            schemas = SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    builder -> builder.schemas(java.util.Map.of("https://spec/rest", text)));
        }
        served = Served.models(
                SmallModels.doubling(folder),
                SmallModels.mirror(
                        folder,
                        List.of(
                                DataType.BOOL,
                                DataType.UINT8,
                                DataType.INT8,
                                DataType.INT16,
                                DataType.INT32,
                                DataType.INT64,
                                DataType.FLOAT16,
                                DataType.FLOAT,
                                DataType.DOUBLE,
                                DataType.STRING)),
                SmallModels.nonZero(folder),
                SmallModels.logarithm(folder),
                SmallModels.picking(folder));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    private static JsonNode valid(String type, HttpResponse<byte[]> response) {
        assertThat(response.statusCode())
                .as(new String(response.body(), StandardCharsets.UTF_8))
                .isEqualTo(200);
        int json = response.headers()
                .firstValue("Inference-Header-Content-Length")
                .map(Integer::parseInt)
                .orElse(response.body().length);
        String text = new String(response.body(), 0, json, StandardCharsets.UTF_8);
        Schema schema = schemas.getSchema(SchemaLocation.of("https://spec/rest#/$defs/" + type));
        assertThat(schema.validate(Served.JSON.readTree(text))).as(text).isEmpty();
        return Served.JSON.readTree(text);
    }

    private static String doubling(String data) {
        return """
                {"id": "42", "inputs": [{"name": "x", "shape": [2, 3], "datatype": "FP32", "data": %s}]}""".formatted(data);
    }

    @Test
    void metadata() {
        JsonNode server = valid("metadata_server_response", served.get("/v2"));
        assertThat(server.path("extensions").toString())
                .contains("binary_tensor_data")
                .doesNotContain("shared");
        valid("metadata_server_response", served.get("/v2/"));
        JsonNode model = valid("metadata_model_response", served.get("/v2/models/doubling"));
        assertThat(model.path("inputs").toString())
                .isEqualTo("[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,3]}]");
        assertThat(served.get("/v2/models/doubling/versions/1").body())
                .isEqualTo(served.get("/v2/models/doubling").body());
        for (String path : List.of(
                "/v2/health/live",
                "/v2/health/ready",
                "/v2/models/doubling/ready",
                "/v2/models/doubling/versions/1/ready")) {
            assertThat(served.get(path).statusCode()).as(path).isEqualTo(200);
        }
    }

    @Test
    void flatAndNestedDataAreTheSame() {
        for (String data : List.of("[0, 1, 2, 3, 4, 5.5]", "[[0, 1, 2], [3, 4, 5.5]]")) {
            JsonNode answer = valid("inference_response", served.infer("doubling", doubling(data)));
            assertThat(answer.path("id").asString()).isEqualTo("42");
            assertThat(answer.path("model_version").asString()).isEqualTo("1");
            JsonNode output = answer.path("outputs").path(0);
            assertThat(output.path("shape").toString()).isEqualTo("[2,3]");
            assertThat(output.path("data").toString()).isEqualTo("[0.0,2.0,4.0,6.0,8.0,11.0]");
        }
    }

    @Test
    void shapesThatChangeFromRequestToRequest() {
        for (int round = 0; round < 3; round++) {
            for (int rows = 1; rows <= 7; rows++) {
                String data = Arrays.toString(new int[rows * 3]);
                JsonNode answer = valid("inference_response", served.infer("doubling", """
                        {"inputs": [{"name": "x", "shape": [%d, 3], "datatype": "FP32", "data": %s}]}""".formatted(rows, data)));
                assertThat(answer.path("outputs").path(0).path("data").size()).isEqualTo(rows * 3);
            }
        }
    }

    @Test
    void dataBeforeWhatItIs() {
        JsonNode answer = valid("inference_response", served.infer("doubling", """
                {"inputs": [{"data": [[1, 2, 3]], "datatype": "FP32", "parameters": {"é": "日本"}, "shape": [1, 3], "name": "x"}]}"""));
        assertThat(answer.path("outputs").path(0).path("data").toString()).isEqualTo("[2.0,4.0,6.0]");
    }

    @Test
    void everyDatatypeThereAndBack() {
        String inputs = """
                {"name": "in_bool", "shape": [2, 2], "datatype": "BOOL", "data": [true, false, false, true]},
                {"name": "in_uint8", "shape": [2, 2], "datatype": "UINT8", "data": [0, 1, 254, 255]},
                {"name": "in_int8", "shape": [2, 2], "datatype": "INT8", "data": [-128, -1, 0, 127]},
                {"name": "in_int16", "shape": [2, 2], "datatype": "INT16", "data": [-32768, -1, 0, 32767]},
                {"name": "in_int32", "shape": [2, 2], "datatype": "INT32", "data": [-2147483648, -1, 0, 2147483647]},
                {"name": "in_int64", "shape": [2, 2], "datatype": "INT64",
                 "data": [-9223372036854775808, -1, 0, 9223372036854775807]},
                {"name": "in_float16", "shape": [2, 2], "datatype": "FP16", "data": [0.5, -2, 65504, 6.1035156E-5]},
                {"name": "in_float32", "shape": [2, 2], "datatype": "FP32", "data": [0.1, -1E-45, 3.4028235E38, 1]},
                {"name": "in_float64", "shape": [2, 2], "datatype": "FP64", "data": [0.1, -4.9E-324, 1.7976931348623157E308, 1]},
                {"name": "in_string", "shape": [2, 2], "datatype": "BYTES", "data": ["", "a", "é日本\\n", "\\u0000"]}""";
        JsonNode sent = Served.JSON.readTree("[" + inputs + "]");
        JsonNode answer = valid("inference_response", served.infer("mirror", "{\"inputs\": [" + inputs + "]}"));
        for (int i = 0; i < sent.size(); i++) {
            JsonNode input = sent.path(i);
            JsonNode output = answer.path("outputs").path(i);
            assertThat(output.path("datatype")).isEqualTo(input.path("datatype"));
            for (int e = 0; e < 4; e++) {
                JsonNode wanted = input.path("data").path(e);
                JsonNode found = output.path("data").path(e);
                if (wanted.isNumber() && input.path("datatype").asString().equals("FP32")) {
                    assertThat(found.floatValue()).isEqualTo(wanted.floatValue());
                } else if (wanted.isNumber()) {
                    assertThat(found.doubleValue()).isEqualTo(wanted.doubleValue());
                } else {
                    assertThat(found).isEqualTo(wanted);
                }
            }
        }
    }

    @Test
    void bytesAfterTheJson() {
        ByteBuffer x = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(1)
                .putFloat(Float.NaN)
                .putFloat(3);
        HttpResponse<byte[]> answer = served.infer("doubling", """
                {"parameters": {"binary_data_output": true},
                 "inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "parameters": {"binary_data_size": 12}}]}""", x.array());
        JsonNode json = valid("inference_response", answer);
        assertThat(json.path("outputs")
                        .path(0)
                        .path("parameters")
                        .path("binary_data_size")
                        .asInt())
                .isEqualTo(12);
        assertThat(json.path("outputs").path(0).has("data")).isFalse();
        byte[] body = answer.body();
        ByteBuffer y = ByteBuffer.wrap(body, body.length - 12, 12).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(y.getFloat()).isEqualTo(2);
        assertThat(y.getFloat()).isNaN();
        assertThat(y.getFloat()).isEqualTo(6);
        // an output's own word overrules that of the request
        json = valid("inference_response", served.infer("doubling", """
                {"parameters": {"binary_data_output": true},
                 "outputs": [{"name": "y", "parameters": {"binary_data": false}}],
                 "inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}"""));
        assertThat(json.path("outputs").path(0).path("data").toString()).isEqualTo("[2.0,4.0,6.0]");
    }

    @Test
    void outputsWhoseSizeTheContentSays() {
        for (String data : List.of("[0, 0, 0, 0]", "[0, 1, 1, 0]", "[1, 1, 1, 1]", "[0, 1, 1, 0]")) {
            JsonNode answer = valid("inference_response", served.infer("nonzero", """
                    {"inputs": [{"name": "x", "shape": [4], "datatype": "FP32", "data": %s}]}""".formatted(data)));
            long ones = data.chars().filter(c -> c == '1').count();
            assertThat(answer.path("outputs").path(0).path("shape").toString()).isEqualTo("[1," + ones + "]");
        }
    }

    @Test
    void aValueThatJsonHasNoWordFor() {
        HttpResponse<byte[]> answer = served.infer("log", """
                {"inputs": [{"name": "x", "shape": [1], "datatype": "FP32", "data": [-1]}]}""");
        assertThat(answer.statusCode()).isEqualTo(406);
        assertThat(Served.error(answer)).contains("output y").contains("NaN").contains("binary_data_output");
    }

    @Test
    void aModelThatFailsForOneInputGoesOnForOthers() {
        String request = """
                {"inputs": [{"name": "index", "shape": [1], "datatype": "INT64", "data": [%d]}]}""";
        for (int round = 0; round < 3; round++) {
            assertThat(served.infer("picking", request.formatted(7)).statusCode())
                    .isEqualTo(400);
            JsonNode answer = valid("inference_response", served.infer("picking", request.formatted(2)));
            assertThat(answer.path("outputs").path(0).path("data").toString()).isEqualTo("[3.0]");
        }
    }

    @Test
    void statisticsAndMetrics() {
        served.infer("doubling", doubling("[0, 1, 2, 3, 4, 5]"));
        served.infer("doubling", "{}");
        JsonNode stats = Served.json(served.get("/v2/models/doubling/stats"))
                .path("model_stats")
                .path(0);
        assertThat(stats.path("inference_count").asLong()).isPositive();
        assertThat(stats.path("inference_stats")
                        .path("compute_infer")
                        .path("ns")
                        .asLong())
                .isPositive();
        assertThat(stats.path("inference_stats").path("fail").path("count").asLong())
                .isPositive();
        String text = new String(served.get("/metrics").body(), StandardCharsets.UTF_8);
        assertThat(text)
                .contains("# TYPE skerry_requests_total counter")
                .contains("skerry_request_failures_total{model=\"doubling\",reason=\"serve.request\"}")
                .contains("skerry_infer_duration_seconds_bucket{le=\"+Inf\",model=\"doubling\"}")
                .contains(
                        "skerry_model_info{model=\"doubling\",platform=\"onnx_onnxv1\",runtime=\"onnxruntime\",version=\"1\"} 1")
                .contains("process_resident_memory_bytes");
        for (String line : text.lines().toList()) {
            assertThat(line).matches("#.*|[a-z_]+(\\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*})? [-+0-9.E]+");
        }
        HttpResponse<byte[]> open = served.send(HttpRequest.newBuilder(served.at("/metrics"))
                .header("Accept", "application/openmetrics-text; version=1.0.0"));
        assertThat(open.headers().firstValue("content-type").orElse("")).startsWith("application/openmetrics-text");
        assertThat(new String(open.body(), StandardCharsets.UTF_8))
                .endsWith("# EOF\n")
                .contains("# TYPE skerry_requests counter\n");
    }

    @Test
    void aTraceContextComesBack() {
        String context = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        HttpResponse<byte[]> answer = served.send(HttpRequest.newBuilder(served.at("/v2/models/doubling/infer"))
                .header("traceparent", context)
                .POST(HttpRequest.BodyPublishers.ofString(doubling("[0, 1, 2, 3, 4, 5]"))));
        assertThat(answer.headers().firstValue("traceparent")).contains(context);
    }

    @Test
    void errorsSayWhatToDo() {
        assertThat(Served.error(served.get("/v2/models/dubling"))).contains("try doubling");
        assertThat(Served.error(served.get("/v2/models/doubling/versions/7"))).contains("it has version 1");
        assertThat(Served.error(served.get("/v2/models"))).contains("served are doubling, mirror");
        assertThat(Served.error(served.get("/v2/helth/live"))).contains("try /v2/health/live");
        assertThat(served.get("/v2/models/doubling/infer").statusCode()).isEqualTo(405);
        assertThat(served.post("/v2", "{}").statusCode()).isEqualTo(405);
        assertThat(Served.error(served.infer("doubling", "{\"inputs\": []}")))
                .contains("input 'x': the input is missing")
                .contains("FP32[?×3]");
        assertThat(Served.error(served.infer("doubling", """
                {"outputs": [{"name": "z"}], "inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]}"""))).contains("no output 'z'");
        assertThat(Served.error(served.infer("doubling", """
                {"parameters": {"sequence_id": 7}, "inputs": []}"""))).contains("sequences");
        assertThat(Served.error(served.post("/v2/systemsharedmemory/region/r/register", "{}")))
                .contains("--client-shm");
    }
}
