package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The fields of one JSON object, read by type; remembers which exist, so that a misspelt one is named at the end. */
final class Fields {
    private static final Pattern DURATION = Pattern.compile("\\s*([0-9]+(?:\\.[0-9]+)?)\\s*([a-zµ]+)\\s*");
    private static final SortedMap<String, Double> SCALES =
            new TreeMap<>(Map.of("ns", 1.0, "us", 1e3, "µs", 1e3, "ms", 1e6, "s", 1e9, "min", 60e9));

    private final JsonNode json;
    private final String path;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(JsonNode json, String path) {
        this.json = json;
        this.path = path;
    }

    static Fields of(JsonNode json, String path) {
        if (!json.isObject()) {
            throw problem(path, "expected a map of fields, found " + kind(json)).toException();
        }
        return new Fields(json, path);
    }

    /** Takes a bare value for the field {@code shorthand}, and nothing for a map without fields. */
    static Fields of(JsonNode json, String path, String shorthand) {
        if (json.isObject()) {
            return new Fields(json, path);
        }
        var map = JsonNodeFactory.instance.objectNode();
        if (!json.isNull()) {
            map.set(shorthand, json);
        }
        return new Fields(map, path);
    }

    JsonNode json() {
        return json;
    }

    String path() {
        return path;
    }

    @Nullable
    JsonNode node(String key) {
        known.add(key);
        JsonNode value = json.get(key);
        return value == null || value.isNull() ? null : value;
    }

    JsonNode required(String key) {
        JsonNode value = node(key);
        if (value == null) {
            throw problem(path, "'" + key + "' is missing")
                    .attempt("adding '" + key + "'")
                    .toException();
        }
        return value;
    }

    String text(String key) {
        return string(required(key), at(key));
    }

    @Nullable
    String textOrNull(String key) {
        JsonNode value = node(key);
        return value == null ? null : string(value, at(key));
    }

    String text(String key, String otherwise) {
        String value = textOrNull(key);
        return value == null ? otherwise : value;
    }

    int whole(String key, int otherwise, int least) {
        JsonNode value = node(key);
        return value == null ? otherwise : whole(value, at(key), least);
    }

    int whole(String key, int least) {
        return whole(required(key), at(key), least);
    }

    double number(String key, double otherwise) {
        JsonNode value = node(key);
        return value == null ? otherwise : number(value, at(key));
    }

    /** A duration such as {@code 200ms}, in nanoseconds; 0 for {@code never}. */
    long nanos(String key, long otherwise) {
        JsonNode value = node(key);
        return value == null
                ? otherwise
                : value.isString() && value.stringValue().equals("never") ? 0 : nanos(key);
    }

    /** A duration above zero. */
    long nanos(String key) {
        String text = text(key);
        Matcher matcher = DURATION.matcher(text);
        double nanos = matcher.matches()
                ? Double.parseDouble(matcher.group(1)) * SCALES.getOrDefault(matcher.group(2), 0.0)
                : 0;
        if (!(nanos >= 1 && nanos <= 1e15)) {
            throw problem(at(key), "expected a duration such as 200ms, found '" + text + "'")
                    .because("units are " + String.join(", ", SCALES.keySet()))
                    .toException();
        }
        return Math.round(nanos);
    }

    boolean bool(String key, boolean otherwise) {
        JsonNode value = node(key);
        if (value != null && !value.isBoolean()) {
            throw problem(at(key), "expected true or false, found " + kind(value))
                    .toException();
        }
        return value == null ? otherwise : value.booleanValue();
    }

    <E extends Enum<E>> E choice(String key, E otherwise) {
        JsonNode value = node(key);
        return value == null ? otherwise : choice(value, at(key), otherwise.getDeclaringClass());
    }

    <E extends Enum<E>> E choice(String key, Class<E> type) {
        return choice(required(key), at(key), type);
    }

    /** One number, or a list of at least one. */
    List<Double> numbers(String key) {
        return numbers(required(key), at(key));
    }

    List<String> texts(String key) {
        JsonNode value = node(key);
        return value == null
                ? List.of()
                : value.isString() ? List.of(value.stringValue()) : list(value, at(key), Fields::string);
    }

