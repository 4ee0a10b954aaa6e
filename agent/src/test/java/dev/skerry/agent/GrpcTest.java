package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.skerry.model.DataType;
import inference.GRPCInferenceServiceGrpc;
import inference.OpenInferenceGrpc.InferParameter;
import inference.OpenInferenceGrpc.InferTensorContents;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferRequest.InferInputTensor;
import inference.OpenInferenceGrpc.ModelInferResponse;
import inference.OpenInferenceGrpc.ModelMetadataRequest;
import inference.OpenInferenceGrpc.ModelMetadataResponse;
import inference.OpenInferenceGrpc.ModelReadyRequest;
import inference.OpenInferenceGrpc.ServerLiveRequest;
import inference.OpenInferenceGrpc.ServerMetadataRequest;
import inference.OpenInferenceGrpc.ServerReadyRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The protocol over gRPC, with a client that grpc-java's generator makes of the protocol's own file. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class GrpcTest {
    @TempDir
    static Path folder;

    private static Served served;
    private static ManagedChannel channel;
    private static GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub client;

    @BeforeAll
    static void start() {
        served = Served.models(
                SmallModels.doubling(folder),
                SmallModels.slow(folder),
                SmallModels.mirror(
                        folder,
                        List.of(
                                DataType.BOOL,
                                DataType.UINT8,
                                DataType.INT8,
                                DataType.INT16,
                                DataType.INT32,
                                DataType.INT64,
                                DataType.FLOAT,
                                DataType.DOUBLE,
                                DataType.STRING)));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", served.agent().grpcPort())
                .usePlaintext()
                .maxInboundMessageSize(64 << 20)
                .build();
        client = GRPCInferenceServiceGrpc.newBlockingStub(channel).withDeadlineAfter(60, TimeUnit.SECONDS);
    }

    @AfterAll
    static void stop() {
        channel.shutdownNow();
        served.close();
    }

    private static ByteString floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return ByteString.copyFrom(bytes.array());
    }

    private static InferInputTensor.Builder input(String name, String type, long... shape) {
        var input = InferInputTensor.newBuilder().setName(name).setDatatype(type);
        for (long size : shape) {
            input.addShape(size);
        }
        return input;
    }

    @Test
    void healthAndMetadata() {
        assertThat(client.serverLive(ServerLiveRequest.getDefaultInstance()).getLive())
                .isTrue();
        assertThat(client.serverReady(ServerReadyRequest.getDefaultInstance()).getReady())
                .isTrue();
        assertThat(client.modelReady(ModelReadyRequest.newBuilder()
                                .setName("doubling")
                                .build())
                        .getReady())
                .isTrue();
        assertThat(client.serverMetadata(ServerMetadataRequest.getDefaultInstance())
                        .getName())
                .isEqualTo("skerry");
        ModelMetadataResponse model = client.modelMetadata(
                ModelMetadataRequest.newBuilder().setName("doubling").build());
        assertThat(model.getPlatform()).isEqualTo("onnx_onnxv1");
        assertThat(model.getInputs(0).getShapeList()).containsExactly(-1L, 3L);
        assertThat(model.getOutputs(0).getDatatype()).isEqualTo("FP32");
    }

    @Test
    void rawContents() {
        ModelInferResponse answer = client.modelInfer(ModelInferRequest.newBuilder()
                .setModelName("doubling")
                .setId("seven")
                .addInputs(input("x", "FP32", 1, 3))
                .addRawInputContents(floats(1, 2, Float.POSITIVE_INFINITY))
                .build());
        assertThat(answer.getId()).isEqualTo("seven");
        assertThat(answer.getModelVersion()).isEqualTo("1");
        assertThat(answer.getOutputs(0).getShapeList()).containsExactly(1L, 3L);
        assertThat(answer.getRawOutputContents(0)).isEqualTo(floats(2, 4, Float.POSITIVE_INFINITY));
    }

    @Test
    void contentsByType() {
        var request = ModelInferRequest.newBuilder().setModelName("mirror");
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        request.addInputs(input("in_bool", "BOOL", 2, 2)
                .setContents(contents.addAllBoolContents(List.of(true, false, false, true))));
        contents = InferTensorContents.newBuilder().addAllUintContents(List.of(0, 1, 254, 255));
        request.addInputs(input("in_uint8", "UINT8", 2, 2).setContents(contents));
        contents = InferTensorContents.newBuilder().addAllIntContents(List.of(-128, -1, 0, 127));
        request.addInputs(input("in_int8", "INT8", 2, 2).setContents(contents));
        request.addInputs(input("in_int16", "INT16", 2, 2).setContents(contents));
        request.addInputs(input("in_int32", "INT32", 2, 2).setContents(contents));
        contents =
                InferTensorContents.newBuilder().addAllInt64Contents(List.of(Long.MIN_VALUE, -1L, 0L, Long.MAX_VALUE));
        request.addInputs(input("in_int64", "INT64", 2, 2).setContents(contents));
        contents = InferTensorContents.newBuilder().addAllFp32Contents(List.of(0.1f, -1f, 0f, Float.MAX_VALUE));
        request.addInputs(input("in_float32", "FP32", 2, 2).setContents(contents));
        contents = InferTensorContents.newBuilder().addAllFp64Contents(List.of(0.1, -1.0, 0.0, Double.MAX_VALUE));
        request.addInputs(input("in_float64", "FP64", 2, 2).setContents(contents));
        contents = InferTensorContents.newBuilder();
        for (String text : List.of("", "a", "日本", "\n")) {
            contents.addBytesContents(ByteString.copyFromUtf8(text));
        }
        request.addInputs(input("in_string", "BYTES", 2, 2).setContents(contents));
        ModelInferResponse answer = client.modelInfer(request.build());
        assertThat(answer.getRawOutputContents(1).toByteArray()).containsExactly(0, 1, -2, -1);
        assertThat(answer.getRawOutputContents(2).toByteArray()).containsExactly(-128, -1, 0, 127);
        assertThat(answer.getRawOutputContents(5)
                        .asReadOnlyByteBuffer()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getLong(0))
                .isEqualTo(Long.MIN_VALUE);
        assertThat(answer.getRawOutputContents(6)).isEqualTo(floats(0.1f, -1, 0, Float.MAX_VALUE));
        assertThat(answer.getRawOutputContents(8).toByteArray()).startsWith(0, 0, 0, 0, 1, 0, 0, 0, 'a', 6);
    }

    @Test
    void aMessageOfManyFrames() {
        int rows = 300_000;
        float[] values = new float[rows * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        ModelInferResponse answer = client.modelInfer(ModelInferRequest.newBuilder()
                .setModelName("doubling")
                .addInputs(input("x", "FP32", rows, 3))
                .addRawInputContents(floats(values))
                .build());
        ByteBuffer y = answer.getRawOutputContents(0).asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; i++) {
            assertThat(y.getFloat()).isEqualTo(2f * i);
        }
    }

    private static void refused(Status.Code code, String says, ModelInferRequest.Builder request) {
        assertThatThrownBy(() -> client.modelInfer(request.build()))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                    assertThat(e.getStatus().getCode()).as(e.getMessage()).isEqualTo(code);
                    assertThat(e.getStatus().getDescription()).contains(says);
                });
    }

    @Test
    void problemsHaveTheirStatus() {
        refused(
                Status.Code.NOT_FOUND,
                "try doubling",
                ModelInferRequest.newBuilder().setModelName("dubling"));
        refused(
                Status.Code.INVALID_ARGUMENT,
                "expected shape [?×3], found [1×4]",
                ModelInferRequest.newBuilder()
                        .setModelName("doubling")
                        .addInputs(input("x", "FP32", 1, 4))
                        .addRawInputContents(floats(1, 2, 3, 4)));
        refused(
                Status.Code.INVALID_ARGUMENT,
                "8 bytes",
                ModelInferRequest.newBuilder()
                        .setModelName("doubling")
                        .addInputs(input("x", "FP32", 1, 3))
                        .addRawInputContents(floats(1, 2)));
        refused(
                Status.Code.INVALID_ARGUMENT,
                "128 is no INT8",
                ModelInferRequest.newBuilder()
                        .setModelName("mirror")
                        .addInputs(input("in_int8", "INT8", 2, 2)
                                .setContents(
                                        InferTensorContents.newBuilder().addAllIntContents(List.of(1, 2, 3, 128)))));
        refused(
                Status.Code.INVALID_ARGUMENT,
                "negative",
                ModelInferRequest.newBuilder().setModelName("doubling").addInputs(input("x", "FP32", -1, 3)));
        refused(
                Status.Code.RESOURCE_EXHAUSTED,
                "more elements",
                ModelInferRequest.newBuilder()
                        .setModelName("doubling")
                        .addInputs(input("x", "FP32", Long.MAX_VALUE, Long.MAX_VALUE, 3)));
        refused(
                Status.Code.INVALID_ARGUMENT,
                "two places",
                ModelInferRequest.newBuilder()
                        .setModelName("doubling")
                        .addInputs(input("x", "FP32", 1, 3)
                                .setContents(InferTensorContents.newBuilder().addFp32Contents(1)))
                        .addRawInputContents(floats(1, 2, 3)));
    }

    @Test
    void aDeadlineThatCantBeMetIsRefusedBeforeInference() {
        var slow = ModelInferRequest.newBuilder()
                .setModelName("slow")
                .addInputs(input("x", "FP32", 1, 1))
                .addRawInputContents(floats(3));
        assertThat(client.modelInfer(slow.build()).getRawOutputContents(0)).isEqualTo(floats(3));
        long before = executions();
        refused(
                Status.Code.DEADLINE_EXCEEDED,
                "none was made",
                slow.putParameters(
                        "timeout",
                        InferParameter.newBuilder().setInt64Param(300).build()));
        assertThat(executions()).isEqualTo(before);
    }

    private static long executions() {
        return Served.json(served.get("/v2/models/slow/stats"))
                .path("model_stats")
                .path(0)
                .path("execution_count")
                .asLong();
    }

    @Test
    void restIsOnTheSamePort() {
        assertThat(served.get("/v2/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void messagesOfErrorsAreEncoded() {
        assertThat(GrpcApi.percentEncoded("100 % · é")).isEqualTo("100 %25 %C2%B7 %C3%A9");
    }
}
