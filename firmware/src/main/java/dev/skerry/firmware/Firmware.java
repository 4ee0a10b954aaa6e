package dev.skerry.firmware;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** A model as C99 that depends on nothing: its files, and what they take of a device. */
public final class Firmware {
    private final Program program;
    private final Schedule schedule;
    private final Target target;
    private final @Nullable Golden golden;

    Firmware(Program program, Target target) {
        this(program, Schedule.of(program, target.isa()), target, null);
    }

    private Firmware(Program program, Schedule schedule, Target target, @Nullable Golden golden) {
        this.program = program;
        this.schedule = schedule;
        this.target = target;
        this.golden = golden;
    }

    /**
     * Compiles a model. Nodes that carry TensorFlow Lite's arithmetic in INT8, as those of a {@code .tflite} file do, become its
     * integers, byte for byte; all others compute as the ONNX specification says.
     *
     * @param name of functions and files
     * @param dims sizes of open dimensions
     * @throws dev.skerry.problem.ProblemException {@code firmware.unsupported}, with the node, where there is no code for it
     */
    public static Firmware of(Model model, String name, Map<String, Long> dims, Target target) {
        return new Firmware(DeadChannels.without(Lowering.lower(model, name, dims)), target);
    }

    /**
     * An ONNX model with QuantizeLinear and DequantizeLinear in TensorFlow Lite's arithmetic of integers, which is rounded otherwise than
     * the specification says: results may be some steps off. Empty where there is nothing to bring to integers, or no way.
     */
    public static Optional<Model> inIntegers(Model model, Map<String, Long> dims) {
        return QuantizedModel.inIntegers(model, dims);
    }

    /** For any compiler and any machine. */
    public static Firmware of(Model model, String name, Map<String, Long> dims) {
        return of(model, name, dims, Target.C99);
    }

    /**
     * One call of the generated code.
     *
     * @param kernel the function that does it
     * @param shape from and to, channels last
     */
    public record Step(String name, String kernel, String shape, long macs, int constantBytes) {}

    /** What the code does, in its order. */
    public List<Step> steps() {
        return IntStream.range(0, program.layers().size()).mapToObj(this::step).toList();
    }

    private Step step(int index) {
        Layer layer = program.layers().get(index);
        return new Step(
                layer.name(),
                label(index),
                OperatorSource.shapes(layer.inputs()) + " → " + OperatorSource.shapes(layer.outputs()),
                layer.macs(),
                schedule.constantBytes(index));
    }

    public Target target() {
        return target;
    }

    /** The board on which code for a device is run. */
    Machine machine() {
        return target.machine(arenaBytes(), constantBytes());
    }

    /**
     * What the arena holds: a value, or what a layer needs for itself while it runs. A value may lie over another where the one
     * layer that needs both allows.
     *
     * @param name of the value in the model; empty for a layer's own
     * @param from the first layer that needs it
     * @param to the last one
     */
    public record Place(String name, String shape, int offset, int bytes, int from, int to) {}

    /** Where values lie in the arena, and when. */
    public List<Place> places() {
        return schedule.places();
    }

    private String label(int index) {
        return schedule.calls()
                .get(index)
                .map(call -> call.kernel().label())
                .orElseGet(() -> program.layers().get(index) instanceof Layer.Loops loops ? loops.operator() : "");
    }

    /**
     * An input or output of the generated code.
     *
     * @param name of the value in the model
     * @param function that gives its place
     * @param scale of INT8 that stands for real numbers, {@code scale × (byte − zero)}; else 1
     */
    public record End(
            String name, String function, DataType type, List<Integer> dims, int bytes, float scale, int zero) {}

    public List<End> inputs() {
        return ends("input", program.inputs());
    }

    public List<End> outputs() {
        return ends("output", program.outputs());
    }

    private List<End> ends(String kind, List<Port> ports) {
        return ports.stream()
                .map(port -> new End(
                        port.name(),
                        prefix() + "_" + ModelSource.end(kind, ports, port),
                        port.buffer().type(),
                        port.buffer().dims(),
                        port.buffer().bytes(),
                        port.grid().scale(),
                        port.grid().zero()))
                .toList();
    }

