package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The options of an operator that is to be written: a table of the schema, its fields by their position in it.
 *
 * @param table the number of the table in {@code BuiltinOptions}; 0 where the operator needs none
 */
record TfliteOptions(int table, List<Field> fields) {
    static final TfliteOptions NONE = new TfliteOptions(0, List.of());

    /** One field; a field that has its default need not be there. */
    sealed interface Field {
        int position();
    }

    record ByteField(int position, int value) implements Field {}

    record IntField(int position, int value) implements Field {}

    record RealField(int position, float value) implements Field {}

    TfliteOptions {
        fields = List.copyOf(fields);
    }

    static TfliteOptions of(int table) {
        return new TfliteOptions(table, List.of());
    }

    TfliteOptions with(int position, int value) {
        return with(new IntField(position, value));
    }

    TfliteOptions with(int position, float value) {
        return with(new RealField(position, value));
    }

    /** A field of one byte: a flag, a kind of padding, an activation. */
    TfliteOptions withByte(int position, int value) {
        return with(new ByteField(position, value));
    }

    TfliteOptions withFlag(int position, boolean value) {
        return withByte(position, value ? 1 : 0);
    }

    private TfliteOptions with(Field field) {
        List<Field> more = new ArrayList<>(fields);
        more.add(field);
        return new TfliteOptions(table, more);
    }

    /** The value of a byte field; 0 where it isn't there. */
    int byteAt(int position) {
        for (Field field : fields) {
            if (field instanceof ByteField(int at, int value) && at == position) {
                return value;
            }
        }
        return 0;
    }

    int intAt(int position, int otherwise) {
        for (Field field : fields) {
            if (field instanceof IntField(int at, int value) && at == position) {
                return value;
            }
        }
        return otherwise;
    }
}
