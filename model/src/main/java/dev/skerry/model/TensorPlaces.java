package dev.skerry.model;

import com.google.protobuf.Message;
import dev.skerry.model.onnx.AttributeProto;
import dev.skerry.model.onnx.FunctionProto;
import dev.skerry.model.onnx.GraphProto;
import dev.skerry.model.onnx.MapProto;
import dev.skerry.model.onnx.ModelProto;
import dev.skerry.model.onnx.NodeProto;
import dev.skerry.model.onnx.OptionalProto;
import dev.skerry.model.onnx.SequenceProto;
import dev.skerry.model.onnx.SparseTensorProto;
import dev.skerry.model.onnx.TensorProto;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Messages of the format in which tensors may be, and by which fields one gets to them. Protobuf's own descriptors say the
 * same, but loading them costs more than reading a small model; a test holds this table to them.
 */
enum TensorPlaces {
    TENSOR(TensorProto.class),
    SPARSE_TENSOR(SparseTensorProto.class),
    SEQUENCE(SequenceProto.class),
    MAP(MapProto.class),
    OPTIONAL(OptionalProto.class),
    NODE(NodeProto.class),
    ATTRIBUTE(AttributeProto.class),
    FUNCTION(FunctionProto.class),
    GRAPH(GraphProto.class),
    MODEL(ModelProto.class);

    private static final Map<TensorPlaces, Map<Integer, TensorPlaces>> WITHIN = Map.of(
            TENSOR,
            Map.of(),
            SPARSE_TENSOR,
            Map.of(
                    SparseTensorProto.VALUES_FIELD_NUMBER, TENSOR,
                    SparseTensorProto.INDICES_FIELD_NUMBER, TENSOR),
            SEQUENCE,
            Map.of(
                    SequenceProto.TENSOR_VALUES_FIELD_NUMBER, TENSOR,
                    SequenceProto.SPARSE_TENSOR_VALUES_FIELD_NUMBER, SPARSE_TENSOR,
                    SequenceProto.SEQUENCE_VALUES_FIELD_NUMBER, SEQUENCE,
                    SequenceProto.MAP_VALUES_FIELD_NUMBER, MAP,
                    SequenceProto.OPTIONAL_VALUES_FIELD_NUMBER, OPTIONAL),
            MAP,
            Map.of(MapProto.VALUES_FIELD_NUMBER, SEQUENCE),
            OPTIONAL,
            Map.of(
                    OptionalProto.TENSOR_VALUE_FIELD_NUMBER, TENSOR,
                    OptionalProto.SPARSE_TENSOR_VALUE_FIELD_NUMBER, SPARSE_TENSOR,
                    OptionalProto.SEQUENCE_VALUE_FIELD_NUMBER, SEQUENCE,
                    OptionalProto.MAP_VALUE_FIELD_NUMBER, MAP,
                    OptionalProto.OPTIONAL_VALUE_FIELD_NUMBER, OPTIONAL),
            NODE,
            Map.of(NodeProto.ATTRIBUTE_FIELD_NUMBER, ATTRIBUTE),
            ATTRIBUTE,
            Map.of(
                    AttributeProto.T_FIELD_NUMBER, TENSOR,
                    AttributeProto.TENSORS_FIELD_NUMBER, TENSOR,
                    AttributeProto.SPARSE_TENSOR_FIELD_NUMBER, SPARSE_TENSOR,
                    AttributeProto.SPARSE_TENSORS_FIELD_NUMBER, SPARSE_TENSOR,
                    AttributeProto.G_FIELD_NUMBER, GRAPH,
                    AttributeProto.GRAPHS_FIELD_NUMBER, GRAPH),
            FUNCTION,
            Map.of(
                    FunctionProto.NODE_FIELD_NUMBER, NODE,
                    FunctionProto.ATTRIBUTE_PROTO_FIELD_NUMBER, ATTRIBUTE),
            GRAPH,
            Map.of(
                    GraphProto.NODE_FIELD_NUMBER, NODE,
                    GraphProto.INITIALIZER_FIELD_NUMBER, TENSOR,
                    GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER, SPARSE_TENSOR),
            MODEL,
            Map.of(
                    ModelProto.GRAPH_FIELD_NUMBER, GRAPH,
                    ModelProto.FUNCTIONS_FIELD_NUMBER, FUNCTION));

    private final Class<? extends Message> message;

    TensorPlaces(Class<? extends Message> message) {
        this.message = message;
    }

    /** The place that a message is; a defect where no tensor can be in it. */
    static TensorPlaces of(Message message) {
        for (TensorPlaces place : values()) {
            if (place.message.isInstance(message)) {
                return place;
            }
        }
        throw new IllegalArgumentException(message.getClass() + " holds no tensors");
    }

    /** What lies behind a field of this message; null where no tensor can. */
    @Nullable
    TensorPlaces behind(int fieldNumber) {
        return fields().get(fieldNumber);
    }

    @SuppressWarnings("NullAway") // the table has all of them
    Map<Integer, TensorPlaces> fields() {
        return WITHIN.get(this);
    }

    Class<? extends Message> message() {
        return message;
    }
}
