package dev.skerry.project;

import dev.skerry.bundle.GoldenVectors;
import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.SpreadSamples;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Session;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Chooses the inputs that a device must reproduce, with the outputs that the graph means: computed without any rewriting by the
 * runtime, so that each Q/DQ pair is executed as the ONNX specification says. Among the inputs are saturating ones, since
 * instruction sets differ just there (UINT8 × INT8 products on x86 without VNNI).
 */
final class GoldenMaker {
    static final int SAMPLES = 8;
    private static final double FLOAT_TOLERANCE = 1e-3;

    /** Other machines round otherwise, but not by much more than this one. */
    private static final double MARGIN = 4;

    private static final double WITHOUT_STEPS = 0.25;

    /** Vectors and the largest difference that an output may have, in its own unit. */
    record Golden(GoldenVectors vectors, double tolerance) {}

    private GoldenMaker() {}

    /**
     * Makes the vectors and checks them on this machine.
     *
     * @param meant a session that rewrites nothing
     * @param actual a session as it will run
     * @param core the model between pre and post steps, whose output scale sets the tolerance
     * @param detections whether the outputs are ranked boxes; then inputs whose detections swap places are left out
     * @throws dev.skerry.problem.ProblemException {@code golden.differs} where this machine doesn't reproduce what the graph means
     */
    static Golden make(SampleSource frames, Session meant, Session actual, Model core, boolean detections) {
        double bound = bound(core);
        var cases = new ArrayList<GoldenVectors.Case>();
        double worst = 0;
        double onEdges = 0;
        for (Map<String, Tensor> inputs : inputs(frames)) {
            Map<String, Tensor> expected = meant.infer(inputs);
            Map<String, Tensor> found = actual.infer(inputs);
            double difference = difference(expected, found);
            if (detections && difference > bound) {
                // One step of a score makes two detections swap places, or one appear: rows then hold different boxes.
                onEdges = Math.max(onEdges, difference);
                continue;
            }
            worst = Math.max(worst, difference);
            // Where scores agree and the decision does not, it lies on an edge; such an input proves nothing.
            if (sameDecisions(expected, found)) {
                cases.add(new GoldenVectors.Case(inputs, expected));
            }
        }
        if (detections && cases.isEmpty()) {
            worst = Math.max(worst, onEdges);
        }
        if (worst > bound) {
            throw Problem.gate("golden.differs", "this machine doesn't reproduce what the packed graph means")
                    .because("outputs differ by up to %.3g, two steps of the output are %.3g".formatted(worst, bound))
                    .attempt("compression.method: none")
                    .attempt("target: linux-x64, which uses 7-bit weights where sums of bytes saturate")
                    .toException();
        }
        double tolerance = Math.min(bound, Math.max(MARGIN * worst, FLOAT_TOLERANCE));
        return new Golden(new GoldenVectors(cases), tolerance);
    }

    /** Samples spread over the source, and the first one driven to the ends of its range. */
    static List<Map<String, Tensor>> inputs(SampleSource frames) {
        var inputs = new ArrayList<Map<String, Tensor>>();
        for (Sample sample : SpreadSamples.of(frames, SAMPLES)) {
            inputs.add(sample.inputs());
        }
        if (!inputs.isEmpty()) {
            Map<String, Tensor> first = inputs.getFirst();
            inputs.add(driven(first, (value, index) -> 0));
            inputs.add(driven(first, (value, index) -> Double.MAX_VALUE));
            inputs.add(driven(first, (value, index) -> index % 2 == 0 ? Double.MAX_VALUE : 0));
        }
        return inputs;
    }

    private interface Drive {
        double value(double value, long index);
    }

    /** Bytes go to 0 and 255, floats to 0 and four times the largest that the sample holds; other types stay. */
    private static Map<String, Tensor> driven(Map<String, Tensor> inputs, Drive drive) {
        var driven = new LinkedHashMap<String, Tensor>();
        inputs.forEach((name, tensor) -> driven.put(name, driven(tensor, drive)));
        return driven;
    }

    private static Tensor driven(Tensor tensor, Drive drive) {
        if (tensor.type() == DataType.UINT8) {
            byte[] bytes = new byte[Math.toIntExact(tensor.elements())];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) Math.min(255, drive.value((double) tensor.longAt(i), i));
            }
            return Tensor.of(tensor.name(), tensor.type(), tensor.dims(), MemorySegment.ofArray(bytes));
        }
        if (tensor.type() == DataType.FLOAT) {
            float[] values = tensor.toFloats();
            float most = 0;
            for (float value : values) {
                most = Math.max(most, Math.abs(value));
            }
            MemorySegment data = MemorySegment.ofArray(new byte[values.length * 4]);
            for (int i = 0; i < values.length; i++) {
                data.setAtIndex(
                        ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) Math.min(4 * most, drive.value(values[i], i)));
            }
            return Tensor.of(tensor.name(), tensor.type(), tensor.dims(), data);
        }
        return tensor;
    }

    /**
     * What no machine may exceed: two steps of the coarsest output of an INT8 model, a thousandth for a float one. An INT8 model that ends
     * in a float layer has no step of its own; there a quarter of a probability stands in.
     */
    static double bound(Model core) {
        double coarsest = coarsestStep(core);
        boolean quantized = core.graph().nodes().stream().anyMatch(node -> node.is("QuantizeLinear"));
        return coarsest > 0 ? Math.max(2 * coarsest, FLOAT_TOLERANCE) : quantized ? WITHOUT_STEPS : FLOAT_TOLERANCE;
    }

    /** The largest step of an output that DequantizeLinear makes; 0 where none is. */
    static double coarsestStep(Model core) {
        double coarsest = 0;
        for (var output : core.graph().outputs()) {
            for (Node node : core.graph().nodes()) {
                Tensor scale = node.is("DequantizeLinear")
                        ? core.graph().initializers().get(node.input(1))
                        : null;
                if (scale != null && scale.elements() == 1 && node.outputs().contains(output.name())) {
                    coarsest = Math.max(coarsest, scale.valueAt(0));
                }
            }
        }
        return coarsest;
    }

    /** The largest difference of real-valued outputs; infinite where shapes differ or only one is NaN. */
    static double difference(Map<String, Tensor> expected, Map<String, Tensor> found) {
        double worst = 0;
        for (var entry : expected.entrySet()) {
            Tensor wanted = entry.getValue();
            Tensor got = found.get(entry.getKey());
            if (got == null || !got.shape().equals(wanted.shape())) {
                return Double.POSITIVE_INFINITY;
            }
            if (!isReal(wanted)) {
                continue;
            }
            for (long i = 0; i < wanted.elements(); i++) {
                double a = wanted.valueAt(i);
                double b = got.valueAt(i);
                double difference = a == b || Double.isNaN(a) && Double.isNaN(b) ? 0 : Math.abs(a - b);
                worst = Math.max(worst, Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference);
            }
        }
        return worst;
    }

    private static boolean sameDecisions(Map<String, Tensor> expected, Map<String, Tensor> found) {
        return expected.entrySet().stream()
                .filter(entry -> !isReal(entry.getValue()))
                .allMatch(entry -> Objects.equals(entry.getValue(), found.get(entry.getKey())));
    }

    private static boolean isReal(Tensor tensor) {
        return switch (tensor.type()) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
            default -> false;
        };
    }
}
