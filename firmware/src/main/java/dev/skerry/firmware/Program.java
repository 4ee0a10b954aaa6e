package dev.skerry.firmware;

import dev.skerry.model.Tensor;
import dev.skerry.problem.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the generated code does: layer after layer, from inputs to outputs.
 *
 * @param name of the functions and files
 * @param states outputs that are inputs of the next inference
 */
record Program(String name, List<Port> inputs, List<Port> outputs, List<State> states, List<Layer> layers) {
    Program {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        states = List.copyOf(states);
        layers = List.copyOf(layers);
    }

    Program(String name, List<Port> inputs, List<Port> outputs, List<Layer> layers) {
        this(name, inputs, outputs, List.of(), layers);
    }

    /** What is kept from one inference to the next. */
    record State(Port output, Port input) {}

    /**
     * @param inputs by output, the input that it becomes
     * @throws dev.skerry.problem.ProblemException {@code firmware.state} where there is no such pair
     */
    Program withStates(Map<String, String> inputs) {
        List<State> pairs = inputs.entrySet().stream()
                .map(pair ->
                        new State(port(outputs, "output", pair.getKey()), port(this.inputs, "input", pair.getValue())))
                .toList();
        for (State state : pairs) {
            Buffer from = state.output().buffer();
            Buffer to = state.input().buffer();
            if (from.type() != to.type() || from.elements() != to.elements() || takes(from)) {
                throw Problem.usage("firmware.state", "an output can't become this input")
                        .at(state.output().name() + " = " + state.input().name())
                        .because(
                                takes(from)
                                        ? "the output is an input itself"
                                        : state.output().size() + " aren't "
                                                + state.input().size())
                        .toException();
            }
        }
        return new Program(name, this.inputs, outputs, pairs, layers);
    }

    private static Port port(List<Port> ports, String what, String name) {
        return ports.stream()
                .filter(port -> port.name().equals(name))
                .findFirst()
                .orElseThrow(() -> Problem.usage("firmware.state", "the model has no " + what + " of this name")
                        .at(name)
                        .because("there are "
                                + String.join(
                                        ", ", ports.stream().map(Port::name).toList()))
                        .toException());
    }

    /** Whether it holds a state, from the start to the end. */
    boolean keeps(Buffer buffer) {
        return states.stream().anyMatch(state -> state.input().buffer().isMemoryOf(buffer));
    }

    /** What files and functions are called by; never as a file that comes with them, nor as what other functions begin with. */
    String prefix() {
        String plain = CSource.identifier(name);
        boolean isTaken = plain.startsWith("skerry_")
                || plain.startsWith("device_")
                || List.of("golden", "selftest", "library").contains(plain)
                || Arrays.stream(Kernel.values())
                        .flatMap(kernel -> Stream.concat(Stream.of(kernel.file()), kernel.headers().stream()))
                        .anyMatch(file -> file.startsWith(plain + "."));
        return isTaken ? "model_" + plain : plain;
    }

    /** The memory that the code needs, each place once, in the order of first use. */
    List<Buffer> buffers() {
        Map<String, Buffer> buffers = new LinkedHashMap<>();
        inputs.forEach(port -> buffers.putIfAbsent(port.buffer().name(), port.buffer()));
        for (Layer layer : layers) {
            layer.buffers().forEach(buffer -> buffers.putIfAbsent(buffer.name(), buffer));
        }
        return new ArrayList<>(buffers.values());
    }

    boolean takes(Buffer buffer) {
        return inputs.stream().anyMatch(port -> port.buffer().isMemoryOf(buffer));
    }

    boolean gives(Buffer buffer) {
        return outputs.stream().anyMatch(port -> port.buffer().isMemoryOf(buffer));
    }

    /** Whether all of it is INT8 in TensorFlow Lite's arithmetic, which {@link Interpreter} repeats. */
    boolean isOfBytes() {
        return !layers.isEmpty() && layers.stream().noneMatch(Layer.Loops.class::isInstance);
    }

    /** The layers of the general side. */
    List<Layer.Loops> loops() {
        return layers.stream()
                .filter(Layer.Loops.class::isInstance)
                .map(Layer.Loops.class::cast)
                .toList();
    }

    long macs() {
        return layers.stream().mapToLong(Layer::macs).sum();
    }

    /** Bytes of constants of the general side; what several layers read counts once. */
    int sharedConstantBytes() {
        Set<Tensor> shared = new LinkedHashSet<>();
        loops().forEach(layer -> shared.addAll(layer.constants()));
        return shared.stream()
                .mapToInt(tensor -> Math.toIntExact(tensor.byteSize()))
                .sum();
    }
}
