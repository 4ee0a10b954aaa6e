package dev.skerry.model;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a TensorFlow Lite file holds, as its schema (version 3) has it. Subgraph 0 is the model; others are called by its operators.
 */
@SuppressWarnings("ArrayRecordComponent") // as they were read; nobody changes or compares them
record TfliteModel(List<TfliteGraph> subgraphs, String description) {
    record TfliteGraph(
            String name, List<TfliteTensor> tensors, int[] inputs, int[] outputs, List<TfliteOperator> operators) {}

    /**
     * A tensor.
     *
     * @param type null for resources and variants, which have no elements
     * @param dims -1 where a size is known at run time only
     * @param data content of a constant, packed; null for a value that an operator makes
     */
    record TfliteTensor(
            int index,
            String name,
            @Nullable DataType type,
            long[] dims,
            @Nullable MemorySegment data,
            @Nullable TfliteScales scales,
            boolean variable,
            boolean sparse) {
        int rank() {
            return dims.length;
        }

        boolean isConstant() {
            return data != null;
        }
    }

    /**
     * Affine quantization: real = (stored − zero point) × scale, per tensor or along {@code axis}.
     *
     * @param scales one, or one per channel
     */
    record TfliteScales(float[] scales, long[] zeroPoints, int axis) {
        boolean perChannel() {
            return scales.length > 1;
        }

        float scale() {
            return scales[0];
        }

        long zeroPoint() {
            return zeroPoints[0];
        }

        boolean sameAs(TfliteScales other) {
            return java.util.Arrays.equals(scales, other.scales)
                    && java.util.Arrays.equals(zeroPoints, other.zeroPoints)
                    && (axis == other.axis || !perChannel());
        }
    }

    /**
     * An operator.
     *
     * @param code of {@code BuiltinOperator}
     * @param custom the name of a custom operator, else empty
     * @param inputs tensors; -1 for one left out
     * @param options the table of the operator's options; null where there is none
     */
    record TfliteOperator(
            int index,
            int code,
            String custom,
            int[] inputs,
            int[] outputs,
            @Nullable TfliteTable options) {}
}
