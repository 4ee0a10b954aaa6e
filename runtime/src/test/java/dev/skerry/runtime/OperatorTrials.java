package dev.skerry.runtime;

import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.SessionOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds out which operators ONNX Runtime's CPU provider runs. A model of one node is loaded under every operator set that the
 * runtime knows, a model of several nodes under its own. A failure proves nothing unless it says that a kernel is missing: the same
 * node may be wrong in another operator set only because its attributes became inputs.
 */
final class OperatorTrials {
    private static final SessionOptions OPTIONS =
            SessionOptions.DEFAULT.withOptimization(SessionOptions.Optimization.NONE);

    private final OnnxRuntime runtime = new OnnxRuntime();
    private final Map<String, BitSet> loaded = new TreeMap<>();
    private final Set<String> kernelMissing = new TreeSet<>();
    private final Map<String, Integer> tried = new HashMap<>();
    private final int newestOpset;

    OperatorTrials() {
        this.newestOpset = newestOpset();
    }

    int newestOpset() {
        Model model = OnnxProblemsTest.relu();
        int opset = 17;
        while (!(load(model.withOpset("", opset + 1)) instanceof Failed)) {
            opset++;
        }
        return opset;
    }

    void add(Path file) {
        Model model;
        try {
            model = ModelFile.read(file);
        } catch (ProblemException unreadable) {
            // the conformance page lists it
            return;
        }
        List<Node> nodes = model.graph().nodes();
        if (nodes.size() == 1 && model.functions().isEmpty()) {
            single(model, nodes.getFirst());
        } else if (load(model) instanceof Loaded) {
            for (Node node : nodes) {
                record(model, node);
            }
        }
    }

    private void single(Model model, Node node) {
        String key = key(node);
        if (!node.isStandard()) {
            if (load(model) instanceof Loaded) {
                record(model, node);
            }
            return;
        }
        BitSet opsets = loaded.computeIfAbsent(key, _ -> new BitSet());
        // the first models of an operator tell nearly all; more of them take minutes
        int models = tried.merge(key, 1, Integer::sum);
        for (int opset = 1; opset <= newestOpset; opset++) {
            if (opsets.get(opset) || models > 8 && opset != model.opset()) {
                continue;
            }
            Outcome outcome = load(model.withOpset("", opset));
            switch (outcome) {
                case Loaded _ -> opsets.set(opset);
                case Failed failed -> {
                    if (String.valueOf(failed.problem.why()).startsWith("no execution provider has")) {
                        kernelMissing.add(key);
                    }
                }
            }
        }
    }

    private void record(Model model, Node node) {
        String domain = node.isStandard() ? "" : node.domain();
        loaded.computeIfAbsent(key(node), _ -> new BitSet())
                .set(model.opsets().getOrDefault(domain, 1L).intValue());
    }

    private sealed interface Outcome {}

    private record Loaded() implements Outcome {}

    private record Failed(Problem problem) implements Outcome {}

    private Outcome load(Model model) {
        try (var _ = runtime.open(model, OPTIONS)) {
            return new Loaded();
        } catch (ProblemException failure) {
            return new Failed(failure.problem());
        }
    }

    private static String key(Node node) {
        return (node.isStandard() ? "" : node.domain()) + "\t" + node.op();
    }

    String table(String runtimeVersion) {
        var table = new StringBuilder();
        table.append("# What ONNX Runtime ")
                .append(runtimeVersion)
                .append("'s CPU provider loads: domain, operator, operator sets, whether a kernel is missing.\n")
                .append("# Written by OperatorSupportTest with -Dskerry.write=true; not to be edited.\n");
        loaded.forEach((key, opsets) -> table.append(key)
                .append('\t')
                .append(ranges(opsets))
                .append('\t')
                .append(kernelMissing.contains(key) && opsets.isEmpty() ? "no-kernel" : "")
                .append('\n'));
        return table.toString();
    }

    private static String ranges(BitSet opsets) {
        var ranges = new ArrayList<String>();
        for (int from = opsets.nextSetBit(0); from >= 0; ) {
            int end = opsets.nextClearBit(from);
            ranges.add(end - 1 == from ? String.valueOf(from) : from + "-" + (end - 1));
            from = opsets.nextSetBit(end);
        }
        return String.join(",", ranges);
    }
}
