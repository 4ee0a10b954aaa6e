package dev.skerry.compress;

import dev.skerry.compress.CompressionReport.KeptFloat;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.DeadCode;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * 16-bit floats. Stored only: weights are made 32 bits wide again when the model is loaded, for half the file at the same speed.
 * Computed: layers and what stands between them run in 16 bits, for hardware that has such arithmetic; ONNX Runtime on a CPU
 * converts back and forth and is slower. Inputs and outputs of the model stay float32. Operators whose sums or exponents leave
 * the range of 16 bits stay float32, and so do values that calibration saw beyond it and weights that would lose most of their
 * bits.
 *
 * @param computed whether arithmetic is in 16 bits too
 */
record Half(boolean computed, Set<String> asked) implements Technique {
    private static final double LARGEST = 65504;

    /** Calibration doesn't see all; values may come out this much larger. */
    private static final double MARGIN = 4;

    /** The smallest number with all its bits. */
    private static final double SMALLEST_NORMAL = 0x1p-14;

    /** More weights than this below it, and the layer stays as it is. */
    private static final double MOST_DENORMAL = 0.1;

    private static final Set<String> GUARDED = Set.of("Softmax", "Resize", "GlobalAveragePool", "AveragePool");

    Half {
        asked = Set.copyOf(asked);
    }

    @Override
    public String label() {
        return computed ? "fp16" : "fp16-weights";
    }

    @Override
    public Rewritten apply(Studied studied) {
        return computed ? new Computing(studied).apply() : stored(studied.model());
    }

    private Rewritten stored(Model model) {
        Map<String, StoredWeights.Use> uses = StoredWeights.of(model.graph());
        var kept = new ArrayList<KeptFloat>();
        Map<String, StoredWeights.Form> forms = StoredWeights.smaller(uses, model.graph(), (use, names) -> {
            Optional<String> reason =
                    use.readers().stream().anyMatch(this::isAsked) ? Optional.of("asked for") : unfit(use.weight());
            reason.ifPresent(why ->
                    kept.add(new KeptFloat(use.first().label(), use.first().op(), why)));
            if (reason.isPresent()) {
                return Optional.empty();
            }
            String stored = names.fresh(use.weight().name() + "_h");
            return Optional.of(new StoredWeights.Form(
                    List.of(narrow(use.weight(), stored)),
                    List.of(cast(stored, use.weight().name(), DataType.FLOAT))));
        });
        Set<String> changed = new LinkedHashSet<>();
        uses.forEach((name, use) -> {
            if (forms.containsKey(name)) {
                use.readers().forEach(node -> changed.add(Subgraphs.firstOutput(node)));
            }
        });
        return new Rewritten(StoredWeights.replace(model, forms), changed, 0, kept);
    }

    private boolean isAsked(Node node) {
        return asked.contains(node.label()) || asked.contains(node.output(0));
    }

    /** Why a tensor can't be 16 bits wide; empty where it can. */
    private static Optional<String> unfit(Tensor tensor) {
        long denormal = 0;
        long present = 0;
        for (float value : tensor.toFloats()) {
            double size = Math.abs(value);
            if (!(size <= LARGEST)) {
                return Optional.of("a weight is beyond the range of FP16");
            }
            present += size > 0 ? 1 : 0;
            denormal += size > 0 && size < SMALLEST_NORMAL ? 1 : 0;
        }
        return denormal > present * MOST_DENORMAL
                ? Optional.of("%.0f %% of its weights are too small for FP16".formatted(100.0 * denormal / present))
                : Optional.empty();
    }

    private static Tensor narrow(Tensor tensor, String name) {
        float[] values = tensor.toFloats();
        byte[] bytes = new byte[values.length * 2];
        for (int i = 0; i < values.length; i++) {
            short bits = Float.floatToFloat16(values[i]);
            bytes[2 * i] = (byte) bits;
            bytes[2 * i + 1] = (byte) (bits >> 8);
        }
        return Tensor.of(name, DataType.FLOAT16, tensor.dims(), MemorySegment.ofArray(bytes));
    }

    private static Node cast(String from, String to, DataType type) {
        return Node.of("Cast", List.of(from), List.of(to), Map.of("to", Attribute.of(type.code())))
                .withName("");
    }

    /** Moves nodes to 16 bits, with as few conversions as there are values that cross over. */
    private final class Computing {
        private final Studied studied;
        private final Map<String, ActivationHistogram> seen;
        private final StoredWeights.Names names;
        private final Set<String> changed = new LinkedHashSet<>();
        private final List<KeptFloat> kept = new ArrayList<>();

        Computing(Studied studied) {
            this.studied = studied;
            seen = studied.calibration().histograms();
            names = new StoredWeights.Names(new Draft(studied.model().graph()).names());
        }

