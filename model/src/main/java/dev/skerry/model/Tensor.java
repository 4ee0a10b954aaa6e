package dev.skerry.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A dense tensor: type, dimensions and row-major content, little endian; 4- and 2-bit elements are packed, low bits first.
 * Content may be mapped from a file, so a large weight costs no heap. Treat it as immutable once it is shared.
 */
public final class Tensor {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final DataType type;
    private final long[] dims;
    private final MemorySegment data;
    private final List<String> strings;
    private final @Nullable ExternalData external;
    private final String doc;
    private final Map<String, String> metadata;
    private final Extras extras;

    /**
     * Where the content of a tensor lies, if not in the model's own file.
     *
     * @param entries location, offset, length and whatever else the model says of it
     * @param file the file that the location led to
     */
    record ExternalData(Map<String, String> entries, Path file) {
        ExternalData {
            entries = Ordered.copyOf(entries);
        }
    }

    Tensor(
            String name,
            DataType type,
            long[] dims,
            MemorySegment data,
            List<String> strings,
            @Nullable ExternalData external,
            String doc,
            Map<String, String> metadata,
            Extras extras) {
        this.name = name;
        this.type = type;
        this.dims = dims;
        this.data = data;
        this.strings = strings;
        this.external = external;
        this.doc = doc;
        this.metadata = metadata;
        this.extras = extras;
    }

    /** A tensor over {@code data}, which must hold exactly the packed elements and isn't copied. */
    public static Tensor of(String name, DataType type, long[] dims, MemorySegment data) {
        long wanted = type.bytes(count(dims));
        if (type == DataType.STRING || data.byteSize() != wanted) {
            throw new IllegalArgumentException(name + ": " + type.label() + Arrays.toString(dims) + " needs " + wanted
                    + " bytes, found " + data.byteSize());
        }
        return new Tensor(name, type, dims.clone(), data, List.of(), null, "", Map.of(), Extras.NONE);
    }

