package dev.skerry.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.skerry.model.onnx.SparseTensorProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads tensors. Whatever form the content has in the file, it becomes packed little-endian bytes, and is copied only where it must be. */
final class TensorReader {
    private static final int EXTERNAL = 1;

    private final @Nullable ExternalFiles files;
    private final List<MemorySegment> pieces;

    /**
     * For the messages of one file.
     *
     * @param files where external data lies; null where there is no folder to look in
     * @param pieces contents by the numbers that stand in the messages: see {@link Skeleton}
     */
    TensorReader(@Nullable ExternalFiles files, List<MemorySegment> pieces) {
        this.files = files;
        this.pieces = pieces;
    }

    private MemorySegment piece(ByteString placeholder) {
        return pieces.get(Skeleton.piece(placeholder));
    }

    private List<MemorySegment> pieces(List<ByteString> placeholders) {
        return placeholders.stream().map(this::piece).toList();
    }

    Tensor decode(TensorProto proto, String where) {
        String place = where + ": tensor " + (proto.getName().isEmpty() ? "without a name" : proto.getName());
        var parts = new Parts(place);
        Map<String, String> metadata = parts.metadata(proto.getMetadataPropsList());
        DataType type = DataType.ofCode(proto.getDataType())
                .orElseThrow(() -> Problem.usage("model.data-type", "unknown data type " + proto.getDataType())
                        .at(place)
                        .because("the codes of ONNX go from 1 (float32) to " + DataType.INT2.code())
                        .toException());
        long[] dims = proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
        long elements = elements(dims, place);
        Content content = content(proto, type, elements, place);
        if (type == DataType.STRING && !proto.getStringDataList().stream().allMatch(ByteString::isValidUtf8)) {
            parts.keep(
                    "strings",
                    TensorProto.newBuilder()
                            .addAllStringData(proto.getStringDataList())
                            .build());
        }
        Extras extras = parts.with(proto, withoutNumbers(proto.getUnknownFields()));
        return new Tensor(
                proto.getName(),
                type,
                dims,
                content.data(),
                content.strings(),
                content.external(),
                proto.getDocString(),
                Ordered.copyOf(metadata),
                extras);
    }

    SparseTensor decode(SparseTensorProto proto, String where) {
        return new SparseTensor(
                decode(proto.getValues(), where),
                decode(proto.getIndices(), where),
                proto.getDimsList(),
                new Parts(where).with(proto));
    }

    /** How many elements {@code dims} span; refuses what can't be. */
    static long elements(long[] dims, String place) {
        double elements = 1;
        for (long dim : dims) {
            if (dim < 0) {
                throw Problem.usage("model.dimension", "dimensions " + Arrays.toString(dims) + " hold " + dim)
                        .at(place)
                        .because("a size can't be negative")
                        .toException();
            }
            elements *= dim;
        }
        if (elements > TypeCodec.MOST_ELEMENTS) {
            throw Problem.usage(
                            "model.dimension",
                            "dimensions " + Arrays.toString(dims) + " have more elements than can exist")
                    .at(place)
                    .toException();
        }
        return (long) elements;
    }

    private record Content(MemorySegment data, List<String> strings, Tensor.@Nullable ExternalData external) {}

    private Content content(TensorProto proto, DataType type, long elements, String place) {
        if (proto.getDataLocation() == EXTERNAL) {
            return external(proto, type, elements, place);
        }
        if (type == DataType.STRING) {
            expect(elements, proto.getStringDataCount(), "strings", type, proto, place);
            return new Content(
                    MemorySegment.NULL,
                    proto.getStringDataList().stream()
                            .map(ByteString::toStringUtf8)
                            .toList(),
                    null);
        }
        MemorySegment raw = proto.hasRawData() ? piece(proto.getRawData()) : MemorySegment.NULL;
        MemorySegment data = raw.byteSize() > 0 ? raw : numbers(proto, type, elements, place);
        expect(type.bytes(elements), data.byteSize(), "bytes", type, proto, place);
        return new Content(data, List.of(), null);
    }

