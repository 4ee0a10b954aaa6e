package dev.skerry.runtime;

import dev.skerry.model.Node;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which operators ONNX Runtime's CPU provider runs, by trial: the table that ships with Skerry was written by
 * {@code OperatorSupportTest}, which has ONNX Runtime load the models of the ONNX backend tests under every operator set. So
 * an answer holds for the types in those models, and only loading a model is proof.
 */
public final class OperatorSupport {
    private static final String TABLE = "operator-support.tsv";

    private final Map<String, Trial> trials;

    /** What the trials say of an operator. */
    public enum Answer {
        /** A model with the operator was loaded under this operator set. */
        RUNS,
        /** The operator exists, and the CPU provider has no kernel for it. */
        NO_KERNEL,
        /** No trial tells. */
        UNKNOWN
    }

    /** The operator sets under which an operator loaded, one bit each, and whether a kernel was found missing. */
    private record Trial(long loaded, boolean kernelMissing) {}

    private OperatorSupport(Map<String, Trial> trials) {
        this.trials = trials;
    }

    /** The table for the ONNX Runtime that Skerry is built with. */
    public static OperatorSupport onnxRuntime() {
        try (InputStream table = OperatorSupport.class.getResourceAsStream(TABLE)) {
            if (table == null) {
                throw new IllegalStateException(TABLE + " is missing beside " + OperatorSupport.class);
            }
            return parse(new String(table.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Lines of domain, operator, ranges of operator sets such as {@code 7-12,14-26}, and {@code no-kernel} or nothing. */
    static OperatorSupport parse(String table) {
        var trials = new LinkedHashMap<String, Trial>();
        for (String line : table.lines().filter(l -> !l.startsWith("#")).toList()) {
            String[] cells = line.split("\t", -1);
            trials.put(key(cells[0], cells[1]), new Trial(bits(cells[2]), cells[3].equals("no-kernel")));
        }
        return new OperatorSupport(trials);
    }

    private static long bits(String ranges) {
        long bits = 0;
        for (String range : ranges.isEmpty() ? new String[0] : ranges.split(",", -1)) {
            String[] ends = range.split("-", -1);
            for (int opset = Integer.parseInt(ends[0]); opset <= Integer.parseInt(ends[ends.length - 1]); opset++) {
                bits |= 1L << opset;
            }
        }
        return bits;
    }

    /**
     * Whether an operator runs.
     *
     * @param opset version of the operator set of the node's domain that the model imports
     */
    public Answer of(Node node, long opset) {
        Trial trial = trials.get(key(node.isStandard() ? "" : node.domain(), node.op()));
        if (trial == null || opset < 1 || opset > 62) {
            return Answer.UNKNOWN;
        }
        if ((trial.loaded >> opset & 1) == 1) {
            return Answer.RUNS;
        }
        return trial.loaded == 0 && trial.kernelMissing ? Answer.NO_KERNEL : Answer.UNKNOWN;
    }

    /** How many operators were found to run. */
    public int operators() {
        return Math.toIntExact(
                trials.values().stream().filter(trial -> trial.loaded != 0).count());
    }

    private static String key(String domain, String op) {
        return domain + ":" + op;
    }
}
