package dev.skerry.agent;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import dev.skerry.agent.InferenceRequest.Content;
import dev.skerry.agent.InferenceRequest.GivenTensor;
import dev.skerry.agent.InferenceRequest.SharedPlace;
import dev.skerry.agent.InferenceRequest.WantedOutput;
import dev.skerry.agent.InferenceResult.Output;
import dev.skerry.agent.proto.InferParameter;
import dev.skerry.agent.proto.InferTensorContents;
import dev.skerry.agent.proto.ModelInferRequest;
import dev.skerry.agent.proto.ModelInferRequest.InferInputTensor;
import dev.skerry.agent.proto.ModelInferResponse;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/** Requests and answers between messages of gRPC and what the agent knows. Raw contents are referred to, not copied. */
final class GrpcTensors {
    private static final int MOST_DIMENSIONS = 32;

    private final Limits limits;

    GrpcTensors(Limits limits) {
        this.limits = limits;
    }

    /** @param memory is told of bytes before they are had, and may refuse them */
    InferenceRequest request(ModelInferRequest asked, LongConsumer memory) {
        Parameters parameters = parameters(asked.getParametersMap(), "parameters");
        parameters.refuseSequences();
        var inputs = new ArrayList<GivenTensor>(asked.getInputsCount());
        int raw = 0;
        for (int i = 0; i < asked.getInputsCount(); i++) {
            InferInputTensor input = asked.getInputs(i);
            Datatype type = RequestJson.datatype(input.getDatatype(), "inputs[" + i + "]");
            long[] dims = dims(input);
            SharedPlace place = parameters(input.getParametersMap(), "inputs[" + i + "].parameters")
                    .place();
            Content content;
            RequestCheck.requireSize(input.getName(), type, dims, limits);
            if (place != null) {
                content = new Content.Shared(place);
            } else if (asked.getRawInputContentsCount() > 0) {
                if (input.hasContents() && input.getContents().getSerializedSize() > 0) {
                    throw wrong(input, "the content is in two places, raw_input_contents and contents");
                }
                if (raw == asked.getRawInputContentsCount()) {
                    throw wrong(input, "raw_input_contents has fewer elements than there are inputs");
                }
                content = raw(asked.getRawInputContents(raw++), input.getName(), type, dims, memory);
            } else {
                content = typed(input, type, Math.toIntExact(TensorForm.elements(dims)), memory);
            }
            inputs.add(new GivenTensor(input.getName(), type, dims, content));
        }
        if (raw < asked.getRawInputContentsCount()) {
            throw Problem.usage("serve.request", "raw_input_contents has more elements than there are inputs")
                    .because(asked.getRawInputContentsCount() + " for " + raw)
                    .toException();
        }
        var outputs = new ArrayList<WantedOutput>(asked.getOutputsCount());
        for (var output : asked.getOutputsList()) {
            Parameters own = parameters(output.getParametersMap(), "output parameters");
            own.refuseClassification(output.getName());
            outputs.add(new WantedOutput(output.getName(), true, own.place()));
        }
        return new InferenceRequest(asked.getId(), inputs, outputs, true, parameters.timeoutMicros());
    }

    private static long[] dims(InferInputTensor input) {
        if (input.getShapeCount() > MOST_DIMENSIONS) {
            throw wrong(input, "a shape has at most " + MOST_DIMENSIONS + " dimensions");
        }
        return input.getShapeList().stream().mapToLong(Long::longValue).toArray();
    }

    private static Content raw(ByteString bytes, String name, Datatype type, long[] dims, LongConsumer memory) {
        MemorySegment packed = MemorySegment.ofBuffer(bytes.asReadOnlyByteBuffer());
        return type == Datatype.BYTES
                ? new Content.Strings(ByteStrings.read(packed, TensorForm.elements(dims), name, memory))
                : new Content.Packed(packed);
    }

