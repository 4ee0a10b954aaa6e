package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Constants that are made before the run. */
final class Generators {
    private Generators() {}

    /** An output that is the same number everywhere. */
    static void filled(Call call, int output, double value) {
        double[] values = new double[Math.toIntExact(Sizes.product(call.outputDims(output)))];
        Arrays.fill(values, value);
        call.knows(output, tensor(call.outputType(output), call.outputDims(output), values));
    }

    static Tensor tensor(DataType type, long[] dims, double... values) {
        int bytes = CType.of(type).bytes();
        ByteBuffer data = ByteBuffer.allocate(bytes * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            switch (type) {
                case FLOAT -> data.putFloat((float) value);
                case DOUBLE -> data.putDouble(value);
                case FLOAT16 -> data.putShort(Float.floatToFloat16((float) value));
                case BFLOAT16 -> data.putShort((short) (Float.floatToIntBits((float) value) >>> 16));
                default -> {
                    long whole = (long) value;
                    for (int part = 0; part < bytes; part++) {
                        data.put((byte) (whole >> 8 * part));
                    }
                }
            }
        }
        return Tensor.of("", type, dims, MemorySegment.ofArray(data.array()));
    }
}
