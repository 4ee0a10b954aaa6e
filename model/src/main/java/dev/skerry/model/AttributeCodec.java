package dev.skerry.model;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.skerry.model.onnx.AttributeProto;
import dev.skerry.model.onnx.TypeProto;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Attributes between the file and the records. */
final class AttributeCodec {
    // the codes of AttributeProto.AttributeType
    private static final int FLOAT = 1;
    private static final int INT = 2;
    private static final int STRING = 3;
    private static final int TENSOR = 4;
    private static final int GRAPH = 5;
    private static final int FLOATS = 6;
    private static final int INTS = 7;
    private static final int STRINGS = 8;
    private static final int TENSORS = 9;
    private static final int GRAPHS = 10;
    private static final int SPARSE_TENSOR = 11;
    private static final int SPARSE_TENSORS = 12;
    private static final int TYPE = 13;
    private static final int TYPES = 14;

    private AttributeCodec() {}

    /** Reads an attribute. What the record doesn't tell of it (documentation, unknown fields) is kept in {@code parts}. */
    static Attribute decode(AttributeProto proto, GraphReader reader, Parts parts, String where) {
        String place = where + ": attribute " + proto.getName();
        new Parts(place).with(proto);
        int kind = proto.getType() == 0 ? kindByContent(proto) : proto.getType();
        Attribute value = proto.hasRefAttrName() && !proto.getRefAttrName().isEmpty()
                ? new Attribute.Reference(proto.getRefAttrName(), kind)
                : value(proto, kind, reader, place);
        if (!(value instanceof Attribute.Foreign)) {
            AttributeProto rest = rest(proto, value);
            if (!rest.equals(AttributeProto.getDefaultInstance())) {
                parts.keep(key(proto.getName()), rest);
            }
        }
        return value;
    }

    private static Attribute value(AttributeProto proto, int kind, GraphReader reader, String where) {
        return switch (kind) {
            case FLOAT -> new Attribute.FloatValue(proto.getF());
            case INT -> new Attribute.IntValue(proto.getI());
            case STRING ->
                proto.getS().isValidUtf8()
                        ? new Attribute.StringValue(proto.getS().toStringUtf8())
                        : new Attribute.BytesValue(bytes(proto.getS()));
            case TENSOR ->
                new Attribute.TensorValue(reader.tensors().decode(present(proto.hasT(), proto.getT(), where), where));
            case GRAPH -> new Attribute.GraphValue(reader.graph(present(proto.hasG(), proto.getG(), where), where));
            case SPARSE_TENSOR ->
                new Attribute.SparseTensorValue(reader.tensors()
                        .decode(present(proto.hasSparseTensor(), proto.getSparseTensor(), where), where));
            case TYPE -> new Attribute.TypeValue(type(proto.getTp(), where));
            case FLOATS -> new Attribute.Floats(proto.getFloatsList());
            case INTS -> new Attribute.Ints(proto.getIntsList());
            case STRINGS ->
                proto.getStringsList().stream().allMatch(ByteString::isValidUtf8)
                        ? new Attribute.Strings(proto.getStringsList().stream()
                                .map(ByteString::toStringUtf8)
                                .toList())
                        : new Attribute.ByteStrings(proto.getStringsList().stream()
                                .map(AttributeCodec::bytes)
                                .toList());
            case TENSORS ->
                new Attribute.Tensors(proto.getTensorsList().stream()
                        .map(tensor -> reader.tensors().decode(tensor, where))
                        .toList());
            case GRAPHS ->
                new Attribute.Graphs(proto.getGraphsList().stream()
                        .map(graph -> reader.graph(graph, where))
                        .toList());
            case SPARSE_TENSORS ->
                new Attribute.SparseTensors(proto.getSparseTensorsList().stream()
                        .map(tensor -> reader.tensors().decode(tensor, where))
                        .toList());
            case TYPES ->
                new Attribute.Types(proto.getTypeProtosList().stream()
                        .map(type -> type(type, where))
                        .toList());
            default ->
                new Attribute.Foreign(
                        kind, Extras.of(UnknownFieldSet.getDefaultInstance(), Map.of("attribute", proto)));
        };
    }

    /** Files of IR version 1 don't say of what kind an attribute is; the field that is there tells. */
    private static int kindByContent(AttributeProto proto) {
        if (proto.hasF()) {
            return FLOAT;
        } else if (proto.hasI()) {
            return INT;
        } else if (proto.hasS()) {
            return STRING;
        } else if (proto.hasT()) {
            return TENSOR;
        } else if (proto.hasG()) {
            return GRAPH;
        } else if (proto.getFloatsCount() > 0) {
            return FLOATS;
        } else if (proto.getIntsCount() > 0) {
            return INTS;
        } else if (proto.getStringsCount() > 0) {
            return STRINGS;
        } else if (proto.getTensorsCount() > 0) {
            return TENSORS;
        } else {
            return proto.getGraphsCount() > 0 ? GRAPHS : 0;
        }
    }

