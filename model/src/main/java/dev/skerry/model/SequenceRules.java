package dev.skerry.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sequences of tensors, and optionals. */
final class SequenceRules {
    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("SequenceConstruct", SequenceRules::construct),
            Map.entry("SequenceEmpty", SequenceRules::empty),
            Map.entry("SequenceInsert", SequenceRules::insert),
            Map.entry("SequenceErase", ElementwiseRules::same),
            Map.entry("SequenceAt", SequenceRules::at),
            Map.entry("SequenceLength", op -> op.set(0, DataType.INT64, List.of())),
            Map.entry("SplitToSequence", SequenceRules::split),
            Map.entry("ConcatFromSequence", SequenceRules::concat),
            Map.entry("Optional", SequenceRules::optional),
            Map.entry("OptionalHasElement", op -> op.set(0, DataType.BOOL, List.of())),
            Map.entry("OptionalGetElement", SequenceRules::get));

    private SequenceRules() {}

    private static void construct(Operation op) {
        ValueType element = op.type(0);
        for (int i = 1; i < op.inputs(); i++) {
            element = ValueTypes.join(element, op.type(i));
        }
        op.set(0, new ValueType.OfSequence(element));
    }

    private static void empty(Operation op) {
        DataType element = op.typeAttribute("dtype", DataType.FLOAT);
        op.set(0, new ValueType.OfSequence(element == null ? null : new ValueType.OfTensor(element, null)));
    }

    private static void insert(Operation op) {
        ValueType before = op.type(0) instanceof ValueType.OfSequence(var element) ? element : null;
        op.set(0, new ValueType.OfSequence(ValueTypes.join(before, op.type(1))));
    }

    private static void at(Operation op) {
        op.set(0, op.type(0) instanceof ValueType.OfSequence(var element) ? element : null);
    }

    private static void split(Operation op) {
        List<Dim> x = op.dims(0);
        DataType type = op.element(0);
        if (type == null) {
            return;
        }
        if (x == null) {
            op.set(0, new ValueType.OfSequence(new ValueType.OfTensor(type, null)));
            return;
        }
        int axis = op.axis(op.attribute("axis", 0), x.size());
        long[] parts = op.longs(1);
        List<Dim> element = new ArrayList<>(x);
        if (!op.has(1)) {
            if (op.attribute("keepdims", 1) != 0) {
                element.set(axis, Dim.of(1));
            } else {
                element.remove(axis);
            }
        } else {
            element.set(axis, common(parts, op.dims(1), x.get(axis)));
        }
        op.set(0, new ValueType.OfSequence(new ValueType.OfTensor(type, new Shape(element))));
    }

    /** The size that all parts have; a scalar says the size of each, and the last may be smaller. */
    private static Dim common(long @Nullable [] parts, @Nullable List<Dim> partsShape, Dim whole) {
        if (parts == null || parts.length == 0 || partsShape == null) {
            return Dims.UNKNOWN;
        }
        if (partsShape.isEmpty()) {
            return whole instanceof Dim.Known(long size) && parts[0] > 0 && size % parts[0] == 0
                    ? Dim.of(parts[0])
                    : Dims.UNKNOWN;
        }
        return java.util.Arrays.stream(parts).distinct().count() == 1 ? Dim.of(parts[0]) : Dims.UNKNOWN;
    }

    private static void concat(Operation op) {
        if (!(op.type(0) instanceof ValueType.OfSequence(ValueType.OfTensor(var element, var shape)))) {
            return;
        }
        if (shape == null) {
            op.set(0, element, null);
            return;
        }
        boolean stacked = op.attribute("new_axis", 0) != 0;
        List<Dim> dims = new ArrayList<>(shape.dims());
        int axis = op.axis(op.attribute("axis", 0), dims.size() + (stacked ? 1 : 0));
        // how many tensors a sequence holds is not tracked
        if (stacked) {
            dims.add(axis, Dims.UNKNOWN);
        } else {
            dims.set(axis, Dims.UNKNOWN);
        }
        op.set(0, element, dims);
    }

    private static void optional(Operation op) {
        ValueType element =
                op.node().attributes().get("type") instanceof Attribute.TypeValue(ValueType type) ? type : null;
        op.set(0, new ValueType.OfOptional(op.has(0) ? op.type(0) : element));
    }

    private static void get(Operation op) {
        op.set(0, op.type(0) instanceof ValueType.OfOptional(var element) ? element : op.type(0));
    }
}
