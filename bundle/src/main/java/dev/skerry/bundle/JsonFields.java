package dev.skerry.bundle;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;

/** Reads the members of one JSON object strictly: what is missing, of another type or unknown is a problem that names it. */
final class JsonFields {
    private final JsonNode object;
    private final String where;
    private final Set<String> asked = new HashSet<>();

    JsonFields(JsonNode object, String where) {
        if (!object.isObject()) {
            throw CanonicalJson.malformed("expected an object", where).toException();
        }
        this.object = object;
        this.where = where;
    }

    JsonNode node(String name) {
        asked.add(name);
        JsonNode value = object.get(name);
        if (value == null) {
            throw CanonicalJson.malformed("\"" + name + "\" is missing", where).toException();
        }
        return value;
    }

    boolean has(String name) {
        return object.has(name);
    }

    JsonFields object(String name) {
        return new JsonFields(node(name), where + " › " + name);
    }

    String string(String name) {
        JsonNode value = node(name);
        if (!value.isString()) {
            throw wrong(name, "a string");
        }
        return value.stringValue();
    }

    /** A string that can only be {@code expected}. */
    void constant(String name, String expected) {
        String found = string(name);
        if (!found.equals(expected)) {
            throw wrong(name, "\"" + expected + "\" instead of \"" + shortened(found) + "\"");
        }
    }

    long integer(String name, long min, long max) {
        JsonNode value = node(name);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw wrong(name, "a whole number from " + min + " to " + max);
        }
        return value.longValue();
    }

    double number(String name) {
        JsonNode value = node(name);
        if (!value.isNumber()) {
            throw wrong(name, "a number");
        }
        return value.doubleValue();
    }

    Digest digest(String name) {
        return Digest.parse(string(name), where + " › " + name);
    }

    List<JsonFields> objects(String name, int most) {
        JsonNode value = node(name);
        if (!value.isArray() || value.size() > most) {
            throw wrong(name, "a list of at most " + most);
        }
        var list = new ArrayList<JsonFields>();
        for (int i = 0; i < value.size(); i++) {
            list.add(new JsonFields(value.get(i), where + " › " + name + "[" + i + "]"));
        }
        return list;
    }

    List<String> strings(String name) {
        JsonNode value = node(name);
        var list = new ArrayList<String>();
        for (JsonNode element : value) {
            if (!value.isArray() || !element.isString()) {
                throw wrong(name, "a list of strings");
            }
            list.add(element.stringValue());
        }
        if (!value.isArray()) {
            throw wrong(name, "a list of strings");
        }
        return list;
    }

    /** The members of an object whose names are data, each read from its fields by name. */
    <T> SortedMap<String, T> map(String name, BiFunction<JsonFields, String, T> read) {
        JsonFields members = object(name);
        var map = new TreeMap<String, T>();
        for (String member : members.object.propertyNames()) {
            map.put(member, read.apply(members, member));
        }
        return map;
    }

    /** To be called when all known members were read. */
    void done() {
        for (String name : object.propertyNames()) {
            if (!asked.contains(name)) {
                throw CanonicalJson.malformed("unknown \"" + shortened(name) + "\"", where)
                        .because("perhaps a newer Skerry wrote it")
                        .attempt("updating Skerry here")
                        .toException();
            }
        }
    }

    RuntimeException wrong(String name, String expected) {
        return CanonicalJson.malformed("expected " + expected, where + " › " + name)
                .toException();
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
