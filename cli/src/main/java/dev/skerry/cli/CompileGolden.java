package dev.skerry.cli;

import dev.skerry.firmware.Firmware;
import dev.skerry.firmware.Golden;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.OnnxRuntime;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Golden vectors of code whose results Java doesn't compute: what ONNX Runtime gives for inputs that the code makes for itself.
 *
 * @param firmware with a self-test, where that could be
 * @param missing why there is none; null where there is one
 */
record CompileGolden(Firmware firmware, @Nullable Problem missing) {
    private static final int VECTORS = 4;

    /** As ONNX's own tests compare. */
    private static final double RELATIVE = 1e-3;

    /** Of the largest number of an output: sums in another order are off by their largest parts, also where they cancel. */
    private static final double OF_LARGEST = 1e-5;

    /** The same where integers are rounded otherwise than ONNX Runtime rounds: some steps of the last layers. */
    private static final double OF_LARGEST_IN_INTEGERS = 0.1;

    /**
     * @param model as ONNX Runtime takes it
     * @param isRounded whether the code's integers are rounded otherwise than the model says
     */
    static CompileGolden of(Firmware firmware, Model model, boolean isRounded) {
        if (firmware.isExact()) {
            return new CompileGolden(firmware, null);
        }
        try (Session session = new OnnxRuntime().open(model, SessionOptions.DEFAULT)) {
            var vectors = new ArrayList<Golden.Vector>();
            double largest = 0;
            for (int i = 0; i < VECTORS; i++) {
                Map<String, Tensor> inputs = firmware.generated(i);
                Map<String, Tensor> outputs =
                        stored(session.infer(real(inputs, firmware.inputs(), model)), firmware.outputs());
                vectors.add(new Golden.Vector(inputs, outputs));
                largest = Math.max(largest, largest(outputs, firmware.outputs()));
            }
            double share = isRounded ? OF_LARGEST_IN_INTEGERS : OF_LARGEST;
            return new CompileGolden(firmware.withGolden(new Golden(vectors, RELATIVE, share * largest)), null);
        } catch (ProblemException refused) {
            return new CompileGolden(firmware, refused.problem());
        }
    }

    /** Bytes as the real numbers that they stand for, where the model takes those. */
    private static Map<String, Tensor> real(Map<String, Tensor> inputs, List<Firmware.End> ends, Model model) {
        var real = new LinkedHashMap<>(inputs);
        for (ValueInfo taken : model.graph().dataInputs()) {
            boolean takesReal = taken.type() instanceof ValueType.OfTensor tensor && tensor.element() == DataType.FLOAT;
            for (Firmware.End end : ends) {
                Tensor bytes = inputs.get(end.name());
                if (takesReal && end.name().equals(taken.name()) && end.type() == DataType.INT8 && bytes != null) {
                    float[] values = new float[Math.toIntExact(bytes.elements())];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = end.scale() * (float) (bytes.longAt(i) - end.zero());
                    }
                    real.put(end.name(), Tensor.ofFloats(end.name(), bytes.dims(), values));
                }
            }
        }
        return real;
    }

    /** Real numbers as the bytes that the code gives for them. */
    private static Map<String, Tensor> stored(Map<String, Tensor> outputs, List<Firmware.End> ends) {
        var stored = new LinkedHashMap<>(outputs);
        for (Firmware.End end : ends) {
            Tensor values = outputs.get(end.name());
            if (values != null && end.type() == DataType.INT8 && values.type() == DataType.FLOAT) {
                byte[] bytes = new byte[Math.toIntExact(values.elements())];
                for (int i = 0; i < bytes.length; i++) {
                    long step = Math.round(values.valueAt(i) / end.scale()) + end.zero();
                    bytes[i] = (byte) Math.clamp(step, Byte.MIN_VALUE, Byte.MAX_VALUE);
                }
                stored.put(end.name(), Tensor.ofBytes(end.name(), DataType.INT8, values.dims(), bytes));
            }
        }
        return stored;
    }

    private static double largest(Map<String, Tensor> outputs, List<Firmware.End> ends) {
        double largest = 0;
        for (Firmware.End end : ends) {
            Tensor tensor = outputs.get(end.name());
            for (long i = 0; tensor != null && i < tensor.elements(); i++) {
                double size = Math.abs(tensor.valueAt(i));
                largest = Double.isFinite(size) ? Math.max(largest, size) : largest;
            }
        }
        return largest;
    }
}
