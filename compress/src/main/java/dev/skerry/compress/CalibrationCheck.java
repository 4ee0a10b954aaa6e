package dev.skerry.compress;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import dev.skerry.pipeline.Sample;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks for what makes calibration samples useless: too few, all alike, cut off, not numbers, layers that never move. */
final class CalibrationCheck {
    /** Fewer samples than this rarely show the ranges that come up in use. */
    private static final int ENOUGH = 32;

    private static final int NAMED = 5;

    private final List<Problem> problems = new ArrayList<>();
    private final Set<Integer> contents = new HashSet<>();
    private final BitSet classes = new BitSet();
    private final InputRanges inputs = new InputRanges();
    private final List<String> notNumbers = new ArrayList<>();

    static boolean isFinite(Sample sample) {
        for (Tensor tensor : sample.inputs().values()) {
            if (tensor.type() == DataType.FLOAT) {
                for (float value : tensor.toFloats()) {
                    if (!Float.isFinite(value)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /** Whether a sample may be used. */
    boolean accepts(Sample sample) {
        int hash = 0;
        boolean finite = isFinite(sample);
        for (Map.Entry<String, Tensor> input : sample.inputs().entrySet()) {
            Tensor tensor = input.getValue();
            hash = 31 * hash + input.getKey().hashCode();
            if (tensor.type() == DataType.FLOAT) {
                hash = 31 * hash + java.util.Arrays.hashCode(tensor.toFloats());
            } else if (tensor.type() != DataType.STRING) {
                hash = 31 * hash + tensor.data().asByteBuffer().hashCode();
            }
        }
        contents.add(hash);
        sample.label().ifPresent(label -> {
            if (label >= 0) {
                classes.set(label);
            }
        });
        if (finite) {
            inputs.add(sample);
        } else {
            notNumbers.add(sample.id());
        }
        return finite;
    }

    void finish(long used, Map<String, ActivationHistogram> histograms) {
        if (!notNumbers.isEmpty()) {
            problems.add(Problem.usage(
                            "compress.calibration-nan",
                            count(notNumbers.size(), "calibration sample holds", "calibration samples hold")
                                    + " NaN or infinity")
                    .at(some(notNumbers))
                    .because("they were left out")
                    .attempt("repairing or removing these samples"));
        }
        if (used == 0) {
            throw Problem.usage("compress.calibration-empty", "there are no usable calibration samples")
                    .because(notNumbers.isEmpty() ? "the set is empty" : "all hold NaN or infinity")
                    .attempt("32 to 500 samples such as the model will see in use")
                    .toException();
        }
        if (used < ENOUGH) {
            problems.add(Problem.usage(
                            "compress.calibration-small",
                            "calibration used " + count(used, "sample", "samples") + " only")
                    .because("ranges that it didn't show will be cut off")
                    .attempt("32 to 500 samples such as the model will see in use"));
        }
        if (used > 1 && contents.size() <= used / 2) {
            problems.add(Problem.usage(
                            "compress.calibration-alike",
                            contents.size() == 1
                                    ? "all " + used + " calibration samples are the same"
                                    : "of " + used + " calibration samples only " + contents.size() + " differ")
                    .attempt("samples that vary as they will in use"));
        }
        problems.addAll(inputs.saturated());
        List<String> broken = histograms.entrySet().stream()
                .filter(entry -> entry.getValue().notFinite() > 0)
                .map(Map.Entry::getKey)
                .toList();
        if (!broken.isEmpty()) {
            problems.add(Problem.usage(
                            "compress.activation-nan",
                            count(broken.size(), "activation reaches", "activations reach") + " NaN or infinity")
                    .at(some(broken))
                    .because("what reads or makes them stays float")
                    .attempt("checking that the samples are scaled as in training"));
        }
        List<String> still = histograms.entrySet().stream()
                .filter(entry -> entry.getValue().isConstant())
                .map(Map.Entry::getKey)
                .toList();
        if (!still.isEmpty()) {
            problems.add(Problem.usage(
                            "compress.activation-constant",
                            still.size() + (still.size() == 1 ? " activation has" : " activations have")
                                    + " one value only during calibration")
                    .at(some(still))
                    .because("either a dead layer, or samples that show too little")
                    .attempt("samples that vary as they will in use"));
        }
    }

    /** Labels that came up; empty where the samples have none. */
    BitSet classes() {
        return classes;
    }

    /** What the samples that may be used look like. */
    InputRanges inputs() {
        return inputs;
    }

    List<Problem> problems() {
        return problems;
    }

    private static String count(long count, String one, String many) {
        return count + " " + (count == 1 ? one : many);
    }

    private static String some(List<String> names) {
        return names.stream().limit(NAMED).collect(Collectors.joining(", ")) + (names.size() > NAMED ? ", …" : "");
    }
}
