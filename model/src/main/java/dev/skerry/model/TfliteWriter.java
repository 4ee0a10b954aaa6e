package dev.skerry.model;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.skerry.model.TfliteModel.TfliteScales;
import dev.skerry.model.TfliteModel.TfliteTensor;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;

/**
 * From a drafted graph to the bytes of a file, by the positions of the fields in the schema (version 3). The same draft gives the
 * same bytes.
 *
 * @see <a href="https://ai.google.dev/edge/litert/models/metadata">the file format</a>
 */
final class TfliteWriter {
    private static final int SCHEMA = 3;
    /** What the field for old codes holds where the code doesn't fit it. */
    private static final int LARGEST_OLD_CODE = 127;
    /** Kernels read constants where they lie in the file, sixteen bytes at once. */
    private static final int ALIGNMENT = 16;
    /** Tables and names take far less than this beside the constants. */
    private static final long LARGEST = Integer.MAX_VALUE - (64L << 20);

    private record Code(int number, int version) {}

    private final FlatBufferBuilder builder;
    private final TfliteDraft draft;
    private final Map<Code, Integer> codes = new LinkedHashMap<>();
    private final List<MemorySegment> buffers = new ArrayList<>();

    private TfliteWriter(TfliteDraft draft) {
        this.draft = draft;
        long constants = draft.tensors().stream()
                .mapToLong(tensor -> tensor.data() == null ? 0 : tensor.data().byteSize())
                .sum();
        if (constants > LARGEST) {
            throw Problem.usage("model.too-large", "its weights take " + constants + " bytes")
                    .because("one TensorFlow Lite file holds less than 2 GiB")
                    .toException();
        }
        builder = new FlatBufferBuilder((int) Math.min(LARGEST, constants + 4096));
    }

    static byte[] bytes(TfliteDraft draft, String name) {
        return new TfliteWriter(draft).write(name);
    }

    private byte[] write(String name) {
        buffers.add(MemorySegment.NULL); // the first stands for none
        int[] tensors = each(draft.tensors().size(), index -> tensor(draft.tensor(index)));
        int[] operators = each(
                draft.operators().size(), index -> operator(draft.operators().get(index)));
        int graph = graph(name, tensors, operators);
        List<Code> all = List.copyOf(codes.keySet());
        int codeList = builder.createVectorOfTables(each(all.size(), index -> code(all.get(index))));
        int graphList = builder.createVectorOfTables(new int[] {graph});
        int bufferList = builder.createVectorOfTables(each(buffers.size(), index -> buffer(buffers.get(index))));
        int description = builder.createString("skerry");
        builder.startTable(8);
        builder.addInt(0, SCHEMA, 0);
        builder.addOffset(1, codeList, 0);
        builder.addOffset(2, graphList, 0);
        builder.addOffset(3, description, 0);
        builder.addOffset(4, bufferList, 0);
        builder.finish(builder.endTable(), TfliteReader.IDENTIFIER);
        return builder.sizedByteArray();
    }

    private static int[] each(int count, IntUnaryOperator table) {
        int[] offsets = new int[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = table.applyAsInt(i);
        }
        return offsets;
    }

    private int graph(String name, int[] tensors, int[] operators) {
        int tensorList = builder.createVectorOfTables(tensors);
        int inputs = ints(draft.inputs());
        int outputs = ints(draft.outputs());
        int operatorList = builder.createVectorOfTables(operators);
        int text = builder.createString(name);
        builder.startTable(5);
        builder.addOffset(0, tensorList, 0);
        builder.addOffset(1, inputs, 0);
        builder.addOffset(2, outputs, 0);
        builder.addOffset(3, operatorList, 0);
        builder.addOffset(4, text, 0);
        return builder.endTable();
    }

    private int code(Code code) {
        builder.startTable(4);
        builder.addByte(0, (byte) Math.min(code.number(), LARGEST_OLD_CODE), 0);
        builder.addInt(2, code.version(), 1);
        builder.addInt(3, code.number(), 0);
        return builder.endTable();
    }

