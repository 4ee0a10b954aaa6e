package dev.skerry.model;

import com.google.protobuf.ByteString;
import dev.skerry.model.onnx.MapProto;
import dev.skerry.model.onnx.OptionalProto;
import dev.skerry.model.onnx.SequenceProto;
import dev.skerry.model.onnx.SparseTensorProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Reads values that are stored outside of a model ({@code onnx-data.proto} in the ONNX repository). */
final class ValueReader {
    // the codes of SequenceProto.DataType and OptionalProto.DataType
    private static final int TENSOR = 1;
    private static final int SPARSE_TENSOR = 2;
    private static final int SEQUENCE = 3;
    private static final int MAP = 4;
    private static final int OPTIONAL = 5;

    private final String source;

    /** For the file that messages call {@code source}. */
    ValueReader(String source) {
        this.source = source;
    }

    Value read(MemorySegment content, ValueType type) {
        return switch (type) {
            case ValueType.OfTensor _ -> new Value.OfTensor(tensor(content));
            case ValueType.OfSparseTensor _ -> {
                var parsed = Protobuf.parse(content, source, "a sparse tensor", SparseTensorProto.parser());
                SparseTensor tensor = tensors(parsed).decode(parsed.message(), source);
                SparseCheck.check(tensor, source);
                yield new Value.OfSparseTensor(tensor);
            }
            case ValueType.OfSequence _ -> {
                var parsed = Protobuf.parse(content, source, "a sequence", SequenceProto.parser());
                yield sequence(parsed.message(), tensors(parsed));
            }
            case ValueType.OfOptional _ -> {
                var parsed = Protobuf.parse(content, source, "an optional", OptionalProto.parser());
                yield optional(parsed.message(), tensors(parsed));
            }
            case ValueType.OfMap _ -> {
                var parsed = Protobuf.parse(content, source, "a map", MapProto.parser());
                yield map(parsed.message(), tensors(parsed));
            }
            case ValueType.Foreign _ -> throw unknown("the type of the value is not known");
        };
    }

    Tensor tensor(MemorySegment content) {
        var parsed = Protobuf.parse(content, source, "a tensor", TensorProto.parser());
        return tensors(parsed).decode(parsed.message(), source);
    }

    private static TensorReader tensors(Protobuf.Parsed<?> parsed) {
        return new TensorReader(null, parsed.pieces());
    }

    private Value.OfSequence sequence(SequenceProto proto, TensorReader tensors) {
        new Parts(source).with(proto);
        List<Value> elements = new ArrayList<>();
        switch (proto.getElemType()) {
            case 0 -> {}
            case TENSOR ->
                proto.getTensorValuesList()
                        .forEach(tensor -> elements.add(new Value.OfTensor(tensors.decode(tensor, source))));
            case SPARSE_TENSOR ->
                proto.getSparseTensorValuesList()
                        .forEach(tensor -> elements.add(new Value.OfSparseTensor(tensors.decode(tensor, source))));
            case SEQUENCE -> proto.getSequenceValuesList().forEach(inner -> elements.add(sequence(inner, tensors)));
            case MAP -> proto.getMapValuesList().forEach(inner -> elements.add(map(inner, tensors)));
            case OPTIONAL -> proto.getOptionalValuesList().forEach(inner -> elements.add(optional(inner, tensors)));
            default -> throw unknown("a sequence holds elements of kind " + proto.getElemType());
        }
        return new Value.OfSequence(proto.getName(), elements);
    }

    private Value.OfOptional optional(OptionalProto proto, TensorReader tensors) {
        new Parts(source).with(proto);
        Value element = switch (proto.getElemType()) {
            case 0 -> null;
            case TENSOR ->
                proto.hasTensorValue() ? new Value.OfTensor(tensors.decode(proto.getTensorValue(), source)) : null;
            case SPARSE_TENSOR ->
                proto.hasSparseTensorValue()
                        ? new Value.OfSparseTensor(tensors.decode(proto.getSparseTensorValue(), source))
                        : null;
            case SEQUENCE -> proto.hasSequenceValue() ? sequence(proto.getSequenceValue(), tensors) : null;
            case MAP -> proto.hasMapValue() ? map(proto.getMapValue(), tensors) : null;
            case OPTIONAL -> proto.hasOptionalValue() ? optional(proto.getOptionalValue(), tensors) : null;
            default -> throw unknown("an optional holds an element of kind " + proto.getElemType());
        };
        return new Value.OfOptional(proto.getName(), element);
    }

    private Value.OfMap map(MapProto proto, TensorReader tensors) {
        new Parts(source).with(proto);
        boolean strings = proto.getKeyType() == DataType.STRING.code();
        Tensor keys = strings
                ? Tensor.ofStrings(
                        "",
                        new long[] {proto.getStringKeysCount()},
                        proto.getStringKeysList().stream()
                                .map(ByteString::toStringUtf8)
                                .toList())
                : Tensor.ofLongs(
                        "",
                        new long[] {proto.getKeysCount()},
                        proto.getKeysList().stream().mapToLong(Long::longValue).toArray());
        Value.OfSequence values = sequence(proto.getValues(), tensors);
        if (values.elements().size() != keys.elements()) {
            throw unknown("a map has " + keys.elements() + " keys and "
                    + values.elements().size() + " values");
        }
        return new Value.OfMap(proto.getName(), keys, values);
    }

    private RuntimeException unknown(String what) {
        return Problem.usage("model.value", what).at(source).toException();
    }
}
