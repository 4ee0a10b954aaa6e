package dev.skerry.model;

import dev.skerry.model.onnx.TensorShapeProto;
import dev.skerry.model.onnx.TypeProto;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Types of values between the file and the records. */
final class TypeCodec {
    /** More elements than any memory holds, and few enough that doubles count them exactly and their bits don't overflow. */
    static final long MOST_ELEMENTS = 1L << 53;

    private TypeCodec() {}

    /** The type, or null where the message declares none. Reading and writing gives the same message, but for what {@link #keep} keeps. */
    static @Nullable ValueType decode(TypeProto proto, String where) {
        return switch (proto.getValueCase()) {
            case TENSOR_TYPE -> {
                Optional<DataType> element =
                        DataType.ofCode(proto.getTensorType().getElemType());
                Shape shape = shape(proto.getTensorType(), where);
                yield element.isPresent() ? new ValueType.OfTensor(element.get(), shape) : foreign(proto);
            }
            case SPARSE_TENSOR_TYPE -> {
                Optional<DataType> element =
                        DataType.ofCode(proto.getSparseTensorType().getElemType());
                Shape shape = shape(proto.getSparseTensorType(), where);
                yield element.isPresent() ? new ValueType.OfSparseTensor(element.get(), shape) : foreign(proto);
            }
            case SEQUENCE_TYPE ->
                new ValueType.OfSequence(decode(proto.getSequenceType().getElemType(), where));
            case OPTIONAL_TYPE ->
                new ValueType.OfOptional(decode(proto.getOptionalType().getElemType(), where));
            case MAP_TYPE -> {
                Optional<DataType> key = DataType.ofCode(proto.getMapType().getKeyType());
                ValueType value = decode(proto.getMapType().getValueType(), where);
                yield key.isPresent() ? new ValueType.OfMap(key.get(), value) : foreign(proto);
            }
            case VALUE_NOT_SET -> proto.getUnknownFields().asMap().isEmpty() ? null : foreign(proto);
        };
    }

    static TypeProto encode(@Nullable ValueType type) {
        TypeProto.Builder proto = TypeProto.newBuilder();
        switch (type) {
            case null -> {}
            case ValueType.OfTensor(DataType element, Shape shape) -> proto.setTensorType(tensor(element, shape));
            case ValueType.OfSparseTensor(DataType element, Shape shape) ->
                proto.setSparseTensorType(tensor(element, shape));
            case ValueType.OfSequence(ValueType element) ->
                proto.setSequenceType(TypeProto.Sequence.newBuilder().setElemType(encode(element)));
            case ValueType.OfOptional(ValueType element) ->
                proto.setOptionalType(TypeProto.Optional.newBuilder().setElemType(encode(element)));
            case ValueType.OfMap(DataType key, ValueType value) ->
                proto.setMapType(
                        TypeProto.Map.newBuilder().setKeyType(key.code()).setValueType(encode(value)));
            case ValueType.Foreign(Extras content) -> {
                return content.part("type", TypeProto.getDefaultInstance());
            }
        }
        return proto.build();
    }

    /** Keeps the message where the record tells less than it: denotations, unknown fields, sizes of -1. */
    static void keep(TypeProto proto, @Nullable ValueType type, Parts parts) {
        if (!encode(type).equals(proto)) {
            parts.keep("type", proto);
        }
    }

    /** The message to write for {@code type}: the one that was read, where the type is still the same. */
    static TypeProto encode(@Nullable ValueType type, Extras extras) {
        TypeProto kept = extras.part("type", TypeProto.getDefaultInstance());
        boolean same = !kept.equals(TypeProto.getDefaultInstance()) && java.util.Objects.equals(decode(kept, ""), type);
        return same ? kept : encode(type);
    }

    private static ValueType foreign(TypeProto proto) {
        return new ValueType.Foreign(
                Extras.of(com.google.protobuf.UnknownFieldSet.getDefaultInstance(), Map.of("type", proto)));
    }

    private static @Nullable Shape shape(TypeProto.Tensor tensor, String where) {
        if (!tensor.hasShape()) {
            return null;
        }
        List<Dim> dims = new ArrayList<>();
        double elements = 1;
        for (TensorShapeProto.Dimension dim : tensor.getShape().getDimList()) {
            switch (dim.getValueCase()) {
                case DIM_PARAM -> dims.add(Dim.of(dim.getDimParam()));
                case VALUE_NOT_SET -> dims.add(new Dim.Unknown());
                case DIM_VALUE -> {
                    long size = dim.getDimValue();
                    if (size < -1) {
                        throw Problem.usage("model.dimension", "dimension " + dims.size() + " is " + size)
                                .at(where)
                                .because("a size can't be negative")
                                .toException();
                    }
                    // exporters write -1 for a size that is open
                    dims.add(size == -1 ? new Dim.Unknown() : Dim.of(size));
                    elements *= Math.max(1, size);
                }
            }
        }
        if (elements > MOST_ELEMENTS) {
            throw Problem.usage("model.dimension", "shape " + new Shape(dims) + " has more elements than can exist")
                    .at(where)
                    .toException();
        }
        return new Shape(dims);
    }

    private static TypeProto.Tensor tensor(DataType element, @Nullable Shape shape) {
        TypeProto.Tensor.Builder proto = TypeProto.Tensor.newBuilder().setElemType(element.code());
        if (shape != null) {
            TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
            for (Dim dim : shape.dims()) {
                switch (dim) {
                    case Dim.Known(long size) -> dims.addDimBuilder().setDimValue(size);
                    case Dim.Symbolic(String name) -> dims.addDimBuilder().setDimParam(name);
                    case Dim.Unknown _ -> dims.addDimBuilder();
                }
            }
            proto.setShape(dims);
        }
        return proto.build();
    }
}