    private int buffer(MemorySegment data) {
        int bytes = 0;
        if (data.byteSize() > 0) {
            builder.createUnintializedVector(1, (int) data.byteSize(), ALIGNMENT)
                    .put(data.asByteBuffer());
            bytes = builder.endVector();
        }
        builder.startTable(3);
        if (bytes != 0) {
            builder.addOffset(0, bytes, 0);
        }
        return builder.endTable();
    }

    private int tensor(TfliteTensor tensor) {
        int buffer = 0;
        MemorySegment data = tensor.data();
        if (data != null) {
            buffer = buffers.size();
            buffers.add(data);
        }
        int shape = ints(java.util.Arrays.stream(tensor.dims())
                .mapToInt(Math::toIntExact)
                .boxed()
                .toList());
        int name = builder.createString(tensor.name());
        TfliteScales scales = tensor.scales();
        int quantization = scales == null ? 0 : quantization(scales);
        builder.startTable(9);
        builder.addOffset(0, shape, 0);
        builder.addByte(1, (byte) TfliteTypes.code(Objects.requireNonNull(tensor.type())), 0);
        builder.addInt(2, buffer, 0);
        builder.addOffset(3, name, 0);
        if (quantization != 0) {
            builder.addOffset(4, quantization, 0);
        }
        builder.addBoolean(8, true, false); // its rank is known
        return builder.endTable();
    }

    private int quantization(TfliteScales scales) {
        int count = scales.scales().length;
        builder.startVector(4, count, 4);
        for (int i = count - 1; i >= 0; i--) {
            builder.addFloat(scales.scales()[i]);
        }
        int factors = builder.endVector();
        builder.startVector(8, count, 8);
        for (int i = count - 1; i >= 0; i--) {
            builder.addLong(scales.zeroPoints()[i]);
        }
        int zeroPoints = builder.endVector();
        builder.startTable(7);
        builder.addOffset(2, factors, 0);
        builder.addOffset(3, zeroPoints, 0);
        builder.addInt(6, scales.perChannel() ? scales.axis() : 0, 0);
        return builder.endTable();
    }

    private int operator(TfliteDraft.Operator operator) {
        var code = new Code(TfliteOperators.code(operator.name()), TfliteVersions.of(operator, draft));
        int index = codes.computeIfAbsent(code, _ -> codes.size());
        int inputs = ints(operator.inputs());
        int outputs = ints(operator.outputs());
        TfliteOptions options = operator.options();
        int table = options.table() == 0 ? 0 : options(options);
        builder.startTable(5);
        builder.addInt(0, index, 0);
        builder.addOffset(1, inputs, 0);
        builder.addOffset(2, outputs, 0);
        if (table != 0) {
            builder.addByte(3, (byte) options.table(), 0);
            builder.addOffset(4, table, 0);
        }
        return builder.endTable();
    }

    private int options(TfliteOptions options) {
        int count = options.fields().stream()
                .mapToInt(field -> field.position() + 1)
                .max()
                .orElse(0);
        builder.startTable(count);
        // a field is written whatever its default is; the widest first, so that none is padded
        options.fields().forEach(field -> {
            switch (field) {
                case TfliteOptions.IntField(int position, int value) -> {
                    builder.addInt(value);
                    builder.slot(position);
                }
                case TfliteOptions.RealField(int position, float value) -> {
                    builder.addFloat(value);
                    builder.slot(position);
                }
                case TfliteOptions.ByteField _ -> {}
            }
        });
        options.fields().forEach(field -> {
            if (field instanceof TfliteOptions.ByteField(int position, int value)) {
                builder.addByte((byte) value);
                builder.slot(position);
            }
        });
        return builder.endTable();
    }

    private int ints(List<Integer> values) {
        builder.startVector(4, values.size(), 4);
        for (int i = values.size() - 1; i >= 0; i--) {
            builder.addInt(values.get(i));
        }
        return builder.endVector();
    }
}
