package dev.skerry.model;

import dev.skerry.model.TfliteModel.TfliteGraph;
import dev.skerry.model.TfliteModel.TfliteOperator;
import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.model.TfliteModel.TfliteTensor;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** From the bytes of a TensorFlow Lite file to records, checked: every index leads to something, every constant has its size. */
final class TfliteReader {
    static final String IDENTIFIER = "TFL3";
    /** The offset of the root table, and the identifier. */
    static final int HEADER_BYTES = 8;

    private static final int SCHEMA = 3;
    /** Codes up to it stand in a byte of old files, which newer files fill with it where the code is larger. */
    private static final int LARGEST_OLD_CODE = 127;

    private final MemorySegment content;
    private final String source;

    private TfliteReader(MemorySegment content, String source) {
        this.content = content;
        this.source = source;
    }

    /** Whether the bytes claim to be of this format. */
    static boolean isTflite(MemorySegment content) {
        if (content.byteSize() < HEADER_BYTES) {
            return false;
        }
        byte[] found = content.asSlice(4, 4).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        return new String(found, java.nio.charset.StandardCharsets.ISO_8859_1).equals(IDENTIFIER);
    }

    /**
     * The file's content; constants are views of it.
     *
     * @throws dev.skerry.problem.ProblemException where it is damaged
     */
    static TfliteModel read(MemorySegment content, String source) {
        try {
            return new TfliteReader(content, source).model();
        } catch (TfliteTable.Damaged | IndexOutOfBoundsException damaged) {
            // an offset beyond what a table's checks see ends at the bounds of the buffer
            throw damaged(source, String.valueOf(damaged.getMessage())).toException();
        }
    }

    static Problem damaged(String source, String why) {
        return Problem.usage("model.tflite-damaged", "it is a TensorFlow Lite model that is damaged or cut off")
                .at(source)
                .because(why)
                .attempt("fetching or exporting it again");
    }

    private TfliteModel model() {
        ByteBuffer buffer = content.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        TfliteTable root = TfliteTable.root(buffer);
        int version = root.intAt(0, 0);
        if (version != SCHEMA) {
            throw Problem.usage("model.tflite-version", "its schema has version " + version)
                    .at(source)
                    .because("TensorFlow Lite files of version " + SCHEMA + " are read")
                    .toException();
        }
        List<TfliteTable> codes = root.tables(1);
        List<MemorySegment> buffers = root.tables(4).stream().map(this::buffer).toList();
        List<TfliteGraph> subgraphs = new ArrayList<>();
        for (TfliteTable table : root.tables(2)) {
            subgraphs.add(graph(table, codes, buffers));
        }
        if (subgraphs.isEmpty()) {
            throw new TfliteTable.Damaged("it has no graph");
        }
        return new TfliteModel(subgraphs, root.text(3));
    }

    private MemorySegment buffer(TfliteTable table) {
        // weights beyond 2 GiB lie after the tables, at offsets from the start of the file
        long offset = table.longAt(1, 0);
        if (offset > 1) {
            long size = table.longAt(2, 0);
            if (offset > content.byteSize() || size < 0 || size > content.byteSize() - offset) {
                throw new TfliteTable.Damaged("the content of a buffer lies outside of the file");
            }
            return content.asSlice(offset, size);
        }
        int[] bytes = table.bytes(0);
        return bytes == null ? MemorySegment.NULL : content.asSlice(bytes[0], bytes[1]);
    }

    private TfliteGraph graph(TfliteTable table, List<TfliteTable> codes, List<MemorySegment> buffers) {
        List<TfliteTensor> tensors = new ArrayList<>();
        for (TfliteTable tensor : table.tables(0)) {
            tensors.add(tensor(tensors.size(), tensor, buffers));
        }
        List<TfliteOperator> operators = new ArrayList<>();
        for (TfliteTable operator : table.tables(3)) {
            operators.add(operator(operators.size(), operator, codes, tensors.size()));
        }
        return new TfliteGraph(
                table.text(4),
                tensors,
                within(table.ints(1), tensors.size(), false),
                within(table.ints(2), tensors.size(), false),
                operators);
    }