    private Content external(TensorProto proto, DataType type, long elements, String place) {
        Map<String, String> entries = new Parts(place).metadata(proto.getExternalDataList());
        if (type == DataType.STRING) {
            throw Problem.usage("model.external", "strings can't lie in an external file")
                    .at(place)
                    .toException();
        }
        if (files == null) {
            throw Problem.usage("model.external", "its content lies in the file " + entries.get("location"))
                    .at(place)
                    .because("what was given is bytes without a folder beside them")
                    .attempt("reading the model from its file")
                    .toException();
        }
        return files.map(entries, type.bytes(elements), place).content();
    }

    /** The content of a tensor that lies in another file. */
    record Mapped(MemorySegment data, Tensor.ExternalData external) {
        private Content content() {
            return new Content(data, List.of(), external);
        }
    }

    private MemorySegment numbers(TensorProto proto, DataType type, long elements, String place) {
        UnknownFieldSet single = proto.getUnknownFields();
        return switch (type) {
            case FLOAT, COMPLEX64 ->
                PackedNumbers.fixed(
                        pieces(proto.getFloatDataList()), single.getField(TensorProto.FLOAT_DATA_FIELD_NUMBER), 4);
            case DOUBLE, COMPLEX128 ->
                PackedNumbers.fixed(
                        pieces(proto.getDoubleDataList()), single.getField(TensorProto.DOUBLE_DATA_FIELD_NUMBER), 8);
            case INT64 ->
                varints(proto, proto.getInt64DataList(), TensorProto.INT64_DATA_FIELD_NUMBER, type, elements, place);
            case UINT32, UINT64 ->
                varints(proto, proto.getUint64DataList(), TensorProto.UINT64_DATA_FIELD_NUMBER, type, elements, place);
            default ->
                varints(proto, proto.getInt32DataList(), TensorProto.INT32_DATA_FIELD_NUMBER, type, elements, place);
        };
    }

    private MemorySegment varints(
            TensorProto proto, List<ByteString> packed, int field, DataType type, long elements, String place) {
        UnknownFieldSet.Field single = proto.getUnknownFields().getField(field);
        int bytesEach = Math.max(1, type.bits() / 8);
        // one number per byte of packed elements
        long wanted = type.bits() < 8 ? type.bytes(elements) : elements;
        List<MemorySegment> contents = pieces(packed);
        long found = PackedNumbers.countVarints(contents, single);
        expect(wanted, found, "numbers", type, proto, place);
        return PackedNumbers.varints(contents, single, bytesEach, found);
    }

    private static void expect(long wanted, long found, String unit, DataType type, TensorProto proto, String place) {
        if (wanted != found) {
            throw Problem.usage(
                            "model.tensor-size",
                            type.label() + proto.getDimsList() + " takes " + wanted + " " + unit + ", found " + found)
                    .at(place)
                    .because(
                            found == 0
                                    ? "its content is missing"
                                    : "dimensions and content contradict each other; the file is damaged")
                    .attempt("export the model again")
                    .toException();
        }
    }

    /** The unknown fields less the numbers that were written one by one, which are content. */
    private static UnknownFieldSet withoutNumbers(UnknownFieldSet unknown) {
        UnknownFieldSet.Builder rest = unknown.toBuilder();
        unknown.asMap().forEach((number, field) -> {
            boolean content = switch (number) {
                // one byte of tag and the number, and nothing of another kind
                case TensorProto.FLOAT_DATA_FIELD_NUMBER ->
                    field.getSerializedSize(number)
                            == 5 * field.getFixed32List().size();
                case TensorProto.DOUBLE_DATA_FIELD_NUMBER ->
                    field.getSerializedSize(number)
                            == 9 * field.getFixed64List().size();
                case TensorProto.INT32_DATA_FIELD_NUMBER,
                        TensorProto.INT64_DATA_FIELD_NUMBER,
                        TensorProto.UINT64_DATA_FIELD_NUMBER -> onlyVarints(field);
                default -> false;
            };
            if (content) {
                rest.clearField(number);
            }
        });
        return rest.build();
    }

    private static boolean onlyVarints(UnknownFieldSet.Field field) {
        return field.getFixed32List().isEmpty()
                && field.getFixed64List().isEmpty()
                && field.getLengthDelimitedList().isEmpty()
                && field.getGroupList().isEmpty();
    }
}
