package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A copy of the code with memory for its inputs: an inference uses up what lies in the code's own. Where the model takes or gives
 * real numbers and the code has integers, they are put on the grid and taken off it, as QuantizeLinear and DequantizeLinear do.
 */
final class CompiledBinding implements Binding {
    /** What a caller sees of an end, and what the code has. */
    private record Side(MemorySegment outside, CompiledCode.End inside, int elements, boolean converts) {}

    private final CompiledCode code;
    private final Arena arena = Arena.ofShared();
    private final Map<String, Side> inputs = new LinkedHashMap<>();
    private final Map<String, Side> outputs = new LinkedHashMap<>();
    private final Side[] before;
    private final Side[] after;
    private final Map<String, long[]> dims;

    private CompiledBinding(CompiledCode code, Map<String, long[]> dims) {
        this.code = code;
        this.dims = dims;
        before = new Side[code.inputs().size()];
        after = new Side[code.outputs().size()];
    }

    /** @param code closed with this, also where it doesn't fit the model */
    static CompiledBinding of(
            CompiledCode code, String name, List<ValueInfo> inputs, List<ValueInfo> outputs, Map<String, long[]> dims) {
        var binding = new CompiledBinding(code, dims);
        boolean fits = false;
        try {
            binding.connect(name, true, inputs, code.inputs(), binding.before);
            binding.connect(name, false, outputs, code.outputs(), binding.after);
            fits = true;
            return binding;
        } finally {
            if (!fits) {
                binding.close();
            }
        }
    }

    private void connect(
            String name, boolean isInput, List<ValueInfo> declared, List<CompiledCode.End> ends, Side[] order) {
        if (declared.size() != ends.size()) {
            throw unlike(name, declared.size() + " values, and the code has " + ends.size());
        }
        for (int i = 0; i < order.length; i++) {
            ValueInfo value = declared.get(i);
            CompiledCode.End end = ends.get(i);
            DataType type = CompiledSession.type(value);
            long elements = 1;
            for (long size : dims.getOrDefault(value.name(), new long[0])) {
                elements *= size;
            }
            boolean converts = type != end.type();
            if (converts && !(type == DataType.FLOAT && end.type() == DataType.INT8 && end.scale() > 0)) {
                throw unlike(
                        name,
                        value.name() + " as " + type.label() + ", and the code as "
                                + end.type().label());
            }
            if (elements * end.type().bits() / 8 != end.memory().byteSize()) {
                throw unlike(
                        name,
                        elements + " elements of " + value.name() + ", and the code "
                                + end.memory().byteSize() + " bytes");
            }
            MemorySegment outside = isInput || converts
                    ? arena.allocate(elements * type.bits() / 8, Long.BYTES)
                    : end.memory().asReadOnly();
            order[i] = new Side(outside, end, Math.toIntExact(elements), converts);
            (isInput ? inputs : outputs).put(value.name(), order[i]);
        }
    }

    private static RuntimeException unlike(String name, String what) {
        return Problem.usage("runtime.load", "the compiled code has other ends than the model")
                .at(name)
                .because("the model has " + what)
                .toException();
    }

    @Override
    public MemorySegment input(String name) {
        return side(name, inputs).outside();
    }

    @Override
    public MemorySegment output(String name) {
        return side(name, outputs).outside();
    }

    private static Side side(String name, Map<String, Side> sides) {
        Side side = sides.get(name);
        if (side == null) {
            throw new IllegalArgumentException("no " + name + " here, but " + new ArrayList<>(sides.keySet()));
        }
        return side;
    }

    @Override
    public Map<String, long[]> outputDims() {
        var copy = new LinkedHashMap<String, long[]>();
        outputs.keySet()
                .forEach(output ->
                        copy.put(output, dims.getOrDefault(output, new long[0]).clone()));
        return copy;
    }

    @Override
    public void run() {
        for (Side side : before) {
            if (side.converts) {
                quantize(side);
            } else {
                side.inside.memory().copyFrom(side.outside);
            }
        }
        code.invoke();
        for (Side side : after) {
            if (side.converts) {
                dequantize(side);
            }
        }
    }

    /** {@code saturate(round(x ÷ scale) + zero)}, halves to even, as QuantizeLinear has it. */
    private static void quantize(Side side) {
        MemorySegment stored = side.inside.memory();
        float scale = side.inside.scale();
        int zero = side.inside.zero();
        for (int i = 0; i < side.elements; i++) {
            double steps = Math.rint(side.outside.getAtIndex(ValueLayout.JAVA_FLOAT, i) / scale) + zero;
            stored.set(ValueLayout.JAVA_BYTE, i, (byte) Math.clamp((long) steps, Byte.MIN_VALUE, Byte.MAX_VALUE));
        }
    }

    private static void dequantize(Side side) {
        MemorySegment stored = side.inside.memory();
        float scale = side.inside.scale();
        int zero = side.inside.zero();
        for (int i = 0; i < side.elements; i++) {
            side.outside.setAtIndex(ValueLayout.JAVA_FLOAT, i, (stored.get(ValueLayout.JAVA_BYTE, i) - zero) * scale);
        }
    }

    @Override
    public void close() {
        code.close();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