    /** What remains of the message when all that {@code value} tells is taken away. */
    private static AttributeProto rest(AttributeProto proto, Attribute value) {
        AttributeProto.Builder rest = proto.toBuilder().clearName().clearType().clearRefAttrName();
        switch (value) {
            case Attribute.FloatValue _ -> rest.clearF();
            case Attribute.IntValue _ -> rest.clearI();
            case Attribute.StringValue _, Attribute.BytesValue _ -> rest.clearS();
            case Attribute.TensorValue _ -> rest.clearT();
            case Attribute.GraphValue _ -> rest.clearG();
            case Attribute.SparseTensorValue _ -> rest.clearSparseTensor();
            case Attribute.Floats _ -> rest.clearFloats();
            case Attribute.Ints _ -> rest.clearInts();
            case Attribute.Strings _, Attribute.ByteStrings _ -> rest.clearStrings();
            case Attribute.Tensors _ -> rest.clearTensors();
            case Attribute.Graphs _ -> rest.clearGraphs();
            case Attribute.SparseTensors _ -> rest.clearSparseTensors();
            case Attribute.TypeValue(ValueType type) -> {
                if (TypeCodec.encode(type).equals(proto.getTp())) {
                    rest.clearTp();
                }
            }
            case Attribute.Types(List<ValueType> types) -> {
                if (types.stream().map(TypeCodec::encode).toList().equals(proto.getTypeProtosList())) {
                    rest.clearTypeProtos();
                }
            }
            case Attribute.Reference _, Attribute.Foreign _ -> {}
        }
        return rest.build();
    }

    /** Writes an attribute, with what {@code extras} keep of the one by this name. */
    static AttributeProto encode(String name, Attribute value, GraphWriter writer, Extras extras) {
        AttributeProto kept = extras.part(key(name), AttributeProto.getDefaultInstance());
        AttributeProto.Builder proto = kept.toBuilder().setName(name);
        switch (value) {
            case Attribute.FloatValue(float number) -> proto.setType(FLOAT).setF(number);
            case Attribute.IntValue(long number) -> proto.setType(INT).setI(number);
            case Attribute.StringValue(String text) -> proto.setType(STRING).setS(ByteString.copyFromUtf8(text));
            case Attribute.BytesValue(List<Byte> bytes) -> proto.setType(STRING).setS(bytes(bytes));
            case Attribute.TensorValue(Tensor tensor) -> proto.setType(TENSOR).setT(writer.tensor(tensor));
            case Attribute.GraphValue(Graph graph) -> proto.setType(GRAPH).setG(writer.graph(graph));
            case Attribute.SparseTensorValue(SparseTensor tensor) ->
                proto.setType(SPARSE_TENSOR).setSparseTensor(writer.sparse(tensor));
            case Attribute.Floats(List<Float> numbers) ->
                proto.setType(FLOATS).clearFloats().addAllFloats(numbers);
            case Attribute.Ints(List<Long> numbers) ->
                proto.setType(INTS).clearInts().addAllInts(numbers);
            case Attribute.Strings(List<String> texts) -> {
                proto.setType(STRINGS).clearStrings();
                texts.forEach(text -> proto.addStrings(ByteString.copyFromUtf8(text)));
            }
            case Attribute.ByteStrings(List<List<Byte>> texts) -> {
                proto.setType(STRINGS).clearStrings();
                texts.forEach(text -> proto.addStrings(bytes(text)));
            }
            case Attribute.Tensors(List<Tensor> tensors) -> {
                proto.setType(TENSORS).clearTensors();
                tensors.forEach(tensor -> proto.addTensors(writer.tensor(tensor)));
            }
            case Attribute.Graphs(List<Graph> graphs) -> {
                proto.setType(GRAPHS).clearGraphs();
                graphs.forEach(graph -> proto.addGraphs(writer.graph(graph)));
            }
            case Attribute.SparseTensors(List<SparseTensor> tensors) -> {
                proto.setType(SPARSE_TENSORS).clearSparseTensors();
                tensors.forEach(tensor -> proto.addSparseTensors(writer.sparse(tensor)));
            }
            case Attribute.TypeValue(ValueType type) -> {
                boolean same = kept.hasTp() && type.equals(TypeCodec.decode(kept.getTp(), name));
                proto.setType(TYPE).setTp(same ? kept.getTp() : TypeCodec.encode(type));
            }
            case Attribute.Types(List<ValueType> types) -> {
                List<ValueType> before = new ArrayList<>();
                kept.getTypeProtosList().forEach(type -> before.add(type(type, name)));
                proto.setType(TYPES);
                if (!types.equals(before)) {
                    proto.clearTypeProtos();
                    types.forEach(type -> proto.addTypeProtos(TypeCodec.encode(type)));
                }
            }
            case Attribute.Reference(String parameter, int kind) ->
                proto.setType(kind).setRefAttrName(parameter);
            case Attribute.Foreign(int _, Extras content) -> {
                return content.part("attribute", AttributeProto.getDefaultInstance()).toBuilder()
                        .setName(name)
                        .build();
            }
        }
        return proto.build();
    }

    private static String key(String name) {
        return "attribute " + name;
    }

    private static ValueType type(TypeProto proto, String where) {
        ValueType type = TypeCodec.decode(proto, where);
        if (type == null) {
            throw Problem.usage("model.attribute", "a type is wanted, and an empty one is there")
                    .at(where)
                    .toException();
        }
        return type;
    }

    private static <T> T present(boolean present, @Nullable T value, String where) {
        if (!present || value == null) {
            throw Problem.usage("model.attribute", "its value is missing")
                    .at(where)
                    .because("it is said to be a tensor or a graph, and there is none")
                    .toException();
        }
        return value;
    }

    private static List<Byte> bytes(ByteString string) {
        List<Byte> bytes = new ArrayList<>(string.size());
        string.forEach(bytes::add);
        return bytes;
    }

    private static ByteString bytes(List<Byte> bytes) {
        byte[] array = new byte[bytes.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = bytes.get(i);
        }
        return ByteString.copyFrom(array);
    }
}
