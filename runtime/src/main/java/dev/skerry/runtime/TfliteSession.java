package dev.skerry.runtime;

import static dev.skerry.runtime.TfliteLibrary.call;
import static dev.skerry.runtime.TfliteLibrary.integer;
import static dev.skerry.runtime.TfliteLibrary.pointer;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** An interpreter of TensorFlow Lite. State that a model keeps in variables starts anew with each session. */
final class TfliteSession implements Session {
    private static final int OK = 0;

    private final TfliteLibrary library;
    private final byte[] tflite;
    private final String name;
    private final SessionOptions options;
    private final Graph declared;
    private final Arena arena = Arena.ofShared();
    private final TfliteMessages messages;
    private final List<ValueInfo> inputs;
    private final List<ValueInfo> outputs;
    private final InputCheck check;
    private MemorySegment model = MemorySegment.NULL;
    private MemorySegment delegate = MemorySegment.NULL;
    private MemorySegment interpreter = MemorySegment.NULL;

    private TfliteSession(TfliteLibrary library, byte[] tflite, String name, SessionOptions options, Graph declared) {
        this.library = library;
        this.tflite = tflite;
        this.name = name;
        this.options = options;
        this.declared = declared;
        messages = TfliteMessages.in(arena);
        inputs = declared.dataInputs();
        outputs = declared.outputs();
        check = new InputCheck(name, inputs);
    }

    /** @param declared what the file says of inputs and outputs, in its order */
    static TfliteSession open(
            TfliteLibrary library, byte[] tflite, String name, SessionOptions options, Graph declared) {
        var session = new TfliteSession(library, tflite, name, options, declared);
        boolean opened = false;
        try {
            session.load();
            opened = true;
            return session;
        } finally {
            if (!opened) {
                session.close();
            }
        }
    }

    private void load() {
        // the model refers to its bytes as long as it lives; its readers want weights aligned
        MemorySegment content = arena.allocate(tflite.length, 64);
        content.copyFrom(MemorySegment.ofArray(tflite));
        model = pointer(library.modelCreate, content, content.byteSize(), messages.reporter(), MemorySegment.NULL);
        if (model.equals(MemorySegment.NULL)) {
            throw TfliteProblems.load(name, messages.take()).toException();
        }
        MemorySegment settings = pointer(library.optionsCreate);
        try {
            call(library.optionsThreads, settings, options.threads());
            call(library.optionsReporter, settings, messages.reporter(), MemorySegment.NULL);
            if (options.optimization() != SessionOptions.Optimization.NONE) {
                delegate = xnnpack(options.threads());
                call(library.optionsDelegate, settings, delegate);
            }
            interpreter = pointer(library.interpreterCreate, model, settings);
        } finally {
            call(library.optionsDelete, settings);
        }
        if (interpreter.equals(MemorySegment.NULL) || integer(library.allocate, interpreter) != OK) {
            throw TfliteProblems.load(name, messages.take()).toException();
        }
        requireSame("inputs", inputs, library.inputCount, library.input);
        requireSame("outputs", outputs, library.outputCount, library.output);
    }

    private MemorySegment xnnpack(int threads) {
        MemorySegment options = (MemorySegment) call(library.xnnpackOptions, (SegmentAllocator) arena);
        // its first field; the other ones are as the library wants them
        options.set(ValueLayout.JAVA_INT, 0, threads);
        return pointer(library.xnnpackCreate, options);
    }

    /** That what was read of the file and what the interpreter made of it are the same. */
    private void requireSame(String what, List<ValueInfo> declared, MethodHandle count, MethodHandle tensor) {
        List<String> found = IntStream.range(0, integer(count, interpreter))
                .mapToObj(i -> TfliteLibrary.text(pointer(library.tensorName, pointer(tensor, interpreter, i))))
                .toList();
        List<String> wanted = declared.stream().map(ValueInfo::name).toList();
        if (!found.equals(wanted)) {
            throw TfliteProblems.otherEnds(name, what, wanted, found).toException();
        }
    }

    @Override
    public List<ValueInfo> inputs() {
        return inputs;
    }

    @Override
    public List<ValueInfo> outputs() {
        return outputs;
    }

