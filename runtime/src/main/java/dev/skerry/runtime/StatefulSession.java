package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.Session;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A session of a model that carries state from one inference to the next. Its state inputs are zero at first, and then what
 * the state outputs were; a caller gives only the other inputs (a state that is given all the same is taken), and sees all outputs.
 */
public final class StatefulSession implements Session {
    private final Session session;
    private final Map<String, String> outputToInput;
    private final Map<String, long[]> stateDims = new LinkedHashMap<>();
    private final List<ValueInfo> inputs;
    private final Map<String, Tensor> state = new LinkedHashMap<>();

    private StatefulSession(Session session, Map<String, String> outputToInput, Map<String, Long> dims) {
        this.session = session;
        this.outputToInput = new LinkedHashMap<>(outputToInput);
        this.inputs = session.inputs().stream()
                .filter(input -> !outputToInput.containsValue(input.name()))
                .toList();
        List<String> outputNames =
                session.outputs().stream().map(ValueInfo::name).toList();
        Map<String, ValueInfo> known = session.inputs().stream()
                .collect(Collectors.toMap(ValueInfo::name, input -> input, (a, b) -> a, LinkedHashMap::new));
        outputToInput.forEach((output, input) -> {
            requireKnown("output", output, outputNames);
            requireKnown("input", input, List.copyOf(known.keySet()));
            var tensor = stateType(input, known);
            stateDims.put(input, sizes(tensor, dims));
            state.put(input, zero(input, tensor.element(), sizes(tensor, dims)));
        });
    }

    /**
     * Takes over {@code session}, and closes it when closed.
     *
     * @param outputToInput names of state outputs, and of the inputs that they go to
     */
    public static StatefulSession of(Session session, Map<String, String> outputToInput) {
        return of(session, outputToInput, Map.of());
    }

    /**
     * As above.
     *
     * @param dims sizes of named dimensions of the state; a size that nothing says is 1
     */
    public static StatefulSession of(Session session, Map<String, String> outputToInput, Map<String, Long> dims) {
        return new StatefulSession(session, outputToInput, dims);
    }

    /** Back to the zero state; bindings have states of their own. */
    public void reset() {
        state.replaceAll((name, tensor) -> zero(name, tensor.type(), stateDims.getOrDefault(name, new long[0])));
    }

    /** Without the state. */
    @Override
    public List<ValueInfo> inputs() {
        return inputs;
    }

    @Override
    public List<ValueInfo> outputs() {
        return session.outputs();
    }

    @Override
    public Map<String, Tensor> infer(Map<String, Tensor> given) {
        var all = new LinkedHashMap<>(state);
        all.putAll(given);
        Map<String, Tensor> outputs = session.infer(all);
        outputs.forEach((name, tensor) -> {
            String input = outputToInput.get(name);
            if (input != null) {
                state.put(input, tensor.withName(input));
            }
        });
        return outputs;
    }

    /** Dimensions of the state may be left out. */
    @Override
    public StatefulBinding bind(Map<String, long[]> inputDims) {
        var all = new LinkedHashMap<>(stateDims);
        all.putAll(inputDims);
        return new StatefulBinding(session.bind(all), outputToInput);
    }

    /** A binding that copies its state from outputs to inputs after each run. */
    public static final class StatefulBinding implements Binding {
        private final Binding binding;
        private final MemorySegment[] from;
        private final MemorySegment[] to;

        private StatefulBinding(Binding binding, Map<String, String> outputToInput) {
            this.binding = binding;
            this.from = outputToInput.keySet().stream().map(binding::output).toArray(MemorySegment[]::new);
            this.to = outputToInput.values().stream().map(binding::input).toArray(MemorySegment[]::new);
            for (int i = 0; i < from.length; i++) {
                if (from[i].byteSize() != to[i].byteSize()) {
                    binding.close();
                    throw Problem.usage("runtime.state", "a state output isn't as large as the input that it goes to")
                            .because(from[i].byteSize() + " bytes go to " + to[i].byteSize())
                            .attempt("the sizes of the state's dimensions under dims in skerry.yaml")
                            .toException();
                }
            }
            reset();
        }

        /** Back to the zero state. */
        public void reset() {
            for (MemorySegment input : to) {
                input.fill((byte) 0);
            }
        }

        @Override
        public MemorySegment input(String name) {
            return binding.input(name);
        }

        @Override
        public MemorySegment output(String name) {
            return binding.output(name);
        }

        @Override
        public Map<String, long[]> outputDims() {
            return binding.outputDims();
        }

        @Override
        public void run() {
            binding.run();
            for (int i = 0; i < from.length; i++) {
                MemorySegment.copy(from[i], 0, to[i], 0, from[i].byteSize());
            }
        }

        @Override
        public void close() {
            binding.close();
        }
    }

    @Override
    public List<NodePlacement> placement() {
        return session.placement();
    }

    @Override
    public void close() {
        session.close();
    }

    private static void requireKnown(String kind, String name, List<String> known) {
        if (!known.contains(name)) {
            var problem = Problem.usage("runtime.state", "the state names an " + kind + " that the model doesn't have")
                    .at(name)
                    .because("the model has " + String.join(", ", known));
            throw Suggestion.nearest(name, known)
                    .map(near -> problem.attempt("the " + kind + " " + near))
                    .orElse(problem)
                    .toException();
        }
    }

    private static ValueType.OfTensor stateType(String input, Map<String, ValueInfo> known) {
        ValueInfo info = known.get(input);
        if (info != null
                && info.type() instanceof ValueType.OfTensor tensor
                && tensor.element() != DataType.STRING
                && tensor.shape() != null) {
            return tensor;
        }
        throw Problem.usage("runtime.state", "a state must be a numeric tensor of known rank")
                .at(input)
                .toException();
    }

    private static long[] sizes(ValueType.OfTensor tensor, Map<String, Long> dims) {
        Shape shape = tensor.shape();
        return shape == null
                ? new long[0]
                : shape.pin(dims).dims().stream()
                        .mapToLong(dim -> switch (dim) {
                            case Dim.Known known -> known.size();
                            case Dim.Symbolic _, Dim.Unknown _ -> 1;
                        })
                        .toArray();
    }

    private static Tensor zero(String name, DataType type, long[] dims) {
        long bytes = type.bytes(Shape.of(dims).elements().orElse(0));
        return Tensor.of(name, type, dims, MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]));
    }
}
