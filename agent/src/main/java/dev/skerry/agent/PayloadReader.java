package dev.skerry.agent;

import dev.skerry.pipeline.MqttSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A message's payload to the values of a row. What can't be read is told by why, never thrown. Not thread-safe. */
final class PayloadReader {
    /** More than any row needs; a larger payload isn't even looked at. */
    static final int MOST_BYTES = 1 << 20;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(64)
                            .maxNumberLength(100)
                            .maxDocumentLength(MOST_BYTES)
                            .build())
                    .build())
            .build();

    private final MqttSpec.Format format;
    private final int columns;
    private final List<JsonPointer> pointers;
    private final int[] cells;
    private final @Nullable JsonPointer sequence;

    /** What a payload gave. */
    sealed interface Reading {
        /**
         * The values have been put into the row.
         *
         * @param sequence its number; −1 where it has none
         */
        record Row(long sequence) implements Reading {}

        /** Nothing, and why. */
        record Unreadable(String why) implements Reading {}
    }

    PayloadReader(MqttSpec.Format format, List<String> fields, int columns, @Nullable String sequence) {
        this.format = format;
        this.columns = columns;
        this.pointers = format == MqttSpec.Format.JSON
                ? fields.stream().map(JsonPointer::compile).toList()
                : List.of();
        this.cells = format == MqttSpec.Format.CSV
                ? fields.stream().mapToInt(Integer::parseInt).toArray()
                : new int[0];
        this.sequence = sequence == null ? null : JsonPointer.compile(sequence);
    }

    /** Reads one payload into {@code row[from]} and what follows. */
    Reading read(byte[] payload, float[] row, int from) {
        if (payload.length > MOST_BYTES) {
            return new Reading.Unreadable("a payload of " + payload.length + " bytes, at most " + MOST_BYTES);
        }
        Reading reading = switch (format) {
            case JSON -> json(payload, row, from);
            case CSV -> csv(payload, row, from);
            case NUMBER -> number(payload, row, from);
            case RAW -> raw(payload, row, from);
        };
        if (reading instanceof Reading.Row) {
            for (int i = 0; i < columns; i++) {
                if (!Float.isFinite(row[from + i])) {
                    return new Reading.Unreadable("value " + i + " is " + row[from + i]);
                }
            }
        }
        return reading;
    }

    private Reading json(byte[] payload, float[] row, int from) {
        JsonNode tree;
        try {
            tree = JSON.readTree(payload);
        } catch (JacksonException e) {
            return new Reading.Unreadable("not JSON: " + e.getOriginalMessage());
        }
        if (pointers.isEmpty()) {
            String why = values(tree, row, from);
            if (why != null) {
                return new Reading.Unreadable(why);
            }
        }
        for (int i = 0; i < pointers.size(); i++) {
            JsonNode value = tree.at(pointers.get(i));
            if (!isNumber(value)) {
                return new Reading.Unreadable(
                        value.isMissingNode() ? "no " + pointers.get(i) : pointers.get(i) + " is no number");
            }
            row[from + i] = toFloat(value);
        }
        if (sequence == null) {
            return new Reading.Row(-1);
        }
        JsonNode number = tree.at(sequence);
        return number.isNumber() && number.canConvertToLong() && number.longValue() >= 0
                ? new Reading.Row(number.longValue())
                : new Reading.Unreadable(sequence + " is no whole number");
    }

    /** A bare number, or a list of them. */
    private @Nullable String values(JsonNode tree, float[] row, int from) {
        if (columns == 1 && isNumber(tree)) {
            row[from] = toFloat(tree);
            return null;
        }
        if (!tree.isArray() || tree.size() != columns) {
            return "expected " + (columns == 1 ? "a number" : "a list of " + columns + " numbers") + ", found "
                    + (tree.isArray() ? "a list of " + tree.size() : "something else");
        }
        for (int i = 0; i < columns; i++) {
            if (!isNumber(tree.path(i))) {
                return "value " + i + " is no number";
            }
            row[from + i] = toFloat(tree.path(i));
        }
        return null;
    }

    private static boolean isNumber(JsonNode node) {
        return node.isNumber() || node.isBoolean();
    }

    private static float toFloat(JsonNode node) {
        return node.isBoolean() ? node.booleanValue() ? 1 : 0 : (float) node.doubleValue();
    }

    private Reading csv(byte[] payload, float[] row, int from) {
        String[] found = text(payload).split(",", -1);
        if (cells.length == 0 && found.length != columns) {
            return new Reading.Unreadable("expected " + columns + " values, found " + found.length);
        }
        for (int i = 0; i < columns; i++) {
            int cell = cells.length == 0 ? i : cells[i];
            if (cell >= found.length) {
                return new Reading.Unreadable("no cell " + cell + ", found " + found.length);
            }
            String why = number(found[cell], row, from + i);
            if (why != null) {
                return new Reading.Unreadable(why);
            }
        }
        return new Reading.Row(-1);
    }

    private Reading number(byte[] payload, float[] row, int from) {
        String why = number(text(payload), row, from);
        return why == null ? new Reading.Row(-1) : new Reading.Unreadable(why);
    }

    private static @Nullable String number(String text, float[] row, int at) {
        String trimmed = text.trim();
        // Java reads 1f and 0x1p3 as numbers too; nobody sends these on purpose
        if (trimmed.isEmpty() || trimmed.length() > 100 || !isPlain(trimmed)) {
            return "'" + (trimmed.length() > 20 ? trimmed.substring(0, 20) + "…" : trimmed) + "' is no number";
        }
        try {
            row[at] = Float.parseFloat(trimmed);
            return null;
        } catch (NumberFormatException _) {
            return "'" + trimmed + "' is no number";
        }
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if ("0123456789+-.eE".indexOf(text.charAt(i)) < 0) {
                return false;
            }
        }
        return true;
    }

    private static String text(byte[] payload) {
        return new String(payload, StandardCharsets.UTF_8);
    }

    private Reading raw(byte[] payload, float[] row, int from) {
        if (payload.length != columns * Float.BYTES) {
            return new Reading.Unreadable(
                    "expected " + columns * Float.BYTES + " bytes of float32, found " + payload.length);
        }
        ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(row, from, columns);
        return new Reading.Row(-1);
    }
}
