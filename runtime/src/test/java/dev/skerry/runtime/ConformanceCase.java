package dev.skerry.runtime;

import dev.skerry.model.DataType;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.Value;
import dev.skerry.model.ValueInfo;
import dev.skerry.model.ValueType;
import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.RuntimeProvider;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A case of the ONNX backend tests: a folder with {@code model.onnx} and folders of inputs and expected outputs. The model is
 * read by Skerry, written again, and what was written is run: so reading, writing and the runtime stand in one test.
 */
record ConformanceCase(String suite, Path folder) {
    /** As ONNX's own backend test runner compares. */
    private static final double RELATIVE = 1e-3;

    private static final double ABSOLUTE = 1e-7;

    String name() {
        return folder.getFileName().toString();
    }

    static List<ConformanceCase> in(String suite, Path folder) {
        try (var cases = Files.list(folder)) {
            return cases.filter(inner -> Files.exists(inner.resolve("model.onnx")))
                    .sorted()
                    .map(inner -> new ConformanceCase(suite, inner))
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Null where it passes; else the reason, without paths of this machine. */
    @Nullable
    String failure(RuntimeProvider runtime) {
        try {
            Model model = ModelFile.read(folder.resolve("model.onnx"));
            byte[] written = ModelFile.bytes(model);
            // a second time through, so that nothing hides in what the first reading kept
            byte[] again = ModelFile.bytes(ModelFile.parse(written));
            if (!Arrays.equals(written, again)) {
                return "writing is not stable: " + written.length + " and then " + again.length + " bytes";
            }
            return failure(runtime, model, written);
        } catch (ProblemException failure) {
            Problem problem = failure.problem();
            String why = problem.why();
            return why == null ? problem.what() : why;
        }
    }

    /** The same of a model that should compute what the case's own does. */
    @Nullable
    String failure(RuntimeProvider runtime, Model other) {
        try {
            return failure(runtime, ModelFile.read(folder.resolve("model.onnx")), ModelFile.bytes(other));
        } catch (ProblemException failure) {
            return failure.problem().toString();
        }
    }

    private @Nullable String failure(RuntimeProvider runtime, Model model, byte[] written) {
        try (Session session = runtime.open(written, "model", SessionOptions.DEFAULT)) {
            for (Path data : dataSets()) {
                String difference = run(model, session, data);
                if (difference != null) {
                    return difference;
                }
            }
        }
        return null;
    }

    private List<Path> dataSets() {
        try (var sets = Files.list(folder)) {
            return sets.filter(set -> set.getFileName().toString().startsWith("test_data_set_"))
                    .sorted()
                    .toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static @Nullable String run(Model model, Session session, Path data) {
        var inputs = new LinkedHashMap<String, Tensor>();
        List<ValueInfo> declared = model.graph().dataInputs();
        for (int i = 0; i < declared.size(); i++) {
            Path file = data.resolve("input_" + i + ".pb");
            ValueInfo input = declared.get(i);
            if (!Files.exists(file)) {
                continue;
            }
            Value value = value(file, input.type());
            switch (value) {
                case Value.OfTensor tensor -> inputs.put(input.name(), tensor.tensor());
                case Value.OfOptional optional
                when optional.element() instanceof Value.OfTensor tensor -> inputs.put(input.name(), tensor.tensor());
                case Value.OfOptional _ -> {
                    return "input of type optional: ONNX Runtime's Java interface can't make one";
                }
                case Value.OfSequence _ -> {
                    return "input of type sequence: ONNX Runtime's Java interface can't make one";
                }
                case Value.OfMap _ -> {
                    return "input of type map: ONNX Runtime's Java interface can't make one";
                }
                case Value.OfSparseTensor _ -> {
                    return "input of type sparse tensor: not carried by the runtime interface";
                }
            }
        }
        Map<String, Tensor> found = session.infer(inputs);
        var expected = new LinkedHashMap<String, Tensor>();
        List<ValueInfo> outputs = model.graph().outputs();
        for (int i = 0; i < outputs.size(); i++) {
            Path file = data.resolve("output_" + i + ".pb");
            if (Files.exists(file)) {
                expect(outputs.get(i).name(), value(file, outputs.get(i).type()), expected);
            }
        }
        var missing = new ArrayList<>(expected.keySet());
        missing.removeAll(found.keySet());
        if (!missing.isEmpty()) {
            return "outputs are missing: " + missing;
        }
        for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
            Tensor output = found.get(entry.getKey());
            String difference = output == null ? "missing" : difference(entry.getValue(), output);
            if (difference != null) {
                return "output " + entry.getKey() + ": " + difference;
            }
        }
        return null;
    }

    private static Value value(Path file, @Nullable ValueType type) {
        return type == null ? new Value.OfTensor(TensorFile.readPb(file)) : TensorFile.readPb(file, type);
    }

    /** By the names under which a session gives the parts of sequences and maps. */
    private static void expect(String name, Value value, Map<String, Tensor> into) {
        switch (value) {
            case Value.OfTensor tensor -> into.put(name, tensor.tensor());
            case Value.OfSequence sequence -> {
                for (int i = 0; i < sequence.elements().size(); i++) {
                    expect(name + "[" + i + "]", sequence.elements().get(i), into);
                }
            }
            case Value.OfOptional optional -> {
                Value element = optional.element();
                if (element != null) {
                    expect(name, element, into);
                }
            }
            case Value.OfMap map -> into.put(name + ".keys", map.keys());
            case Value.OfSparseTensor sparse -> into.put(name, sparse.tensor().values());
        }
    }

    static @Nullable String difference(Tensor expected, Tensor found) {
        if (expected.type() != found.type()) {
            return "expected " + expected.type().label() + ", found "
                    + found.type().label();
        }
        if (!expected.shape().equals(found.shape())) {
            return "expected " + expected.shape() + ", found " + found.shape();
        }
        if (expected.type() == DataType.STRING) {
            return expected.strings().equals(found.strings()) ? null : "strings differ";
        }
        for (long i = 0; i < expected.elements(); i++) {
            double wanted = expected.valueAt(i);
            double actual = found.valueAt(i);
            boolean close = wanted == actual
                    || Double.isNaN(wanted) && Double.isNaN(actual)
                    || Math.abs(wanted - actual) <= ABSOLUTE + RELATIVE * Math.abs(wanted);
            if (!close) {
                // without the numbers, which may differ in the last digits between processors
                return "values differ";
            }
        }
        return null;
    }
}