    public static Tensor ofFloats(String name, long[] dims, float... values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * 4]);
        for (int i = 0; i < values.length; i++) {
            data.set(FLOAT, i * 4L, values[i]);
        }
        return of(name, DataType.FLOAT, dims, data);
    }

    public static Tensor ofLongs(String name, long[] dims, long... values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * 8]);
        for (int i = 0; i < values.length; i++) {
            data.set(LONG, i * 8L, values[i]);
        }
        return of(name, DataType.INT64, dims, data);
    }

    public static Tensor ofInts(String name, long[] dims, int... values) {
        MemorySegment data = MemorySegment.ofArray(new byte[values.length * 4]);
        for (int i = 0; i < values.length; i++) {
            data.set(INT, i * 4L, values[i]);
        }
        return of(name, DataType.INT32, dims, data);
    }

    /** A tensor of bytes: {@code type} is one of the 8-bit types, or a packed one. */
    public static Tensor ofBytes(String name, DataType type, long[] dims, byte... values) {
        return of(name, type, dims, MemorySegment.ofArray(values.clone()));
    }

    public static Tensor ofStrings(String name, long[] dims, List<String> values) {
        if (count(dims) != values.size()) {
            throw new IllegalArgumentException(
                    name + ": " + Arrays.toString(dims) + " found " + values.size() + " strings");
        }
        return new Tensor(
                name,
                DataType.STRING,
                dims.clone(),
                MemorySegment.NULL,
                List.copyOf(values),
                null,
                "",
                Map.of(),
                Extras.NONE);
    }

    public String name() {
        return name;
    }

    public DataType type() {
        return type;
    }

    public long[] dims() {
        return dims.clone();
    }

    public Shape shape() {
        return Shape.of(dims);
    }

    public int rank() {
        return dims.length;
    }

    public long elements() {
        return count(dims);
    }

    /** The packed content, read-only; empty for strings. */
    public MemorySegment data() {
        return data.asReadOnly();
    }

    public long byteSize() {
        return type == DataType.STRING
                ? strings.stream()
                        .mapToLong(s -> s.getBytes(StandardCharsets.UTF_8).length)
                        .sum()
                : data.byteSize();
    }

    /** The elements of a string tensor. */
    public List<String> strings() {
        return strings;
    }

    @Nullable
    ExternalData external() {
        return external;
    }

    String doc() {
        return doc;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    Extras extras() {
        return extras;
    }

    public Tensor withName(String name) {
        return new Tensor(name, type, dims, data, strings, external, doc, metadata, extras);
    }

    /** The same content under other dimensions of the same number of elements. */
    public Tensor reshape(long... dims) {
        if (count(dims) != elements()) {
            throw new IllegalArgumentException(name + ": " + shape() + " doesn't reshape to " + Arrays.toString(dims));
        }
        return new Tensor(name, type, dims.clone(), data, strings, external, doc, metadata, extras);
    }

    /** Element {@code index} of a real-valued tensor of any type, row-major. */
    public double valueAt(long index) {
        return switch (type) {
            case FLOAT -> data.get(FLOAT, index * 4);
            case DOUBLE -> data.get(DOUBLE, index * 8);
            case FLOAT16 -> Float.float16ToFloat(data.get(SHORT, index * 2));
            case BFLOAT16 -> Float.intBitsToFloat(data.get(SHORT, index * 2) << 16);
            case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0 ->
                SmallFloats.decode(type, data.get(ValueLayout.JAVA_BYTE, index) & 0xff);
            case FLOAT4E2M1 -> SmallFloats.decode(type, (int) packedAt(index));
            case UINT64 -> {
                long value = longAt(index);
                yield value >= 0 ? value : (value >>> 1 | (value & 1)) * 2.0;
            }
            default -> longAt(index);
        };
    }

    /** Element {@code index} of an integer or boolean tensor, row-major; UINT64 by its bits. */
    public long longAt(long index) {
        return switch (type) {
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, index);
            case UINT8, BOOL -> data.get(ValueLayout.JAVA_BYTE, index) & 0xffL;
            case INT16 -> data.get(SHORT, index * 2);
            case UINT16 -> data.get(SHORT, index * 2) & 0xffffL;
            case INT32 -> data.get(INT, index * 4);
            case UINT32 -> data.get(INT, index * 4) & 0xffffffffL;
            case INT64, UINT64 -> data.get(LONG, index * 8);
            case UINT4, UINT2 -> packedAt(index);
            case INT4 -> (packedAt(index) ^ 8) - 8;
            case INT2 -> (packedAt(index) ^ 2) - 2;
            default -> throw new IllegalStateException(name + " holds " + type.label() + ", not integers");
        };
    }

    private long packedAt(long index) {
        int perByte = 8 / type.bits();
        int shift = (int) (index % perByte) * type.bits();
        return data.get(ValueLayout.JAVA_BYTE, index / perByte) >> shift & (1L << type.bits()) - 1;
    }

    /** All elements as floats; other types are converted. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(elements())];
        if (type == DataType.FLOAT) {
            MemorySegment.copy(data, FLOAT, 0, values, 0, values.length);
            return values;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) valueAt(i);
        }
        return values;
    }

    /** All elements of an integer or boolean tensor. */
    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = longAt(i);
        }
        return values;
    }

    /** Equal in name, type, dimensions and bits (so NaN equals the same NaN). */
    @Override
    public boolean equals(Object other) {
        return other instanceof Tensor tensor
                && name.equals(tensor.name)
                && type == tensor.type
                && Arrays.equals(dims, tensor.dims)
                && strings.equals(tensor.strings)
                && (type == DataType.STRING || data.mismatch(tensor.data) == -1);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(dims);
    }

    @Override
    public String toString() {
        return name + " " + type.label() + shape();
    }

    private static long count(long[] dims) {
        // a zero anywhere empties the tensor, also where the other sizes alone would overflow
        return Arrays.stream(dims).anyMatch(dim -> dim == 0)
                ? 0
                : Arrays.stream(dims).reduce(1, Math::multiplyExact);
    }
}
