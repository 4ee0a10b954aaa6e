package dev.skerry.model;

import com.google.flatbuffers.Table;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table of a FlatBuffers file, its fields by their position in the schema. FlatBuffers itself trusts every offset; here none
 * leads outside of the file, and a budget ends the reading of a file whose offsets make it larger than its bytes.
 */
final class TfliteTable extends Table {
    /** What is wrong with the bytes; the reader makes a problem of it. */
    static final class Damaged extends RuntimeException {
        private static final long serialVersionUID = 1;

        Damaged(String what) {
            super(what, null, false, false);
        }
    }

    /** How many tables and elements may still be read. */
    private static final class Budget {
        private long left;

        Budget(long left) {
            this.left = left;
        }

        void take(long count) {
            left -= count;
            if (left < 0) {
                throw new Damaged("its tables refer to the same bytes over and over");
            }
        }
    }

    private final Budget budget;

    private TfliteTable(ByteBuffer content, int position, Budget budget) {
        this.budget = budget;
        budget.take(4);
        if (position < 4 || position > content.limit() - 4) {
            throw new Damaged("a table lies outside of the file");
        }
        long vtable = (long) position - content.getInt(position);
        if (vtable < 4 || vtable > content.limit() - 4) {
            throw new Damaged("the layout of a table lies outside of the file");
        }
        int size = content.getShort((int) vtable) & 0xffff;
        if (size < 4 || vtable + size > content.limit()) {
            throw new Damaged("the layout of a table is cut off");
        }
        __reset(position, content);
    }

    /** The root of a little-endian file. */
    static TfliteTable root(ByteBuffer content) {
        if (content.limit() < 8) {
            throw new Damaged("it is too short for a header");
        }
        // every table and element takes four bytes; sharing of equal parts is allowed, and some is common
        return new TfliteTable(content, target(content, 0), new Budget(4L * content.limit() + 4096));
    }

    private static int target(ByteBuffer content, int at) {
        long target = at + (content.getInt(at) & 0xffffffffL);
        if (target > content.limit() - 4) {
            throw new Damaged("an offset leads outside of the file");
        }
        return (int) target;
    }

    /** Where the content of field {@code index} lies; 0 where the field is left out. */
    private int field(int index, int bytes) {
        int offset = __offset(4 + 2 * index);
        if (offset == 0) {
            return 0;
        }
        if ((long) bb_pos + offset + bytes > bb.limit()) {
            throw new Damaged("a field lies outside of the file");
        }
        return bb_pos + offset;
    }

    byte byteAt(int index, int otherwise) {
        int at = field(index, 1);
        return at == 0 ? (byte) otherwise : bb.get(at);
    }

    boolean flag(int index) {
        return byteAt(index, 0) != 0;
    }

    int intAt(int index, int otherwise) {
        int at = field(index, 4);
        return at == 0 ? otherwise : bb.getInt(at);
    }

    long longAt(int index, long otherwise) {
        int at = field(index, 8);
        return at == 0 ? otherwise : bb.getLong(at);
    }

    float floatAt(int index, float otherwise) {
        int at = field(index, 4);
        return at == 0 ? otherwise : bb.getFloat(at);
    }

    @Nullable
    TfliteTable table(int index) {
        int at = field(index, 4);
        return at == 0 ? null : new TfliteTable(bb, target(bb, at), budget);
    }

    /** The first element and the number of elements of a vector; null where the field is left out. */
    private int @Nullable [] vector(int index, int elementBytes) {
        int at = field(index, 4);
        if (at == 0) {
            return null;
        }
        int start = target(bb, at);
        long count = bb.getInt(start) & 0xffffffffL;
        if (start + 4 + count * elementBytes > bb.limit()) {
            throw new Damaged("a list lies partly outside of the file");
        }
        return new int[] {start + 4, (int) count};
    }

    List<TfliteTable> tables(int index) {
        int[] vector = vector(index, 4);
        List<TfliteTable> tables = new ArrayList<>();
        for (int i = 0; vector != null && i < vector[1]; i++) {
            tables.add(new TfliteTable(bb, target(bb, vector[0] + 4 * i), budget));
        }
        return tables;
    }

    int[] ints(int index) {
        int[] vector = vector(index, 4);
        if (vector == null) {
            return new int[0];
        }
        budget.take(vector[1]);
        int[] values = new int[vector[1]];
        for (int i = 0; i < values.length; i++) {
            values[i] = bb.getInt(vector[0] + 4 * i);
        }
        return values;
    }

    boolean has(int index) {
        return __offset(4 + 2 * index) != 0;
    }

    long[] longs(int index) {
        int[] vector = vector(index, 8);
        if (vector == null) {
            return new long[0];
        }
        budget.take(vector[1]);
        long[] values = new long[vector[1]];
        for (int i = 0; i < values.length; i++) {
            values[i] = bb.getLong(vector[0] + 8 * i);
        }
        return values;
    }

    float[] floats(int index) {
        int[] bits = ints(index);
        float[] values = new float[bits.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(bits[i]);
        }
        return values;
    }

    /** Position and length of a list of bytes; null where the field is left out. */
    int @Nullable [] bytes(int index) {
        return vector(index, 1);
    }

    String text(int index) {
        int[] vector = vector(index, 1);
        if (vector == null) {
            return "";
        }
        budget.take(vector[1] / 4);
        byte[] bytes = new byte[vector[1]];
        bb.get(vector[0], bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