    @Override
    public Map<String, Tensor> infer(Map<String, Tensor> given) {
        shape(check.tensors(given));
        List<String> order = inputs.stream().map(ValueInfo::name).toList();
        given.forEach((input, tensor) -> memory(input(order.indexOf(input))).copyFrom(tensor.data()));
        run();
        var results = new LinkedHashMap<String, Tensor>();
        for (int i = 0; i < outputs.size(); i++) {
            MemorySegment tensor = output(i);
            String output = outputs.get(i).name();
            results.put(
                    output,
                    Tensor.of(
                            output,
                            type(tensor, output),
                            dims(tensor),
                            MemorySegment.ofArray(memory(tensor).toArray(ValueLayout.JAVA_BYTE))));
        }
        return results;
    }

    /** Makes room for inputs of these dimensions. */
    private void shape(Map<String, long[]> given) {
        check.dims(given);
        boolean changed = false;
        boolean resized = true;
        for (int i = 0; i < inputs.size(); i++) {
            long[] wanted = given.getOrDefault(inputs.get(i).name(), new long[0]);
            if (!Arrays.equals(wanted, dims(input(i)))) {
                try (Arena brief = Arena.ofConfined()) {
                    MemorySegment sizes = brief.allocateFrom(
                            ValueLayout.JAVA_INT,
                            Arrays.stream(wanted).mapToInt(Math::toIntExact).toArray());
                    resized &= integer(library.resize, interpreter, i, sizes, wanted.length) == OK;
                }
                changed = true;
            }
        }
        if (changed && !(resized && integer(library.allocate, interpreter) == OK)) {
            throw TfliteProblems.sizes(name, given, messages.take()).toException();
        }
    }

    @Override
    public Binding bind(Map<String, long[]> inputDims) {
        check.names(inputDims.keySet());
        // tensors move when an interpreter is given other sizes, so a binding has one of its own
        TfliteSession own = open(library, tflite, name, options, declared);
        boolean bound = false;
        try {
            own.shape(inputDims);
            // outputs whose sizes depend on values are known after a first run, on zeros
            for (int i = 0; i < inputs.size(); i++) {
                own.memory(own.input(i)).fill((byte) 0);
            }
            own.run();
            bound = true;
            return new TfliteBinding(own);
        } finally {
            if (!bound) {
                own.close();
            }
        }
    }

    void run() {
        if (TfliteLibrary.invoke(open()) != OK) {
            throw TfliteProblems.run(name, messages.take()).toException();
        }
    }

    MemorySegment input(int index) {
        return pointer(library.input, open(), index);
    }

    MemorySegment output(int index) {
        return pointer(library.output, open(), index);
    }

    private MemorySegment open() {
        if (interpreter.equals(MemorySegment.NULL)) {
            throw new IllegalStateException(name + " is closed");
        }
        return interpreter;
    }

    /** What a tensor holds now: valid until the next change of dimensions, and while this session is open. */
    MemorySegment memory(MemorySegment tensor) {
        long bytes = (long) call(library.tensorBytes, tensor);
        MemorySegment values = pointer(library.tensorPointer, tensor);
        return bytes == 0 ? arena.allocate(0) : values.reinterpret(bytes, arena, null);
    }

    long[] dims(MemorySegment tensor) {
        long[] dims = new long[integer(library.tensorRank, tensor)];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = integer(library.tensorDim, tensor, axis);
        }
        return dims;
    }

    private DataType type(MemorySegment tensor, String value) {
        int code = integer(library.tensorType, tensor);
        return switch (code) {
            case 1 -> DataType.FLOAT;
            case 2 -> DataType.INT32;
            case 3 -> DataType.UINT8;
            case 4 -> DataType.INT64;
            case 6 -> DataType.BOOL;
            case 7 -> DataType.INT16;
            case 9 -> DataType.INT8;
            case 10 -> DataType.FLOAT16;
            case 11 -> DataType.DOUBLE;
            case 13 -> DataType.UINT64;
            case 16 -> DataType.UINT32;
            case 17 -> DataType.UINT16;
            default ->
                throw Problem.usage("runtime.type", "an output of this type can't be read")
                        .at(name + ", " + value)
                        .because("its type has the code " + code)
                        .attempt("a cast before this output, to a type such as float32 or int32")
                        .toException();
        };
    }

    /** Empty: its profiler isn't part of the C API. */
    @Override
    public List<NodePlacement> placement() {
        return List.of();
    }

    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        delete(library.interpreterDelete, interpreter);
        delete(library.xnnpackDelete, delegate);
        delete(library.modelDelete, model);
        interpreter = MemorySegment.NULL;
        arena.close();
    }

    private static void delete(MethodHandle function, MemorySegment object) {
        if (!object.equals(MemorySegment.NULL)) {
            call(function, object);
        }
    }
}
