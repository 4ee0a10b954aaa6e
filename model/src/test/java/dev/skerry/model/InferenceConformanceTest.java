package dev.skerry.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The ONNX backend tests: what is inferred from the inputs alone, without what the models declare, is what came out where the
 * tests were made. The counts only ever rise.
 */
class InferenceConformanceTest {
    private static final Path DEBIAN = Path.of("/usr/share/libonnx-testdata/data");

    /** The files of these hold the bits of bfloat16 as uint16. */
    private static final Set<String> MISLABELLED = Set.of(
            "test_cast_FLOAT_to_BFLOAT16",
            "test_castlike_FLOAT_to_BFLOAT16",
            "test_castlike_FLOAT_to_BFLOAT16_expanded");

    /** How many outputs there are, and how many are fully inferred from types alone, and from the content of inputs too. */
    private record Tally(int outputs, int fromTypes, int fromContent) {}

    @Test
    void newestOperators() throws IOException {
        assertThat(tally(SharedData.at("onnx-node-tests"))).isEqualTo(new Tally(451, 430, 451));
    }

    @Test
    void olderOperators() throws IOException {
        SharedData.require(Files.isDirectory(DEBIAN), "no ONNX backend tests: apt-get install libonnx-testdata");
        assertThat(tally(DEBIAN)).isEqualTo(new Tally(1266, 1085, 1213));
    }

    private static Tally tally(Path root) throws IOException {
        int outputs = 0;
        int fromTypes = 0;
        int fromContent = 0;
        List<String> wrong = new ArrayList<>();
        for (NodeCases one : NodeCases.in(root)) {
            String name = one.folder().getFileName().toString();
            Types types = ShapeInference.infer(one.undeclared(), Map.of());
            Types content = ShapeInference.infer(one.withKnownInputs(), Map.of());
            types.contradictions().forEach(problem -> wrong.add(name + ": " + problem));
            content.contradictions().forEach(problem -> wrong.add(name + ": " + problem));
            List<Value> truth = one.outputs();
            for (int i = 0; i < truth.size(); i++) {
                ValueType want = NodeCases.typeOf(truth.get(i));
                String value = one.model().graph().outputs().get(i).name();
                outputs++;
                fromTypes += full(types, value, want, name, wrong);
                fromContent += full(content, value, want, name, wrong);
            }
        }
        assertThat(wrong).isEmpty();
        return new Tally(outputs, fromTypes, fromContent);
    }

    private static int full(Types types, String value, ValueType want, String name, List<String> wrong) {
        ValueType found = types.of(value).orElse(null);
        if (!ValueTypes.isFull(found)) {
            return 0;
        }
        if (!want.equals(found) && !MISLABELLED.contains(name)) {
            wrong.add(name + ": " + value + " is " + want + ", inferred " + found);
        }
        return 1;
    }
}
