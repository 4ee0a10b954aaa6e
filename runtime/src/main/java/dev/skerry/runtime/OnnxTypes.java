package dev.skerry.runtime;

import ai.onnxruntime.MapInfo;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.TensorInfo;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Extras;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The types of ONNX Runtime's Java API in terms of ours. */
final class OnnxTypes {
    private OnnxTypes() {}

    /** Our type of a native one; empty for those that the Java API doesn't know, such as INT4. */
    static Optional<DataType> element(TensorInfo.OnnxTensorType type) {
        return switch (type) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED -> Optional.empty();
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> Optional.of(DataType.UINT8);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> Optional.of(DataType.INT8);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> Optional.of(DataType.UINT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> Optional.of(DataType.INT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> Optional.of(DataType.UINT32);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> Optional.of(DataType.INT32);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> Optional.of(DataType.UINT64);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> Optional.of(DataType.INT64);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> Optional.of(DataType.FLOAT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> Optional.of(DataType.FLOAT);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> Optional.of(DataType.DOUBLE);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> Optional.of(DataType.STRING);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> Optional.of(DataType.BOOL);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX64 -> Optional.of(DataType.COMPLEX64);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_COMPLEX128 -> Optional.of(DataType.COMPLEX128);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> Optional.of(DataType.BFLOAT16);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FN -> Optional.of(DataType.FLOAT8E4M3FN);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E4M3FNUZ -> Optional.of(DataType.FLOAT8E4M3FNUZ);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E5M2 -> Optional.of(DataType.FLOAT8E5M2);
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT8E5M2FNUZ -> Optional.of(DataType.FLOAT8E5M2FNUZ);
        };
    }

    /** The type with which the Java API makes a tensor over memory; empty where it can't. */
    static Optional<OnnxJavaType> carrier(DataType type) {
        return switch (type) {
            case FLOAT -> Optional.of(OnnxJavaType.FLOAT);
            case DOUBLE -> Optional.of(OnnxJavaType.DOUBLE);
            case FLOAT16 -> Optional.of(OnnxJavaType.FLOAT16);
            case BFLOAT16 -> Optional.of(OnnxJavaType.BFLOAT16);
            case INT8 -> Optional.of(OnnxJavaType.INT8);
            case UINT8 -> Optional.of(OnnxJavaType.UINT8);
            case INT16 -> Optional.of(OnnxJavaType.INT16);
            case INT32 -> Optional.of(OnnxJavaType.INT32);
            case INT64 -> Optional.of(OnnxJavaType.INT64);
            case BOOL -> Optional.of(OnnxJavaType.BOOL);
            case STRING -> Optional.of(OnnxJavaType.STRING);
            case UINT16,
                    UINT32,
                    UINT64,
                    COMPLEX64,
                    COMPLEX128,
                    FLOAT8E4M3FN,
                    FLOAT8E4M3FNUZ,
                    FLOAT8E5M2,
                    FLOAT8E5M2FNUZ,
                    UINT4,
                    INT4,
                    FLOAT4E2M1,
                    FLOAT8E8M0,
                    UINT2,
                    INT2 -> Optional.empty();
        };
    }

    static ValueInfo value(NodeInfo node) {
        return new ValueInfo(node.getName(), type(node.getInfo()), "", Map.of(), Extras.NONE);
    }

    private static @Nullable ValueType type(ai.onnxruntime.ValueInfo info) {
        return switch (info) {
            case TensorInfo tensor ->
                element(tensor.onnxType)
                        .map(element -> new ValueType.OfTensor(element, shape(tensor)))
                        .orElse(null);
            case SequenceInfo sequence when sequence.sequenceOfMaps -> new ValueType.OfSequence(map(sequence.mapInfo));
            case SequenceInfo sequence -> new ValueType.OfSequence(tensorOf(sequence.sequenceType));
            case MapInfo map -> map(map);
            default -> null;
        };
    }

    private static @Nullable ValueType map(MapInfo map) {
        return element(TensorInfo.OnnxTensorType.mapFromJavaType(map.keyType))
                .map(key -> new ValueType.OfMap(key, tensorOf(map.valueType)))
                .orElse(null);
    }

    private static @Nullable ValueType tensorOf(OnnxJavaType type) {
        return element(TensorInfo.OnnxTensorType.mapFromJavaType(type))
                .map(element -> new ValueType.OfTensor(element, null))
                .orElse(null);
    }

    /** The API tells a scalar and an unknown rank alike, so no dimensions means that nothing is known. */
    private static @Nullable Shape shape(TensorInfo tensor) {
        long[] sizes = tensor.getShape();
        if (sizes.length == 0) {
            return null;
        }
        String[] names = tensor.getDimensionNames();
        var dims = new ArrayList<Dim>();
        for (int i = 0; i < sizes.length; i++) {
            dims.add(sizes[i] >= 0 ? Dim.of(sizes[i]) : Dim.of(i < names.length ? names[i] : ""));
        }
        return new Shape(dims);
    }
}
