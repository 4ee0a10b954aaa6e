package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One byte sequence for one JSON value: UTF-8, members sorted by name, no white space, whole numbers as such and others as
 * {@link Double#toString} writes them. Close to RFC 8785, which writes numbers as JavaScript does.
 *
 * <p>Reading accepts that sequence only. So two parsers cannot see two things in one document, and a changed byte cannot hide
 * where it has no meaning.
 */
final class CanonicalJson {
    // not databind's mapper: it loads five hundred classes that a device at its start can do without
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private CanonicalJson() {}

    static ObjectNode object() {
        return NODES.objectNode();
    }

    static ArrayNode array() {
        return NODES.arrayNode();
    }

    static byte[] bytes(JsonNode value) {
        var text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            write(sorted(value), out);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void write(JsonNode value, JsonGenerator out) {
        switch (value.getNodeType()) {
            case OBJECT -> {
                out.writeStartObject();
                value.forEachEntry((name, member) -> {
                    out.writeName(name);
                    write(member, out);
                });
                out.writeEndObject();
            }
            case ARRAY -> {
                out.writeStartArray();
                value.forEach(element -> write(element, out));
                out.writeEndArray();
            }
            case STRING -> out.writeString(value.stringValue());
            case BOOLEAN -> out.writeBoolean(value.booleanValue());
            case NULL -> out.writeNull();
            case NUMBER -> {
                if (value.isFloatingPointNumber()) {
                    out.writeNumber(value.doubleValue());
                } else if (value.canConvertToLong()) {
                    out.writeNumber(value.longValue());
                } else {
                    out.writeNumber(value.bigIntegerValue());
                }
            }
            case MISSING, BINARY, POJO -> throw new IllegalArgumentException("no JSON: " + value.getNodeType());
        }
    }

    /** A copy with members sorted and numbers of one kind, so that equal documents are equal nodes too. */
    static JsonNode sorted(JsonNode value) {
        if (value.isObject()) {
            var members = new TreeMap<String, JsonNode>();
            value.forEachEntry((name, member) -> members.put(name, sorted(member)));
            ObjectNode object = NODES.objectNode();
            members.forEach(object::set);
            return object;
        }
        if (value.isArray()) {
            ArrayNode array = NODES.arrayNode();
            value.forEach(element -> array.add(sorted(element)));
            return array;
        }
        if (value.isNumber()) {
            return number(value);
        }
        return value;
    }

    /** Parses a document of ours; a problem where it is not JSON or not in the one form. */
    static JsonNode parse(byte[] document, String where) {
        JsonNode value;
        try (JsonParser in = FACTORY.createParser(ObjectReadContext.empty(), document)) {
            value = read(in, in.nextToken());
            if (in.nextToken() != null) {
                throw malformed("not valid JSON", where)
                        .because("something follows the document")
                        .toException();
            }
        } catch (JacksonException e) {
            throw malformed("not valid JSON", where).because(firstLine(e)).toException();
        }
        if (value.isMissingNode() || !java.util.Arrays.equals(bytes(value), document)) {
            throw malformed("not in canonical form", where)
                    .because(
                            "Skerry writes JSON with sorted names and without white space, and so notices every change")
                    .toException();
        }
        return value;
    }

    /** The value that begins with {@code token}; the parser bounds how deep values nest. */
    private static JsonNode read(JsonParser in, @Nullable JsonToken token) {
        return switch (token) {
            case null -> NODES.missingNode();
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                for (String name = in.nextName(); name != null; name = in.nextName()) {
                    object.set(name, read(in, in.nextToken()));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
                    array.add(read(in, next));
                }
                yield array;
            }
            case VALUE_STRING -> NODES.stringNode(in.getString());
            case VALUE_NUMBER_INT ->
                switch (in.getNumberType()) {
                    case INT -> NODES.numberNode(in.getIntValue());
                    case LONG -> NODES.numberNode(in.getLongValue());
                    default -> NODES.numberNode(in.getBigIntegerValue());
                };
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(in.getDoubleValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
                throw new IllegalStateException("no value begins with " + token);
        };
    }

    static Problem malformed(String what, String where) {
        return Problem.gate("bundle.malformed", what).at(where).attempt("packing the bundle again");
    }

    private static JsonNode number(JsonNode value) {
        if (value.isIntegralNumber()) {
            BigInteger whole = value.bigIntegerValue();
            return whole.bitLength() < Long.SIZE ? NODES.numberNode(whole.longValue()) : NODES.numberNode(whole);
        }
        double real = value.doubleValue();
        if (!Double.isFinite(real)) {
            throw malformed("a number that JSON cannot hold", "value " + value).toException();
        }
        return NODES.numberNode(real);
    }

    private static String firstLine(JacksonException e) {
        String message = e.getOriginalMessage();
        return message == null ? "unreadable" : message.lines().findFirst().orElse("unreadable");
    }
}
