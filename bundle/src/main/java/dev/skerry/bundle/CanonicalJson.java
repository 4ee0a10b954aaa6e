package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
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
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
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
        return MAPPER.writeValueAsString(sorted(value)).getBytes(StandardCharsets.UTF_8);
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
        try {
            value = MAPPER.readTree(document);
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
