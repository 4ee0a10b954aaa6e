package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients may try: the answer is a problem that names it, and others are served as before. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class AttackTest {
    private static final int BODY = 1 << 20;

    @TempDir
    static Path folder;

    private static Served served;

    @BeforeAll
    static void start() {
        served = Served.with(
                Served.limited(Served.limits(BODY, 0, 4, Duration.ofSeconds(1))),
                SmallModels.doubling(folder),
                SmallModels.mirror(folder, List.of(dev.skerry.model.DataType.STRING)),
                SmallModels.slow(folder));
    }

    @AfterAll
    static void stop() {
        served.close();
    }

    @AfterEach
    void servesAsBefore() {
        HttpResponse<byte[]> answer = served.infer("doubling", request("[1, 3]", "FP32", "[1, 2, 3]"));
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    private static String request(String shape, String type, String data) {
        return """
                {"inputs": [{"name": "x", "shape": %s, "datatype": "%s", "data": %s}]}""".formatted(shape, type, data);
    }

    private static void refused(int status, String says, HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode()).as(Served.error(answer)).isEqualTo(status);
        assertThat(Served.error(answer)).contains(says).hasSizeLessThan(1000);
    }

    /** What comes back for bytes that no client would send. */
    private static String raw(byte[] bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
            InputStream in = socket.getInputStream();
            byte[] answer = in.readNBytes(2000);
            return new String(answer, StandardCharsets.ISO_8859_1);
        } catch (java.net.SocketException reset) {
            return "";
        }
    }

    private static byte[] post(String headers, String body) {
        return ("POST /v2/models/doubling/infer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + "\r\n" + body)
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void shapesThatLie() {
        refused(400, "negative", served.infer("doubling", request("[-1, 3]", "FP32", "[]")));
        refused(413, "more elements", served.infer("doubling", request("[9223372036854775807, 3]", "FP32", "[1]")));
        refused(413, "more elements", served.infer("doubling", request("[4294967296, 4294967296, 3]", "FP32", "[1]")));
        refused(400, "doesn't fit a request of", served.infer("doubling", request("[50000000, 3]", "FP32", "[1]")));
        refused(400, "", served.infer("doubling", request("[99999999999999999999, 3]", "FP32", "[1]")));
        refused(400, "expected an integer", served.infer("doubling", request("[1.5, 3]", "FP32", "[1]")));
        refused(
                400,
                "at most 32 dimensions",
                served.infer("doubling", request("[" + "1,".repeat(40) + "3]", "FP32", "[1]")));
        refused(400, "more are given", served.infer("doubling", request("[1, 3]", "FP32", "[1,2,3,4]")));
        refused(400, "2 are given", served.infer("doubling", request("[1, 3]", "FP32", "[1,2]")));
        refused(400, "nested deeper", served.infer("doubling", request("[1, 3]", "FP32", "[[[1,2,3]]]")));
        refused(400, "not nested as deep", served.infer("doubling", request("[1, 3]", "FP32", "[[1,2,3],4]")));
        refused(400, "2 on axis 1", served.infer("doubling", request("[1, 3]", "FP32", "[[1,2]]")));
    }

    @Test
    void datatypesThatLie() {
        refused(
                400,
                "expected datatype FP32, found FP64",
                served.infer("doubling", request("[1, 3]", "FP64", "[1,2,3]")));
        refused(400, "no datatype 'float'", served.infer("doubling", request("[1, 3]", "float", "[1,2,3]")));
        refused(400, "element 1", served.infer("doubling", request("[1, 3]", "FP32", "[1,\"2\",3]")));
        refused(400, "found null", served.infer("doubling", request("[1, 3]", "FP32", "[1,null,3]")));
        refused(400, "expected INT8", served.infer("doubling", request("[1, 3]", "INT8", "[1,128,3]")));
        refused(400, "expected UINT8", served.infer("doubling", request("[1, 3]", "UINT8", "[1,-1,3]")));
        refused(
                400,
                "expected INT64",
                served.infer("doubling", request("[1, 3]", "INT64", "[1,9223372036854775808,3]")));
        refused(
                400,
                "expected UINT64",
                served.infer("doubling", request("[1, 3]", "UINT64", "[1,18446744073709551616,3]")));
    }

    @Test
    void numbersThatJsonDoesntHave() {
        for (String number : List.of("NaN", "Infinity", "-Infinity", "1e400", "1e39", "0x10", "01", "+1", "1.")) {
            HttpResponse<byte[]> answer = served.infer("doubling", request("[1, 3]", "FP32", "[1," + number + ",3]"));
            refused(400, "", answer);
        }
        refused(400, "element 0", served.infer("doubling", request("[1, 3]", "FP16", "[65520,1,1]")));
    }

    @Test
    void jsonThatIsNone() {
        refused(400, "is a JSON object", served.infer("doubling", ""));
        HttpResponse<byte[]> cut = served.infer("doubling", "{\"inputs\": [");
        refused(400, "no JSON", cut);
        assertThat(Served.error(cut))
                .contains("it ends before it is whole")
                .doesNotContain("Source")
                .doesNotContain("marker");
        cut = served.post("/v2/systemsharedmemory/region/r/register", "{\"key\": ");
        refused(400, "it ends before it is whole", cut);
        assertThat(Served.error(cut)).doesNotContain("Source");
        refused(400, "no JSON", served.infer("doubling", "{\"id\": \"a\", \"id\": \"b\", \"inputs\": []}"));
        refused(400, "is a JSON object", served.infer("doubling", "[]"));
        refused(400, "something follows", served.infer("doubling", request("[1, 3]", "FP32", "[1,2,3]") + "{}"));
        refused(400, "expected an array", served.infer("doubling", "{\"inputs\": {}}"));
        refused(
                400,
                "at most 1024 characters",
                served.infer("doubling", "{\"inputs\": [{\"name\": \"" + "n".repeat(5000) + "\"}]}"));
        refused(400, "is a JSON object", served.infer("doubling", "[".repeat(100_000)));
        refused(413, "(64)", served.infer("doubling", "{\"other\": " + "[".repeat(1000) + "]".repeat(1000) + "}"));
        refused(400, "nested deeper", served.infer("doubling", request("[1, 3]", "FP32", "[".repeat(1000))));
    }

    @Test
    void binarySizesThatLie() {
        String input = """
                {"inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "parameters": {"binary_data_size": %s}}]}""";
        byte[] twelve = new byte[12];
        assertThat(served.infer("doubling", input.formatted(12), twelve).statusCode())
                .isEqualTo(200);
        refused(400, "12 bytes are left after", served.infer("doubling", input.formatted(13), twelve));
        refused(400, "bytes are left that belong", served.infer("doubling", input.formatted(8), twelve));
        refused(400, "binary_data_size is -1", served.infer("doubling", input.formatted(-1), twelve));
        refused(400, "more bytes than there are", served.infer("doubling", input.formatted(Long.MAX_VALUE), twelve));
        refused(400, "expected an integer", served.infer("doubling", input.formatted("\"12\""), twelve));
        refused(400, "8 bytes", served.infer("doubling", input.formatted(8), new byte[8]));
        for (String length : List.of("-1", "99999999999", "x", "1000000")) {
            refused(
                    400,
                    "Inference-Header-Content-Length",
                    served.send(HttpRequest.newBuilder(served.at("/v2/models/doubling/infer"))
                            .header("Inference-Header-Content-Length", length)
                            .POST(HttpRequest.BodyPublishers.ofString("{}"))));
        }
    }

    @Test
    void stringsThatLie() {
        String input = """
                {"inputs": [{"name": "in_string", "shape": [2, 2], "datatype": "BYTES", "parameters": {"binary_data_size": %d}}]}""";
        byte[] empty = new byte[16];
        assertThat(served.infer("mirror", input.formatted(16), empty).statusCode())
                .isEqualTo(200);
        byte[] long1 = new byte[16];
        long1[3] = 0x7f;
        refused(400, "12 are left", served.infer("mirror", input.formatted(16), long1));
        byte[] negative = new byte[16];
        java.util.Arrays.fill(negative, 0, 4, (byte) -1);
        refused(400, "4294967295 bytes", served.infer("mirror", input.formatted(16), negative));
        refused(400, "can't hold as many", served.infer("mirror", input.formatted(15), new byte[15]));
        refused(400, "left after the last", served.infer("mirror", input.formatted(17), new byte[17]));
        byte[] noText = {1, 0, 0, 0, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        refused(400, "not UTF-8", served.infer("mirror", input.formatted(17), noText));
    }

    @Test
    void aBodyThatIsTooLarge() throws IOException {
        refused(413, "at most 1048576", served.infer("doubling", " ".repeat(BODY + 1)));
        // told before a byte of it was read
        assertThat(raw(post("Content-Length: 999999999999\r\n", "{")))
                .contains("413")
                .contains("serve.too-large");
        String chunk = "FFFF\r\n" + " ".repeat(0xffff) + "\r\n";
        assertThat(raw(post("Transfer-Encoding: chunked\r\n", chunk.repeat(18) + "0\r\n\r\n")))
                .contains("413");
    }

    @Test
    void headersThatLie() throws IOException {
        assertThat(raw(post("Content-Length: -5\r\n", "{}"))).startsWith("HTTP/1.1 4");
        assertThat(raw(post("Content-Length: x\r\n", "{}"))).startsWith("HTTP/1.1 4");
        assertThat(raw(post("X: " + "x".repeat(100_000) + "\r\n", ""))).doesNotContain("200 OK");
        // by the server, which knows no encodings
        assertThat(raw(post("Content-Length: 2\r\nContent-Encoding: gzip\r\n", "{}")))
                .startsWith("HTTP/1.1 4");
        String body = request("[1, 3]", "FP32", "[1, 2, 3]");
        assertThat(raw(post("Content-Length: " + body.length() + "\r\nRequest-Timeout: soon\r\n", body)))
                .startsWith("HTTP/1.1 400")
                .contains("Request-Timeout");
        assertThat(raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame at all, not one"
                        .getBytes(StandardCharsets.US_ASCII)))
                .doesNotContain("200 OK");
        assertThat(raw(new byte[] {22, 3, 1, 2, 0, 1, 0, 1, -4, 3, 3})).doesNotContain("200 OK");
    }

    @Test
    void aBodyThatNeverComes() throws IOException {
        long start = System.nanoTime();
        assertThat(raw(post("Content-Length: 100\r\n", "{"))).doesNotContain("200 OK");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    void connectionsThatSayNothing() throws IOException {
        for (String beginning : List.of("", "P", "POST /v2 HTTP/1.1\r\nX: ")) {
            long start = System.nanoTime();
            assertThat(raw(beginning.getBytes(StandardCharsets.US_ASCII))).doesNotContain("200 OK");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
        }
    }

    @Test
    void headersThatDrip() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
            OutputStream out = socket.getOutputStream();
            out.write("GET /v2 HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            int sent = 0;
            try {
                for (; sent < 80; sent++) {
                    out.write('x');
                    out.flush();
                    Thread.sleep(100);
                }
            } catch (IOException closed) {
                // as it should be
            }
            assertThat(sent).isLessThan(80);
        }
    }

    @Test
    void aBodyThatDrips() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(post("Content-Length: 1000\r\n", ""));
            String answer = "";
            for (int i = 0; i < 50 && answer.isEmpty(); i++) {
                try {
                    out.write(' ');
                    out.flush();
                } catch (IOException closed) {
                    break;
                }
                Thread.sleep(100);
                if (socket.getInputStream().available() > 0) {
                    answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
                }
            }
            assertThat(answer).isEqualTo("HTTP/1.1 408");
        }
    }

    @Test
    void aRefusedBodyThatNeverComes() throws IOException {
        long start = System.nanoTime();
        String answer = raw("POST /v2/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        assertThat(answer).startsWith("HTTP/1.1 404");
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    void anAnswerThatNobodyTakes() throws Exception {
        int rows = 1 << 20;
        try (Served patient = Served.with(
                        Served.limited(Served.limits(16 << 20, 0, 4, Duration.ofSeconds(1))),
                        folder.resolve("doubling.onnx"));
                var socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), patient.port()));
            byte[] json = """
                    {"parameters": {"binary_data_output": true}, "inputs": [{"name": "x", "shape": [%d, 3],
                    "datatype": "FP32", "parameters": {"binary_data_size": %d}}]}""".formatted(rows, rows * 12).getBytes(StandardCharsets.US_ASCII);
            OutputStream out = socket.getOutputStream();
            out.write(post(
                    "Inference-Header-Content-Length: " + json.length + "\r\nContent-Length: "
                            + (json.length + rows * 12) + "\r\n",
                    ""));
            out.write(json);
            out.write(new byte[rows * 12]);
            // what it holds is given back to the others
            long start = System.nanoTime();
            while (!Served.text(patient.get("/metrics")).contains("skerry_requests_held_bytes 0\n")) {
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
                Thread.sleep(50);
            }
        }
    }

    /** A frame of HTTP/2. */
    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return java.nio.ByteBuffer.allocate(9 + payload.length)
                .putShort((short) (payload.length >>> 8))
                .put((byte) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** The beginning of a call over gRPC: all of its headers, and nothing of its end. */
    private static byte[] call() throws IOException {
        var headers = new java.io.ByteArrayOutputStream();
        headers.write(new byte[] {(byte) 0x83, (byte) 0x86, 4}); // POST, http, path
        byte[] path = "/inference.GRPCInferenceService/ServerLive".getBytes(StandardCharsets.US_ASCII);
        headers.write(path.length);
        headers.write(path);
        headers.write(new byte[] {1, 1, 'a', 0x0f, 0x10, 16}); // authority, content-type
        headers.write("application/grpc".getBytes(StandardCharsets.US_ASCII));
        var bytes = new java.io.ByteArrayOutputStream();
        bytes.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        bytes.write(frame(4, 0, 0, new byte[0]));
        bytes.write(frame(1, 4, 1, headers.toByteArray()));
        return bytes.toByteArray();
    }

    @Test
    void callsThatNeverEnd() throws IOException {
        byte[] whole = {0, 0, 0, 0, 0};
        for (byte[] begun : List.of(new byte[0], java.util.Arrays.copyOf(whole, 3), whole)) {
            long start = System.nanoTime();
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), served.port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(call());
                socket.getOutputStream().write(frame(0, 0, 1, begun));
                socket.getInputStream().readAllBytes();
            } catch (java.net.SocketException reset) {
                // closed, and that is what is asked for
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
        }
    }

    @Test
    void manyConnectionsThatSayNothing() throws IOException {
        List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 900; i++) {
                var socket = new Socket();
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), served.port()), 5000);
                silent.add(socket);
            }
            assertThat(served.get("/v2/health/live").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void moreRequestsThanMayWait() {
        String slow = """
                {"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32", "data": [1]}]}""";
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 30; i++) {
                answers.add(CompletableFuture.supplyAsync(
                        () -> served.infer("slow", slow).statusCode(), threads));
            }
        }
        List<Integer> codes = answers.stream().map(CompletableFuture::join).toList();
        assertThat(codes).contains(200, 429).containsOnly(200, 429);
        assertThat(codes.stream().filter(code -> code == 200).count()).isGreaterThanOrEqualTo(5);
    }

    @Test
    void pathsThatLeadElsewhere() throws IOException {
        for (String path : List.of(
                "/v2/models/../../etc/passwd",
                "/v2/models/%2e%2e%2fdoubling",
                "/v2/models/doubling%00",
                "/%",
                "//",
                "/v2/models//infer")) {
            String answer = raw(("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(answer).as(path).startsWith("HTTP/1.1 4");
        }
        assertThat(Served.error(served.get("/v2/models/" + "m".repeat(5000)))).hasSizeLessThan(400);
        assertThat(Served.error(served.get("/v2/models/%1b%5b31m"))).doesNotContain("\u001b");
    }

    @Test
    void clientsThatAskTooOften() {
        try (Served few = Served.with(
                Served.limited(Served.limits(BODY, 2, 4, Duration.ofSeconds(5))), folder.resolve("doubling.onnx"))) {
            List<Integer> codes = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                codes.add(few.infer("doubling", request("[1, 3]", "FP32", "[1,2,3]"))
                        .statusCode());
            }
            assertThat(codes).contains(200, 429);
            // who asks whether it is alive is not counted
            assertThat(few.get("/v2/health/live").statusCode()).isEqualTo(200);
        }
    }
}
