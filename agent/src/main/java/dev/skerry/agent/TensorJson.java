package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.Content;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/** The {@code data} of one tensor: all elements in a row, or arrays in arrays as the shape has them. */
final class TensorJson {
    private final String place;
    private final Datatype type;
    private final long[] dims;
    private final int elements;
    private final ByteBuffer packed;
    private final List<String> strings = new ArrayList<>();
    private int count;

    /** A shape whose size has been checked. */
    TensorJson(String place, Datatype type, long[] dims) {
        this.place = place;
        this.type = type;
        this.dims = dims;
        this.elements = Math.toIntExact(TensorForm.elements(dims));
        this.packed = ByteBuffer.allocate(elements * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** From the parser's array on, to its end. */
    Content read(JsonParser json) {
        JsonToken first = json.nextToken();
        if (first == JsonToken.START_ARRAY) {
            nested(json, 0);
        } else {
            for (JsonToken token = first; token != JsonToken.END_ARRAY; token = json.nextToken()) {
                element(json, token);
            }
        }
        if (count != elements) {
            throw wrongCount(count + " are given").toException();
        }
        return type == Datatype.BYTES
                ? new Content.Strings(strings)
                : new Content.Packed(MemorySegment.ofArray(packed.array()));
    }

    /** The parser is at the first token within an array of dimension {@code axis}; depth is bounded by the parser. */
    private void nested(JsonParser json, int axis) {
        long found = 0;
        for (JsonToken token = json.currentToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
            boolean inner = token == JsonToken.START_ARRAY;
            if (inner != axis < dims.length - 1) {
                throw wrong(
                                inner
                                        ? "arrays are nested deeper than the shape"
                                        : "arrays are not nested as deep as the shape")
                        .because("the shape is " + TensorForm.text(dims))
                        .attempt("all elements in one array")
                        .toException();
            }
            if (inner) {
                json.nextToken();
                nested(json, axis + 1);
            } else {
                element(json, token);
            }
            found++;
        }
        if (found != dims[axis]) {
            throw wrong("an array has not as many elements as the shape says")
                    .because(found + " on axis " + axis + " of " + TensorForm.text(dims))
                    .toException();
        }
    }

    private void element(JsonParser json, @Nullable JsonToken token) {
        if (count == elements) {
            throw wrongCount("more are given").toException();
        }
        count++;
        switch (type) {
            case BOOL -> packed.put((byte) (truth(token) ? 1 : 0));
            case UINT8 -> packed.put((byte) integer(json, token, 0, 0xff));
            case INT8 -> packed.put((byte) integer(json, token, Byte.MIN_VALUE, Byte.MAX_VALUE));
            case UINT16 -> packed.putShort((short) integer(json, token, 0, 0xffff));
            case INT16 -> packed.putShort((short) integer(json, token, Short.MIN_VALUE, Short.MAX_VALUE));
            case UINT32 -> packed.putInt((int) integer(json, token, 0, 0xffffffffL));
            case INT32 -> packed.putInt((int) integer(json, token, Integer.MIN_VALUE, Integer.MAX_VALUE));
            case UINT64 -> packed.putLong(unsigned(json, token));
            case INT64 -> packed.putLong(integer(json, token, Long.MIN_VALUE, Long.MAX_VALUE));
            case FP16 -> packed.putShort(half(real(json, token)));
            case BF16 -> packed.putShort(brain(real(json, token)));
            case FP32 -> packed.putFloat(real(json, token));
            case FP64 -> packed.putDouble(finite(json, number(token) ? json.getDoubleValue() : Double.NaN));
            case BYTES -> strings.add(text(json, token));
        }
    }

    private boolean truth(@Nullable JsonToken token) {
        if (token != JsonToken.VALUE_TRUE && token != JsonToken.VALUE_FALSE) {
            throw wrongElement(word(token)).toException();
        }
        return token == JsonToken.VALUE_TRUE;
    }

    private String text(JsonParser json, @Nullable JsonToken token) {
        if (token != JsonToken.VALUE_STRING) {
            throw wrongElement(word(token)).toException();
        }
        return json.getString();
    }

    private long integer(JsonParser json, @Nullable JsonToken token, long least, long most) {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            throw wrongElement(number(token) ? quoted(json) : word(token)).toException();
        }
        if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw wrongElement(quoted(json)).toException();
        }
        long value = json.getLongValue();
        if (value < least || value > most) {
            throw wrongElement(quoted(json)).toException();
        }
        return value;
    }

    private long unsigned(JsonParser json, @Nullable JsonToken token) {
        if (token == JsonToken.VALUE_NUMBER_INT && json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            BigInteger value = json.getBigIntegerValue();
            if (value.signum() < 0 || value.bitLength() > 64) {
                throw wrongElement(quoted(json)).toException();
            }
            return value.longValue();
        }
        return integer(json, token, 0, Long.MAX_VALUE);
    }

    private static boolean number(@Nullable JsonToken token) {
        return token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT;
    }

    private float real(JsonParser json, @Nullable JsonToken token) {
        if (!number(token)) {
            throw wrongElement(word(token)).toException();
        }
        return (float) finite(json, json.getFloatValue());
    }

    private double finite(JsonParser json, double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw wrongElement(number(json.currentToken()) ? quoted(json) : word(json.currentToken()))
                    .toException();
        }
        return value;
    }

    private short half(float value) {
        short half = Float.floatToFloat16(value);
        if (Float.isInfinite(Float.float16ToFloat(half))) {
            throw wrongElement(Float.toString(value)).toException();
        }
        return half;
    }

    /** The upper half of a float, rounded to the nearest, of two equally near ones to the even one. */
    private short brain(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = bits + 0x7fff + (bits >>> 16 & 1);
        if ((rounded & 0x7f800000) == 0x7f800000) {
            throw wrongElement(Float.toString(value)).toException();
        }
        return (short) (rounded >>> 16);
    }

    private static String quoted(JsonParser json) {
        return RequestCheck.quoted(json.getString());
    }

    private Problem wrongElement(String found) {
        return wrong("expected " + type + ", found " + found).at(place + ", element " + (count - 1));
    }

    private Problem wrongCount(String found) {
        return wrong("the data has not as many elements as the shape says")
                .because(TensorForm.text(dims) + " has " + elements + ", " + found);
    }

    private Problem wrong(String what) {
        return Problem.usage("serve.tensor", what).at(place);
    }

    /** What people call a token. */
    static String word(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "the end";
            case START_OBJECT, END_OBJECT -> "an object";
            case START_ARRAY, END_ARRAY -> "an array";
            case PROPERTY_NAME, VALUE_STRING -> "a text";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE -> "true";
            case VALUE_FALSE -> "false";
            case VALUE_NULL -> "null";
            case VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "something else";
        };
    }
}
