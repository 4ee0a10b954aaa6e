package dev.skerry.model;

import com.google.protobuf.ByteString;
import dev.skerry.model.onnx.MapProto;
import dev.skerry.model.onnx.OptionalProto;
import dev.skerry.model.onnx.SequenceProto;
import dev.skerry.model.onnx.SparseTensorProto;
import dev.skerry.model.onnx.TensorProto;
import dev.skerry.problem.Problem;
import java.nio.ByteBuffer;
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

    private final TensorReader tensors;
    private final String source;

    ValueReader(String source, TensorReader tensors) {
        this.source = source;
        this.tensors = tensors;
    }

    Value read(ByteBuffer content, ValueType type) {
        return switch (type) {
            case ValueType.OfTensor _ -> new Value.OfTensor(tensor(content));
            case ValueType.OfSparseTensor _ -> {
                var proto = Protobuf.parse(content, source, "a sparse tensor", SparseTensorProto.parser());
                SparseTensor tensor = tensors.decode(proto, source);
                SparseCheck.check(tensor, source);
                yield new Value.OfSparseTensor(tensor);
            }
            case ValueType.OfSequence _ ->
                sequence(Protobuf.parse(content, source, "a sequence", SequenceProto.parser()));
            case ValueType.OfOptional _ ->
                optional(Protobuf.parse(content, source, "an optional", OptionalProto.parser()));
            case ValueType.OfMap _ -> map(Protobuf.parse(content, source, "a map", MapProto.parser()));
            case ValueType.Foreign _ -> throw unknown("the type of the value is not known");
        };
    }

    Tensor tensor(ByteBuffer content) {
        return tensors.decode(Protobuf.parse(content, source, "a tensor", TensorProto.parser()), source);
    }

    private Value.OfSequence sequence(SequenceProto proto) {
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
            case SEQUENCE -> proto.getSequenceValuesList().forEach(inner -> elements.add(sequence(inner)));
            case MAP -> proto.getMapValuesList().forEach(inner -> elements.add(map(inner)));
            case OPTIONAL -> proto.getOptionalValuesList().forEach(inner -> elements.add(optional(inner)));
            default -> throw unknown("a sequence holds elements of kind " + proto.getElemType());
        }
        return new Value.OfSequence(proto.getName(), elements);
    }

    private Value.OfOptional optional(OptionalProto proto) {
        new Parts(source).with(proto);
        Value element = switch (proto.getElemType()) {
            case 0 -> null;
            case TENSOR ->
                proto.hasTensorValue() ? new Value.OfTensor(tensors.decode(proto.getTensorValue(), source)) : null;
            case SPARSE_TENSOR ->
                proto.hasSparseTensorValue()
                        ? new Value.OfSparseTensor(tensors.decode(proto.getSparseTensorValue(), source))
                        : null;
            case SEQUENCE -> proto.hasSequenceValue() ? sequence(proto.getSequenceValue()) : null;
            case MAP -> proto.hasMapValue() ? map(proto.getMapValue()) : null;
            case OPTIONAL -> proto.hasOptionalValue() ? optional(proto.getOptionalValue()) : null;
            default -> throw unknown("an optional holds an element of kind " + proto.getElemType());
        };
        return new Value.OfOptional(proto.getName(), element);
    }

    private Value.OfMap map(MapProto proto) {
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
        Value.OfSequence values = sequence(proto.getValues());
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
