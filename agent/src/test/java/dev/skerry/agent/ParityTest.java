package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.runtime.Runtimes;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import inference.GRPCInferenceServiceGrpc;
import inference.OpenInferenceGrpc.ModelInferRequest;
import inference.OpenInferenceGrpc.ModelInferResponse;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Real models give over the network what they give to a session of their own, bit for bit. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ParityTest {
    private static final int SAMPLES = 3;

    private final SplittableRandom random = new SplittableRandom(17);

    @Test
    void servedOutputsAreThoseOfABareSession() {
        Path[] files = {
            SharedData.at("models/kws-dscnn/kws_dscnn.onnx"),
            SharedData.at("models/har-motion/har_cnn1d.onnx"),
            SharedData.at("models/mnist-cnn/mnist.onnx"),
            SharedData.at("mlperf-tiny/vww_float.onnx"),
            SharedData.at("mlperf-tiny/ad_int8_qdq.onnx"),
            SharedData.at("mlperf-tiny/ic_int8.tflite")
        };
        try (Served served = Served.models(files)) {
            for (Path file : files) {
                String name = file.getFileName().toString().replaceFirst("\\.[^.]*$", "");
                String runtime = file.toString().endsWith(".tflite") ? "tflite" : "onnxruntime";
                try (Session session = Runtimes.all().stream()
                        .filter(provider -> provider.name().equals(runtime))
                        .findFirst()
                        .orElseThrow()
                        .open(file, SessionOptions.DEFAULT)) {
                    for (int i = 0; i < SAMPLES; i++) {
                        Map<String, Tensor> inputs = inputs(session);
                        Map<String, Tensor> expected = session.infer(inputs);
                        json(served, name, inputs, expected);
                        binary(served, name, inputs, expected);
                        grpc(served, name, inputs, expected);
                    }
                }
            }
        }
    }

    private Map<String, Tensor> inputs(Session session) {
        var inputs = new LinkedHashMap<String, Tensor>();
        for (ValueInfo input : session.inputs()) {
            var type = (ValueType.OfTensor) input.type();
            long[] dims = type.shape().dims().stream()
                    .mapToLong(dim -> dim instanceof Dim.Known known ? known.size() : 1)
                    .toArray();
            int elements = (int) TensorForm.elements(dims);
            Tensor tensor;
            if (type.element() == DataType.FLOAT) {
                float[] values = new float[elements];
                for (int i = 0; i < elements; i++) {
                    values[i] = (float) random.nextDouble(-1, 1);
                }
                tensor = Tensor.ofFloats(input.name(), dims, values);
            } else {
                byte[] values = new byte[elements];
                random.nextBytes(values);
                tensor = Tensor.of(input.name(), type.element(), dims, MemorySegment.ofArray(values));
            }
            inputs.put(input.name(), tensor);
        }
        return inputs;
    }

    private static ObjectNode described(ObjectNode json, Tensor tensor) {
        json.put("name", tensor.name())
                .put("datatype", Datatype.of(tensor.type()).orElseThrow().name());
        Arrays.stream(tensor.dims()).forEach(json.putArray("shape")::add);
        return json;
    }

    private static void json(Served served, String model, Map<String, Tensor> inputs, Map<String, Tensor> expected) {
        ObjectNode request = Served.JSON.createObjectNode();
        inputs.values().forEach(tensor -> {
            var data =
                    described(request.withArray("inputs").addObject(), tensor).putArray("data");
            for (long i = 0; i < tensor.elements(); i++) {
                if (tensor.type() == DataType.FLOAT) {
                    data.add((float) tensor.valueAt(i));
                } else {
                    data.add(tensor.longAt(i));
                }
            }
        });
        JsonNode outputs = Served.json(served.infer(model, request.toString())).path("outputs");
        for (JsonNode output : outputs) {
            Tensor wanted = expected.get(output.path("name").asString());
            for (int i = 0; i < wanted.elements(); i++) {
                double found = output.path("data").path(i).doubleValue();
                assertThat(wanted.type() == DataType.FLOAT ? (double) (float) found : found)
                        .as(model + " " + i)
                        .isEqualTo(wanted.valueAt(i));
            }
        }
        assertThat(outputs.size()).isEqualTo(expected.size());
    }

    private static void binary(Served served, String model, Map<String, Tensor> inputs, Map<String, Tensor> expected) {
        ObjectNode request = Served.JSON.createObjectNode();
        request.putObject("parameters").put("binary_data_output", true);
        byte[] tail = new byte[0];
        for (Tensor tensor : inputs.values()) {
            described(request.withArray("inputs").addObject(), tensor)
                    .putObject("parameters")
                    .put("binary_data_size", tensor.byteSize());
            byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
            tail = Arrays.copyOf(tail, tail.length + bytes.length);
            System.arraycopy(bytes, 0, tail, tail.length - bytes.length, bytes.length);
        }
        HttpResponse<byte[]> answer = served.infer(model, request.toString(), tail);
        int at = Integer.parseInt(
                answer.headers().firstValue("inference-header-content-length").orElseThrow());
        JsonNode json = Served.JSON.readTree(Arrays.copyOf(answer.body(), at));
        for (JsonNode output : json.path("outputs")) {
            int size = output.path("parameters").path("binary_data_size").asInt();
            byte[] wanted = expected.get(output.path("name").asString()).data().toArray(ValueLayout.JAVA_BYTE);
            assertThat(Arrays.copyOfRange(answer.body(), at, at + size)).isEqualTo(wanted);
            at += size;
        }
        assertThat(at).isEqualTo(answer.body().length);
    }

    private static void grpc(Served served, String model, Map<String, Tensor> inputs, Map<String, Tensor> expected) {
        var channel = NettyChannelBuilder.forAddress("127.0.0.1", served.agent().grpcPort())
                .usePlaintext()
                .build();
        var request = ModelInferRequest.newBuilder().setModelName(model);
        inputs.values().forEach(tensor -> {
            var input = ModelInferRequest.InferInputTensor.newBuilder()
                    .setName(tensor.name())
                    .setDatatype(Datatype.of(tensor.type()).orElseThrow().name());
            Arrays.stream(tensor.dims()).forEach(input::addShape);
            request.addInputs(input)
                    .addRawInputContents(
                            UnsafeByteOperations.unsafeWrap(tensor.data().toArray(ValueLayout.JAVA_BYTE)));
        });
        ModelInferResponse answer =
                GRPCInferenceServiceGrpc.newBlockingStub(channel).modelInfer(request.build());
        for (int i = 0; i < answer.getOutputsCount(); i++) {
            byte[] wanted = expected.get(answer.getOutputs(i).getName()).data().toArray(ValueLayout.JAVA_BYTE);
            assertThat(answer.getRawOutputContents(i)).isEqualTo(ByteString.copyFrom(wanted));
        }
        channel.shutdownNow();
    }
}