    List<Integer> wholes(String key, int least) {
        return list(required(key), at(key), (value, path) -> whole(value, path, least));
    }

    /** The elements of a list with their paths; empty where the field is absent. */
    <T> List<T> each(String key, BiFunction<JsonNode, String, T> reader) {
        JsonNode value = node(key);
        return value == null ? List.of() : list(value, at(key), reader);
    }

    String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** Names the first field that nobody asked for. */
    void done() {
        for (String key : json.propertyNames()) {
            if (!known.contains(key)) {
                throw unknown("field", key, at(key), known).toException();
            }
        }
    }

    static Problem unknown(String sort, String word, String path, Set<String> known) {
        Problem problem = problem(path, "unknown " + sort + " '" + word + "'");
        return Suggestion.nearest(word, known)
                .map(near -> problem.attempt("'" + near + "'"))
                .orElseGet(() -> problem.attempt("one of " + String.join(", ", known)));
    }

    static Problem problem(String path, String what) {
        return Problem.usage("pipeline.spec", what).at(path);
    }

    static List<Double> numbers(JsonNode value, String path) {
        if (value.isNumber()) {
            return List.of(number(value, path));
        }
        List<Double> numbers = list(value, path, Fields::number);
        if (numbers.isEmpty()) {
            throw problem(path, "expected at least one number, found none").toException();
        }
        return numbers;
    }

    private static <T> List<T> list(JsonNode value, String path, BiFunction<JsonNode, String, T> reader) {
        if (!value.isArray()) {
            throw problem(path, "expected a list, found " + kind(value)).toException();
        }
        var items = new ArrayList<T>();
        for (JsonNode item : value.values()) {
            items.add(reader.apply(item, path + "[" + items.size() + "]"));
        }
        return items;
    }

    private static String string(JsonNode value, String path) {
        if (!value.isString() || value.stringValue().isBlank()) {
            throw problem(path, "expected a text, found " + kind(value)).toException();
        }
        return value.stringValue();
    }

    private static int whole(JsonNode value, String path, int least) {
        if (!value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToInt()) {
            throw problem(path, "expected a whole number, found " + kind(value)).toException();
        }
        int number = value.intValue();
        if (number < least) {
            throw problem(path, "expected " + least + " or more, found " + number)
                    .toException();
        }
        return number;
    }

    private static double number(JsonNode value, String path) {
        double number = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!Double.isFinite(number)) {
            throw problem(path, "expected a number, found " + kind(value)).toException();
        }
        return number;
    }

    private static <E extends Enum<E>> E choice(JsonNode value, String path, Class<E> type) {
        String word = string(value, path);
        var known = new LinkedHashSet<String>();
        for (E constant : type.getEnumConstants()) {
            if (Step.spelled(constant).equals(word)) {
                return constant;
            }
            known.add(Step.spelled(constant));
        }
        throw unknown("value", word, path, known).toException();
    }

    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "a map";
            case ARRAY -> "a list";
            case NULL, MISSING -> "nothing";
            case STRING -> value.stringValue().isBlank() ? "an empty text" : "'" + value.stringValue() + "'";
            case BOOLEAN, NUMBER, BINARY, POJO -> value.toString();
        };
    }

    /** Reads a map whose one key says which kind of thing it is, or that key alone as a text. */
    static <T> T one(JsonNode json, String path, String sort, Set<String> words, Reader<T> reader) {
        if (json.isString()) {
            return one(JsonNodeFactory.instance.objectNode().putNull(json.stringValue()), path, sort, words, reader);
        }
        if (!json.isObject() || json.size() != 1) {
            throw problem(
                            path,
                            "expected one " + sort + ", found "
                                    + (json.isObject() ? json.size() + " keys" : kind(json)))
                    .attempt("one of " + String.join(", ", words))
                    .toException();
        }
        String word = json.propertyNames().iterator().next();
        if (!words.contains(word)) {
            throw unknown(sort, word, path, words).toException();
        }
        return reader.read(word, json.path(word), path + "." + word);
    }

    /** Reads what stands behind {@code word}. */
    interface Reader<T> {
        T read(String word, JsonNode value, String path);
    }
}
