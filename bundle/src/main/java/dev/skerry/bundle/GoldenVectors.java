package dev.skerry.bundle;

import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.problem.Problem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Inputs with the outputs that a model must give for them. They travel in the bundle as an {@code .npz} whose arrays are named
 * {@code 0/in/NAME} and {@code 0/out/NAME}, and a device runs them before a model goes live.
 */
public record GoldenVectors(List<Case> cases) {
    /** One inference: inputs and outputs by their names in the fused graph. */
    public record Case(Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
        public Case {
            inputs = Map.copyOf(inputs);
            outputs = Map.copyOf(outputs);
        }
    }

    public GoldenVectors {
        cases = List.copyOf(cases);
    }

    /** The file's content; the same vectors give the same bytes. */
    public byte[] toBytes() {
        var arrays = new LinkedHashMap<String, Tensor>();
        for (int i = 0; i < cases.size(); i++) {
            String prefix = i + "/";
            put(arrays, prefix + "in/", cases.get(i).inputs());
            put(arrays, prefix + "out/", cases.get(i).outputs());
        }
        return TensorFile.npzBytes(arrays);
    }

    private static void put(Map<String, Tensor> arrays, String prefix, Map<String, Tensor> tensors) {
        tensors.keySet().stream().sorted().forEach(name -> {
            Tensor tensor = tensors.get(name);
            if (tensor != null) {
                arrays.put(prefix + name, tensor);
            }
        });
    }

    /**
     * Reads what {@link #toBytes} wrote.
     *
     * @throws dev.skerry.problem.ProblemException with code {@code bundle.golden} where the file holds something else
     */
    public static GoldenVectors read(Path file) {
        Map<String, Tensor> arrays = TensorFile.readNpz(file);
        var cases = new ArrayList<Case>();
        while (true) {
            Map<String, Tensor> inputs = take(arrays, cases.size() + "/in/");
            Map<String, Tensor> outputs = take(arrays, cases.size() + "/out/");
            if (inputs.isEmpty() || outputs.isEmpty()) {
                break;
            }
            cases.add(new Case(inputs, outputs));
        }
        if (cases.isEmpty()) {
            throw Problem.usage("bundle.golden", "no golden vectors in the file")
                    .at(file.toString())
                    .because("arrays are named 0/in/NAME and 0/out/NAME")
                    .toException();
        }
        return new GoldenVectors(cases);
    }

    private static Map<String, Tensor> take(Map<String, Tensor> arrays, String prefix) {
        var taken = new LinkedHashMap<String, Tensor>();
        arrays.forEach((name, tensor) -> {
            if (name.startsWith(prefix)) {
                String own = name.substring(prefix.length());
                taken.put(own, tensor.withName(own));
            }
        });
        return taken;
    }
}
