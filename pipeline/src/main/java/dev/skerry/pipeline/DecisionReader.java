package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the outputs of a fused graph from memory into a {@link Decision}, without allocating. */
public final class DecisionReader {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Decision.Kind kind;
    private final List<String> outputs;
    /** Of plain values; those of decisions are fixed. */
    private final DataType type;

    private final int capacity;
    private final String[] names;
    private final String otherwise;
    private final @Nullable Fallback fallback;

    private DecisionReader(
            Decision.Kind kind,
            List<String> outputs,
            DataType type,
            int capacity,
            List<String> names,
            String otherwise,
            @Nullable Fallback fallback) {
        this.kind = kind;
        this.outputs = outputs;
        this.type = type;
        this.capacity = capacity;
        this.names = names.toArray(String[]::new);
        this.otherwise = otherwise;
        this.fallback = fallback;
    }

    /**
     * Knows the outputs by the names that fusion gave them.
     *
     * @param fused what {@link Fusion#fuse} made of the model and {@code spec}
     * @param base folder that label files are relative to
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.labels} where a label file can't be read
     */
    public static DecisionReader of(Model fused, PipelineSpec spec, Path base) {
        Map<String, ValueInfo> byName = new java.util.LinkedHashMap<>();
        fused.graph().outputs().forEach(output -> byName.put(output.name(), output));
        boolean index = byName.containsKey(PostLowering.INDEX);
        boolean boxes = byName.containsKey(PostLowering.BOXES);
        var outputs = new ArrayList<String>();
        String values = PostLowering.SCORE;
        if (!byName.containsKey(values)) {
            values = spec.output() != null
                    ? spec.output()
                    : fused.graph().outputs().getFirst().name();
        }
        outputs.add(values);
        if (index) {
            outputs.add(PostLowering.INDEX);
        }
        if (boxes) {
            outputs.add(PostLowering.BOXES);
        }
        ValueInfo first = byName.get(values);
        if (first == null || !(first.type() instanceof ValueType.OfTensor tensor) || !readable(tensor.element())) {
            throw Problem.usage("pipeline.output", "the output '" + values + "' holds no numbers that can be read")
                    .attempt("naming another output: output: …")
                    .toException();
        }
        long capacity = tensor.shape() == null ? 0 : tensor.shape().elements().orElse(0);
        String labels = spec.labels();
        List<String> names = labels == null ? List.of() : Labels.names(base.resolve(labels));
        String otherwise = "none";
        for (Step.Post step : spec.post()) {
            if (step instanceof Step.Threshold threshold) {
                otherwise = threshold.otherwise();
                names = names.isEmpty() ? threshold.names() : names;
            }
        }
        return new DecisionReader(
                boxes ? Decision.Kind.DETECTIONS : index ? Decision.Kind.CLASSES : Decision.Kind.VALUES,
                List.copyOf(outputs),
                tensor.element(),
                Math.clamp(capacity, 0, 1 << 24),
                names,
                otherwise,
                spec.fallback());
    }

    private static boolean readable(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, INT64, INT32, INT16, INT8, UINT8, BOOL -> true;
            default -> false;
        };
    }

    /** Names of the outputs that {@link #read} wants, in its order; each has a fixed number of elements. */
    public List<String> outputs() {
        return outputs;
    }

    /** A decision of the right capacity, to be used again and again. */
    public Decision newDecision() {
        return new Decision(kind, capacity);
    }

    /** The answer to a single release that has no decision: the declared label, or none. */
    public Decision fallback() {
        return declared(fallback == null ? null : fallback.label());
    }

    /** The answer of the safe state: its label, or none. */
    public Decision safe() {
        return declared(
                fallback == null || fallback.safe() == null
                        ? null
                        : fallback.safe().label());
    }

    private Decision declared(@Nullable String label) {
        var decision = new Decision(Decision.Kind.CLASSES, 1);
        if (label != null) {
            decision.add(Arrays.asList(names).indexOf(label), label, 0);
        }
        return decision;
    }

    /** Reads the segments of {@link #outputs}, in that order, into {@code into}. */
    public void read(MemorySegment[] segments, Decision into) {
        into.become(kind, capacity);
        MemorySegment scores = segments[0];
        switch (kind) {
            case VALUES -> {
                long count = scores.byteSize() * 8 / type.bits();
                into.ensure((int) count);
                for (long i = 0; i < count; i++) {
                    into.add(-1, "", value(scores, i));
                }
            }
            case CLASSES -> classes(scores, segments[1], into);
            case DETECTIONS -> {
                long count = scores.byteSize() / 4;
                for (long i = 0; i < count; i++) {
                    int index = (int) segments[1].get(LONG, i * 8);
                    if (index >= 0) {
                        int entry = into.count();
                        into.add(index, label(index), scores.get(FLOAT, i * 4));
                        for (int side = 0; side < 4; side++) {
                            into.boxSide(entry, side, segments[2].get(FLOAT, i * 16 + side * 4L));
                        }
                    }
                }
            }
        }
    }

    /** Classes that reached the threshold; where none did, the best score as none of the classes. */
    private void classes(MemorySegment scores, MemorySegment indices, Decision into) {
        long count = scores.byteSize() / 4;
        into.ensure((int) count);
        float best = Float.NEGATIVE_INFINITY;
        for (long i = 0; i < count; i++) {
            int index = (int) indices.get(LONG, i * 8);
            float score = scores.get(FLOAT, i * 4);
            best = Math.max(best, score);
            if (index >= 0) {
                into.add(index, label(index), score);
            }
        }
        if (into.count() == 0 && count > 0) {
            into.add(-1, otherwise, best);
        }
    }

    private String label(int index) {
        return index < names.length ? names[index] : Numerals.of(index);
    }

    private float value(MemorySegment data, long i) {
        return switch (type) {
            case DOUBLE -> (float) data.get(DOUBLE, i * 8);
            case FLOAT16 -> Float.float16ToFloat(data.get(SHORT, i * 2));
            case INT64 -> data.get(LONG, i * 8);
            case INT32 -> data.get(INT, i * 4);
            case INT16 -> data.get(SHORT, i * 2);
            case INT8 -> data.get(ValueLayout.JAVA_BYTE, i);
            case UINT8, BOOL -> data.get(ValueLayout.JAVA_BYTE, i) & 0xff;
            default -> data.get(FLOAT, i * 4);
        };
    }

    /** The same from tensors by output name; for evaluation, allocates. */
    public Decision read(Map<String, Tensor> tensors) {
        Decision decision = newDecision();
        var segments = new MemorySegment[outputs.size()];
        for (int i = 0; i < segments.length; i++) {
            Tensor tensor = tensors.get(outputs.get(i));
            if (tensor == null) {
                throw new IllegalArgumentException("no output '" + outputs.get(i) + "' among " + tensors.keySet());
            }
            segments[i] = tensor.data();
        }
        read(segments, decision);
        return decision;
    }
}
