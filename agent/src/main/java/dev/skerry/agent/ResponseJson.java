package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.WantedOutput;
import dev.skerry.agent.InferenceResult.Output;
import dev.skerry.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/** Writes the answer to an inference request: JSON, and after it the outputs that are wanted as bytes. */
final class ResponseJson {
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            .build();

    private ResponseJson() {}

    /**
     * An answer's body.
     *
     * @param jsonBytes how much of it is JSON
     */
    @SuppressWarnings("ArrayRecordComponent") // compared nowhere, and changed by nobody
    record Body(byte[] bytes, int jsonBytes) {
        boolean isBinary() {
            return jsonBytes < bytes.length;
        }
    }

    /**
     * What is in shared memory already is only described.
     *
     * @param memory is told of bytes before they are had, and may refuse them
     */
    static Body write(
            String model, String version, InferenceRequest request, InferenceResult result, LongConsumer memory) {
        var out = new Bytes(256 + 16 * result.outputs().size(), memory);
        var tails = new ArrayList<byte[]>();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("model_name", model);
            json.writeStringProperty("model_version", version);
            if (!request.id().isEmpty()) {
                json.writeStringProperty("id", request.id());
            }
            json.writeArrayPropertyStart("outputs");
            List<Output> outputs = result.outputs();
            for (int i = 0; i < outputs.size(); i++) {
                WantedOutput wanted =
                        request.outputs().isEmpty() ? null : request.outputs().get(i);
                output(json, outputs.get(i), wanted, request.binary(), tails, memory);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        int jsonBytes = out.size();
        tails.forEach(out::writeBytes);
        return new Body(out.whole(), jsonBytes);
    }

    private static void output(
            JsonGenerator json,
            Output output,
            @Nullable WantedOutput wanted,
            boolean binary,
            List<byte[]> tails,
            LongConsumer memory) {
        json.writeStartObject();
        json.writeStringProperty("name", output.name());
        json.writeStringProperty("datatype", output.type().name());
        json.writeArrayPropertyStart("shape");
        for (long size : output.dims()) {
            json.writeNumber(size);
        }
        json.writeEndArray();
        if (wanted != null && wanted.place() != null) {
            json.writeObjectPropertyStart("parameters");
            json.writeStringProperty("shared_memory_region", wanted.place().region());
            json.writeNumberProperty("shared_memory_offset", wanted.place().offset());
            json.writeNumberProperty("shared_memory_byte_size", packed(output, memory).length);
            json.writeEndObject();
        } else if (wanted == null ? binary : wanted.binary()) {
            byte[] bytes = packed(output, memory);
            json.writeObjectPropertyStart("parameters");
            json.writeNumberProperty("binary_data_size", bytes.length);
            json.writeEndObject();
            tails.add(bytes);
        } else {
            json.writeArrayPropertyStart("data");
            data(json, output);
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** The elements as they lie in memory; those of strings with their lengths. */
    static byte[] packed(Output output, LongConsumer memory) {
        if (output.type() == Datatype.BYTES) {
            return ByteStrings.write(output.strings(), memory);
        }
        if (output.bytes().heapBase().orElse(null) instanceof byte[] array
                && array.length == output.bytes().byteSize()) {
            return array;
        }
        memory.accept(output.bytes().byteSize());
        return output.bytes().toArray(ValueLayout.JAVA_BYTE);
    }

    private static void data(JsonGenerator json, Output output) {
        if (output.type() == Datatype.BYTES) {
            output.strings().forEach(json::writeString);
            return;
        }
        MemorySegment segment = output.bytes();
        ByteBuffer bytes = segment.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            switch (output.type()) {
                case BOOL -> json.writeBoolean(bytes.get() != 0);
                case UINT8 -> json.writeNumber(bytes.get() & 0xff);
                case INT8 -> json.writeNumber((int) bytes.get());
                case UINT16 -> json.writeNumber(bytes.getShort() & 0xffff);
                case INT16 -> json.writeNumber((int) bytes.getShort());
                case UINT32 -> json.writeNumber(bytes.getInt() & 0xffffffffL);
                case INT32 -> json.writeNumber(bytes.getInt());
                case UINT64 -> {
                    long value = bytes.getLong();
                    if (value >= 0) {
                        json.writeNumber(value);
                    } else {
                        json.writeNumber(new java.math.BigInteger(Long.toUnsignedString(value)));
                    }
                }
                case INT64 -> json.writeNumber(bytes.getLong());
                case FP16 -> json.writeNumber(finite(Float.float16ToFloat(bytes.getShort()), output));
                case BF16 -> json.writeNumber(finite(Float.intBitsToFloat(bytes.getShort() << 16), output));
                case FP32 -> json.writeNumber(finite(bytes.getFloat(), output));
                case FP64 -> {
                    double value = bytes.getDouble();
                    if (!Double.isFinite(value)) {
                        throw notFinite(value, output);
                    }
                    json.writeNumber(value);
                }
                case BYTES -> throw new IllegalStateException("strings have no packed form here");
            }
        }
    }

    private static float finite(float value, Output output) {
        if (!Float.isFinite(value)) {
            throw notFinite(value, output);
        }
        return value;
    }

    private static RuntimeException notFinite(double value, Output output) {
        return Problem.usage("serve.not-finite", "the output has a value that JSON has no word for")
                .at("output " + output.name())
                .because("it is " + value)
                .attempt("the parameter binary_data_output: true, or gRPC, which carry it")
                .attempt("other inputs, where the model should give numbers")
                .toException();
    }

    /** Gives its array away, where it is full by chance or cut to size; tells before it grows. */
    private static final class Bytes extends ByteArrayOutputStream {
        private final LongConsumer memory;

        Bytes(int size, LongConsumer memory) {
            super(size);
            this.memory = memory;
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int length) {
            int missing = length - (buf.length - count);
            if (missing > 0) {
                memory.accept(Math.max(missing, buf.length));
            }
            super.write(bytes, from, length);
        }

        byte[] whole() {
            if (count == buf.length) {
                return buf;
            }
            memory.accept(count);
            return toByteArray();
        }
    }
}