    private static Content typed(InferInputTensor input, Datatype type, int elements, LongConsumer memory) {
        InferTensorContents contents = input.getContents();
        int found = switch (type) {
            case BOOL -> contents.getBoolContentsCount();
            case INT8, INT16, INT32 -> contents.getIntContentsCount();
            case INT64 -> contents.getInt64ContentsCount();
            case UINT8, UINT16, UINT32 -> contents.getUintContentsCount();
            case UINT64 -> contents.getUint64ContentsCount();
            case FP32 -> contents.getFp32ContentsCount();
            case FP64 -> contents.getFp64ContentsCount();
            case BYTES -> contents.getBytesContentsCount();
            case FP16, BF16 -> throw wrong(input, type + " is sent as raw_input_contents only");
        };
        if (found != elements) {
            throw wrong(input, "the contents for " + type + " have " + found + " elements, the shape says " + elements);
        }
        memory.accept((long) elements * (type == Datatype.BYTES ? ByteStrings.ELEMENT : type.bytes()));
        if (type == Datatype.BYTES) {
            List<String> strings = new ArrayList<>(elements);
            for (int i = 0; i < elements; i++) {
                strings.add(ByteStrings.text(contents.getBytesContents(i).asReadOnlyByteBuffer(), i, input.getName()));
            }
            return new Content.Strings(strings);
        }
        ByteBuffer packed = ByteBuffer.allocate(elements * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < elements; i++) {
            switch (type) {
                case BOOL -> packed.put((byte) (contents.getBoolContents(i) ? 1 : 0));
                case INT8 ->
                    packed.put((byte) within(input, contents.getIntContents(i), Byte.MIN_VALUE, Byte.MAX_VALUE));
                case INT16 ->
                    packed.putShort(
                            (short) within(input, contents.getIntContents(i), Short.MIN_VALUE, Short.MAX_VALUE));
                case INT32 -> packed.putInt(contents.getIntContents(i));
                case INT64 -> packed.putLong(contents.getInt64Contents(i));
                case UINT8 -> packed.put((byte) within(input, contents.getUintContents(i) & 0xffffffffL, 0, 0xff));
                case UINT16 ->
                    packed.putShort((short) within(input, contents.getUintContents(i) & 0xffffffffL, 0, 0xffff));
                case UINT32 -> packed.putInt(contents.getUintContents(i));
                case UINT64 -> packed.putLong(contents.getUint64Contents(i));
                case FP32 -> packed.putFloat(contents.getFp32Contents(i));
                case FP64 -> packed.putDouble(contents.getFp64Contents(i));
                case FP16, BF16, BYTES -> throw new IllegalStateException(type + " was dealt with");
            }
        }
        return new Content.Packed(MemorySegment.ofArray(packed.array()));
    }

    private static long within(InferInputTensor input, long value, long least, long most) {
        if (value < least || value > most) {
            throw wrong(input, value + " is no " + input.getDatatype());
        }
        return value;
    }

    private static Parameters parameters(Map<String, InferParameter> given, String place) {
        if (given.isEmpty()) {
            return Parameters.NONE;
        }
        var values = new LinkedHashMap<String, Object>();
        given.forEach((name, value) -> {
            switch (value.getParameterChoiceCase()) {
                case BOOL_PARAM -> values.put(name, value.getBoolParam());
                case INT64_PARAM -> values.put(name, value.getInt64Param());
                case STRING_PARAM -> values.put(name, value.getStringParam());
                case DOUBLE_PARAM -> values.put(name, value.getDoubleParam());
                case UINT64_PARAM -> values.put(name, value.getUint64Param());
                case PARAMETERCHOICE_NOT_SET -> {
                    // nothing is said
                }
            }
        });
        return new Parameters(place, Map.copyOf(values));
    }

    static ModelInferResponse response(
            String model, Models.Answered answered, InferenceRequest request, LongConsumer memory) {
        var response = ModelInferResponse.newBuilder()
                .setModelName(model)
                .setModelVersion(answered.version())
                .setId(request.id());
        List<Output> outputs = answered.result().outputs();
        for (int i = 0; i < outputs.size(); i++) {
            Output output = outputs.get(i);
            var tensor = ModelInferResponse.InferOutputTensor.newBuilder()
                    .setName(output.name())
                    .setDatatype(output.type().name());
            for (long size : output.dims()) {
                tensor.addShape(size);
            }
            byte[] packed = ResponseJson.packed(output, memory);
            SharedPlace place = request.outputs().isEmpty()
                    ? null
                    : request.outputs().get(i).place();
            if (place == null) {
                response.addRawOutputContents(UnsafeByteOperations.unsafeWrap(packed));
            } else {
                tensor.putParameters("shared_memory_region", text(place.region()))
                        .putParameters("shared_memory_offset", number(place.offset()))
                        .putParameters("shared_memory_byte_size", number(packed.length));
            }
            response.addOutputs(tensor);
        }
        return response.build();
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    private static RuntimeException wrong(InferInputTensor input, String what) {
        return Problem.usage("serve.tensor", what)
                .at("input " + RequestCheck.quoted(input.getName()))
                .toException();
    }
}