    /** The prefix of all functions. */
    public String prefix() {
        return program.prefix();
    }

    /** Bytes of memory that values take, input and output among them. */
    public int arenaBytes() {
        return schedule.plan().bytes();
    }

    /** The least that a plan could take that keeps whole values in memory. */
    public int arenaBound() {
        return ArenaPlan.lowerBound(program);
    }

    /** Bytes of weights, biases and factors. */
    public int constantBytes() {
        return schedule.constantBytes();
    }

    public long macs() {
        return program.macs();
    }

    /** Bytes of all inputs. */
    public int inputBytes() {
        return program.inputs().stream().mapToInt(port -> port.buffer().bytes()).sum();
    }

    /** Bytes of all outputs. */
    public int outputBytes() {
        return program.outputs().stream()
                .mapToInt(port -> port.buffer().bytes())
                .sum();
    }

    /** Whether {@link #expected} can tell what comes out: all layers are of TensorFlow Lite's integers. */
    public boolean isExact() {
        return program.isOfBytes();
    }

    /** What the C code gives for this input, computed in Java; only where {@link #isExact}. */
    public byte[] expected(byte[] input) {
        return new Interpreter(program).run(input);
    }

    /**
     * The same code, which keeps what some outputs give as inputs of the next inference; zero at the start.
     *
     * @param inputs by output
     * @throws dev.skerry.problem.ProblemException {@code firmware.state} where there is no such pair of one size and type
     */
    public Firmware withState(Map<String, String> inputs) {
        return inputs.isEmpty() ? this : new Firmware(program.withStates(inputs), target);
    }

    /**
     * The same code with a self-test that holds it to these vectors. A model that {@link #isExact} has one without.
     *
     * @throws IllegalArgumentException where a vector lacks an input or output, or has one of another type or size
     */
    public Firmware withGolden(Golden vectors) {
        for (Golden.Vector vector : vectors.vectors()) {
            require(inputs(), vector.inputs());
            require(outputs(), vector.outputs());
        }
        return new Firmware(program, schedule, target, vectors);
    }

    private static void require(List<End> ends, Map<String, Tensor> tensors) {
        for (End end : ends) {
            Tensor tensor = tensors.get(end.name());
            if (tensor == null || tensor.type() != end.type() || tensor.byteSize() != end.bytes()) {
                throw new IllegalArgumentException(end.name() + " needs " + end.bytes() + " bytes of "
                        + end.type().label() + ", found " + tensor);
            }
        }
    }

    /** Inputs that the self-test makes for itself, so that they take no room in it: random, but always the same. */
    public Map<String, Tensor> generated(int vector) {
        return SelfTest.generated(this, vector);
    }

    /**
     * The sources of a shared library for a host, by name of the file. It exports what {@code library.h} declares, and nothing else.
     *
     * @param digest of the model's file, which the library will say it was made from
     */
    public Map<String, String> librarySources(String digest) {
        var files = new LinkedHashMap<>(files());
        files.keySet()
                .removeIf(file ->
                        !file.matches("[^/]*\\.[ch]") || file.startsWith("selftest") || file.startsWith("golden"));
        files.put("library.h", Template.of("library.h").text());
        files.put("library.c", LibrarySource.of(program, digest));
        return files;
    }

    /** The sources by name of the file; the same model gives the same text. */
    public Map<String, String> files() {
        var files = new LinkedHashMap<String, String>();
        files.put(prefix() + ".h", ModelSource.header(schedule));
        files.put(prefix() + ".c", ModelSource.body(schedule));
        for (Kernel kernel : schedule.kernels()) {
            kernel.headers().forEach(file -> files.put(file, Template.of(file).text()));
            files.put(kernel.file(), Template.of(kernel.file()).text());
        }
        if (!program.loops().isEmpty()) {
            var operators = new OperatorSource(program);
            files.put(OperatorSource.headerFile(prefix()), operators.header());
            files.put(OperatorSource.sourceFile(prefix()), operators.source());
        }
        SelfTest.addTo(files, this, golden);
        BuildFiles.addTo(files, this);
        return files;
    }
}