    private static int[] within(int[] indices, int count, boolean optional) {
        for (int index : indices) {
            if (index >= count || index < (optional ? -1 : 0)) {
                throw new TfliteTable.Damaged("it refers to tensor " + index + " of " + count);
            }
        }
        return indices;
    }

    private static <T> T element(List<T> list, int index, String what) {
        if (index < 0 || index >= list.size()) {
            throw new TfliteTable.Damaged("it refers to " + what + " " + index + " of " + list.size());
        }
        return list.get(index);
    }

    private TfliteOperator operator(int index, TfliteTable table, List<TfliteTable> codes, int tensors) {
        TfliteTable code = element(codes, table.intAt(0, 0), "operator code");
        int old = code.byteAt(0, 0);
        // files from before the code outgrew a byte have only the old field
        int number = Math.max(old < 0 ? LARGEST_OLD_CODE : old, code.intAt(3, 0));
        int[] inputs = within(table.ints(1), tensors, true);
        int[] outputs = within(table.ints(2), tensors, false);
        return new TfliteOperator(index, number, code.text(1), inputs, outputs, table.table(4));
    }

    private TfliteTensor tensor(int index, TfliteTable table, List<MemorySegment> buffers) {
        String name = table.text(3);
        String place = "tensor " + index + " (" + name + ")";
        int code = table.byteAt(1, 0);
        DataType type = type(code, place);
        // the signature may leave sizes open, most often the batch's; these are the sizes that the file was made for
        int[] sizes = table.ints(0);
        long[] dims = new long[sizes.length];
        for (int i = 0; i < dims.length; i++) {
            if (sizes[i] < -1) {
                throw new TfliteTable.Damaged(place + " has the size " + sizes[i]);
            }
            dims[i] = sizes[i];
        }
        MemorySegment data = element(buffers, table.intAt(2, 0), "buffer");
        boolean constant = data.byteSize() > 0;
        if (constant && type != null && type != DataType.STRING && !table.has(6)) {
            if (data.byteSize() != bytes(type, dims, place)) {
                throw new TfliteTable.Damaged(
                        place + " has " + data.byteSize() + " bytes for " + type.label() + Arrays.toString(dims));
            }
        }
        return new TfliteTensor(
                index,
                name,
                type,
                dims,
                constant ? data : null,
                scales(table.table(4), dims, place),
                table.flag(5),
                table.has(6));
    }

    private static long bytes(DataType type, long[] dims, String place) {
        long count = 1;
        try {
            for (long dim : dims) {
                count = Math.multiplyExact(count, Math.max(dim, 0));
            }
            return type.bytes(count);
        } catch (ArithmeticException tooLarge) {
            throw new TfliteTable.Damaged(place + " has more elements than can be counted");
        }
    }

    private static @Nullable TfliteScales scales(@Nullable TfliteTable table, long[] dims, String place) {
        if (table == null) {
            return null;
        }
        float[] scales = table.floats(2);
        if (scales.length == 0) {
            return null;
        }
        long[] zeroPoints = table.longs(3);
        if (zeroPoints.length != scales.length) {
            // one, or none at all, stands for all channels
            long[] all = new long[scales.length];
            Arrays.fill(all, zeroPoints.length == 0 ? 0 : zeroPoints[0]);
            zeroPoints = all;
        }
        int axis = table.intAt(6, 0);
        if (scales.length > 1 && (axis < 0 || axis >= dims.length || dims[axis] != scales.length)) {
            throw new TfliteTable.Damaged(
                    place + " has " + scales.length + " scales along axis " + axis + " of " + Arrays.toString(dims));
        }
        for (float scale : scales) {
            if (!(scale > 0) || Float.isInfinite(scale)) {
                throw new TfliteTable.Damaged(place + " has the scale " + scale);
            }
        }
        return new TfliteScales(scales, zeroPoints, axis);
    }

    private static @Nullable DataType type(int code, String place) {
        DataType type = TfliteTypes.of(code);
        if (type == null && !TfliteTypes.OTHERS.contains(code)) {
            throw new TfliteTable.Damaged(place + " has the unknown type " + code);
        }
        return type;
    }
}
