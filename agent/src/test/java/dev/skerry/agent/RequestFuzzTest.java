package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.skerry.agent.proto.InferParameter;
import dev.skerry.agent.proto.InferTensorContents;
import dev.skerry.agent.proto.ModelInferRequest;
import dev.skerry.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Requests that are mutated at random from a fixed seed: what comes of them is a request or a problem, nothing else. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class RequestFuzzTest {
    private static final int ROUNDS = 30_000;
    private static final List<String> WORDS = List.of(
            "\"name\"",
            "\"shape\"",
            "\"datatype\"",
            "\"data\"",
            "\"parameters\"",
            "\"binary_data_size\"",
            "\"BYTES\"",
            "\"UINT64\"",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "null",
            "true",
            "-1",
            "1e999",
            "99999999999999999999",
            "0",
            "\"\\ud800\"",
            "\"\\u0000\"");

    private final SplittableRandom random = new SplittableRandom(20261129);
    private final Limits limits = Limits.DEFAULT;
    private final RequestCheck check = new RequestCheck(
            "m",
            List.of(
                    new TensorForm("x", Datatype.FP32, new long[] {-1, 3}, true, false),
                    new TensorForm("s", Datatype.BYTES, new long[] {2}, true, false)),
            List.of(new TensorForm("y", Datatype.FP32, new long[] {-1, 3}, true, false)),
            limits);

    private byte[] mutated(byte[] seed, boolean text) {
        byte[] bytes = seed.clone();
        for (int change = random.nextInt(1, 5); change > 0 && bytes.length > 0; change--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(text ? 5 : 4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                case 3 -> {
                    int length = random.nextInt(Math.min(16, bytes.length - at) + 1);
                    bytes = joined(Arrays.copyOf(bytes, at + length), Arrays.copyOfRange(bytes, at, bytes.length));
                }
                default -> {
                    byte[] word = WORDS.get(random.nextInt(WORDS.size())).getBytes(StandardCharsets.UTF_8);
                    bytes = joined(joined(Arrays.copyOf(bytes, at), word), Arrays.copyOfRange(bytes, at, bytes.length));
                }
            }
        }
        return bytes;
    }

    private static byte[] joined(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private interface Attempt {
        InferenceRequest read() throws InvalidProtocolBufferException;
    }

    private int sound;
    private int broken;

    private void attempt(Attempt attempt) {
        try {
            InferenceRequest request = attempt.read();
            check.outputs(request.outputs());
            check.inputs(request.inputs());
            sound++;
        } catch (ProblemException problem) {
            assertThat(problem.problem().code()).startsWith("serve.");
            assertThat(Answer.to(problem.problem()).http()).isBetween(400, 499);
            assertThat(problem.getMessage()).hasSizeLessThan(2000);
            broken++;
        } catch (InvalidProtocolBufferException notOne) {
            broken++;
        }
    }

    @Test
    void json() {
        String json = """
                {"id": "7", "parameters": {"timeout": 5, "binary_data_output": false}, "outputs": [{"name": "y", "parameters": {"binary_data": true}}],
                 "inputs": [{"name": "x", "shape": [1, 3], "datatype": "FP32", "parameters": {"binary_data_size": 12}},
                            {"data": ["é", "b"], "name": "s", "shape": [2], "datatype": "BYTES"}]}""";
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        byte[] whole = joined(head, new byte[12]);
        var reader = new RequestJson(limits);
        attempt(() -> reader.read(whole, head.length, _ -> {}));
        assertThat(sound).isEqualTo(1);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] body = random.nextBoolean() ? joined(mutated(head, true), new byte[12]) : mutated(whole, true);
            int length = random.nextInt(4) == 0 ? random.nextInt(body.length + 1) : Math.max(0, body.length - 12);
            attempt(() -> reader.read(body, length, _ -> {}));
        }
        assertThat(sound).isGreaterThan(100);
        assertThat(broken).isGreaterThan(ROUNDS / 2);
    }

    @Test
    void protobuf() throws InvalidProtocolBufferException {
        ModelInferRequest message = ModelInferRequest.newBuilder()
                .setModelName("m")
                .putParameters(
                        "timeout", InferParameter.newBuilder().setInt64Param(5).build())
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("x")
                        .setDatatype("FP32")
                        .addShape(1)
                        .addShape(3)
                        .setContents(InferTensorContents.newBuilder().addAllFp32Contents(List.of(1f, 2f, 3f))))
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder()
                        .setName("s")
                        .setDatatype("BYTES")
                        .addShape(2)
                        .setContents(InferTensorContents.newBuilder()
                                .addBytesContents(ByteString.copyFromUtf8("a"))
                                .addBytesContents(ByteString.EMPTY)))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder()
                        .setName("y"))
                .build();
        byte[] seed = message.toByteArray();
        byte[] raw = message.toBuilder()
                .setInputs(0, message.getInputs(0).toBuilder().clearContents())
                .setInputs(1, message.getInputs(1).toBuilder().clearContents())
                .addRawInputContents(ByteString.copyFrom(new byte[12]))
                .addRawInputContents(ByteString.copyFrom(new byte[8]))
                .build()
                .toByteArray();
        var tensors = new GrpcTensors(limits);
        attempt(() -> tensors.request(ModelInferRequest.parseFrom(seed), _ -> {}));
        attempt(() -> tensors.request(ModelInferRequest.parseFrom(raw), _ -> {}));
        assertThat(sound).isEqualTo(2);
        for (int i = 0; i < ROUNDS; i++) {
            byte[] mutant = mutated(random.nextBoolean() ? seed : raw, false);
            attempt(() -> tensors.request(ModelInferRequest.parseFrom(mutant), _ -> {}));
        }
        assertThat(sound).isGreaterThan(100);
        assertThat(broken).isGreaterThan(ROUNDS / 4);
    }

    @Test
    void unsignedAndShortNumbersThereAndBack() {
        assertThat(thereAndBack("UINT16", "[0,65535]")).contains("\"data\":[0,65535]");
        assertThat(thereAndBack("UINT32", "[0,4294967295]")).contains("\"data\":[0,4294967295]");
        assertThat(thereAndBack("UINT64", "[0,18446744073709551615]")).contains("\"data\":[0,18446744073709551615]");
        assertThat(thereAndBack("BF16", "[1.5,-2]")).contains("\"data\":[1.5,-2.0]");
        // to the nearest, of two equally near ones to the even one
        assertThat(thereAndBack("BF16", "[1.00390625,1.01171875]")).contains("\"data\":[1.0,1.015625]");
    }

    private String thereAndBack(String type, String data) {
        byte[] json = """
                {"inputs": [{"name": "x", "shape": [2], "datatype": "%s", "data": %s}]}""".formatted(type, data).getBytes(StandardCharsets.UTF_8);
        InferenceRequest request = new RequestJson(limits).read(json, json.length, _ -> {});
        InferenceRequest.GivenTensor x = request.inputs().getFirst();
        var bytes = ((InferenceRequest.Content.Packed) x.content()).bytes();
        var result =
                new InferenceResult(List.of(new InferenceResult.Output("y", x.type(), x.dims(), bytes, List.of())));
        return new String(ResponseJson.write("m", "1", request, result, _ -> {}).bytes(), StandardCharsets.UTF_8);
    }
}