        Rewritten apply() {
            Model model = studied.model();
            Graph graph = Subgraphs.rewrite(model.graph(), Surroundings.NONE, this::rewrite);
            return new Rewritten(model.withGraph(Subgraphs.rewrite(graph, DeadCode::remove)), changed, 0, kept);
        }

        private Graph rewrite(Graph graph, Surroundings around) {
            var draft = new Draft(graph, around);
            Set<Node> halves = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
            for (Node node : graph.nodes()) {
                if (fits(node, draft)) {
                    halves.add(node);
                }
            }
            var nodes = new ArrayList<Node>();
            Map<String, String> narrow = new HashMap<>();
            var initializers = new LinkedHashMap<>(graph.initializers());
            for (Node node : graph.nodes()) {
                if (!halves.contains(node)) {
                    nodes.add(node);
                    continue;
                }
                var inputs = new ArrayList<>(node.inputs());
                for (int i = 0; i < inputs.size(); i++) {
                    if (isSignal(node, i, draft)) {
                        inputs.set(i, narrowed(inputs.get(i), draft, narrow, nodes, initializers));
                    }
                }
                List<String> outputs = node.outputs().stream()
                        .map(output -> names.fresh(output + "_h"))
                        .toList();
                nodes.add(node.withInputs(inputs).withOutputs(outputs));
                for (int i = 0; i < outputs.size(); i++) {
                    String value = node.output(i);
                    narrow.put(value, outputs.get(i));
                    boolean isReadWide = draft.isOutput(value)
                            || draft.consumers(value).stream().anyMatch(reader -> !halves.contains(reader));
                    if (isReadWide) {
                        nodes.add(cast(outputs.get(i), value, DataType.FLOAT));
                    }
                }
                if (OperatorKind.of(node, draft) == OperatorKind.LAYER) {
                    changed.add(node.output(0));
                }
            }
            return graph.withNodes(nodes).withInitializers(initializers).withValues(List.of());
        }

        private String narrowed(
                String value,
                Draft draft,
                Map<String, String> narrow,
                List<Node> nodes,
                Map<String, Tensor> initializers) {
            return narrow.computeIfAbsent(value, key -> {
                String name = names.fresh(key + "_h");
                Optional<Tensor> constant = draft.constant(key);
                if (constant.isPresent()) {
                    initializers.put(name, narrow(constant.get(), name));
                } else {
                    nodes.add(cast(key, name, DataType.FLOAT16));
                }
                return name;
            });
        }

        /** Whether an input is one of the floats that change their type with the node. */
        private boolean isSignal(Node node, int input, Draft draft) {
            return node.hasInput(input)
                    && (seen.containsKey(node.input(input))
                            || draft.constant(node.input(input))
                                    .filter(tensor -> tensor.type() == DataType.FLOAT)
                                    .isPresent());
        }

        private boolean fits(Node node, Draft draft) {
            OperatorKind kind = OperatorKind.of(node, draft);
            if (kind == OperatorKind.FLOAT || GUARDED.contains(node.op())) {
                return false;
            }
            boolean isLayer = kind == OperatorKind.LAYER;
            if (isAsked(node)) {
                kept.add(new KeptFloat(node.label(), node.op(), "asked for"));
                return false;
            }
            if (!node.outputs().stream().allMatch(seen::containsKey)) {
                if (isLayer) {
                    kept.add(new KeptFloat(
                            node.label(), node.op(), "what it makes was never a finite float in calibration"));
                }
                return false;
            }
            Optional<String> reason = reason(node, draft);
            reason.filter(why -> isLayer).ifPresent(why -> kept.add(new KeptFloat(node.label(), node.op(), why)));
            return reason.isEmpty();
        }

        private Optional<String> reason(Node node, Draft draft) {
            for (String output : node.outputs()) {
                if (isLarge(output)) {
                    return Optional.of("its output comes near the end of FP16's range");
                }
            }
            for (int i = 0; i < node.inputs().size(); i++) {
                String input = node.input(i);
                Optional<Tensor> constant = draft.constant(input);
                boolean isData = i < OperatorKind.dataInputs(node);
                if (isData && constant.isEmpty() && !seen.containsKey(input)) {
                    return Optional.of("its input was never a finite float in calibration");
                }
                if (isLarge(input)) {
                    return Optional.of("its input comes near the end of FP16's range");
                }
                if (constant.isPresent() && constant.get().type() == DataType.FLOAT) {
                    Optional<String> unfit = unfit(constant.get());
                    if (unfit.isPresent()) {
                        return unfit;
                    }
                }
            }
            return Optional.empty();
        }

        private boolean isLarge(String value) {
            ActivationHistogram histogram = seen.get(value);
            return histogram != null
                    && Math.max(Math.abs(histogram.min()), Math.abs(histogram.max())) * MARGIN > LARGEST;
        }
    }
}
