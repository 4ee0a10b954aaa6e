package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The self-test of a model of real numbers holds the code to vectors that the caller gives. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class GoldenTest {
    private static final Tensor X = Tensor.ofFloats("x", new long[] {3}, 1, -2, 3);

    @TempDir
    Path folder;

    private static Firmware absolute() {
        Graph graph = Graph.of(
                "g",
                List.of(Node.of("Abs", List.of("x"), List.of("y"))),
                List.of(),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(3))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(3))));
        return Firmware.of(Model.of(graph, 17), "absolute", Map.of());
    }

    private static Golden golden(Map<String, Tensor> inputs, float... expected) {
        Tensor outputs = Tensor.ofFloats("y", new long[] {3}, expected);
        return new Golden(List.of(new Golden.Vector(inputs, Map.of("y", outputs))), 1e-3, 1e-6);
    }

    /** What {@code make test} says where it fails. */
    private String tested(Firmware firmware) throws Exception {
        Path place = Files.createTempDirectory(folder, "made");
        GeneratedC.write(firmware, place);
        return GeneratedC.execute(place, List.of("make", "-s", "test", "CFLAGS=-Wall -Wextra -Wconversion -Werror"));
    }

    @Test
    void rightAndAlmostRightPass() throws Exception {
        assertThat(tested(absolute().withGolden(golden(Map.of("x", X), 1, 2, 3.002f))))
                .isEmpty();
    }

    @Test
    void wrongFails() throws Exception {
        assertThat(tested(absolute().withGolden(golden(Map.of("x", X), 1, 2, 3.1f))))
                .contains("1 golden vectors, 1 numbers wrong");
    }

    @Test
    void inputsOfTheGeneratorAreMadeAnewByTheCode() throws Exception {
        Firmware firmware = absolute();
        Map<String, Tensor> inputs = firmware.generated(0);
        float[] x = inputs.get("x").toFloats();
        Firmware tested = firmware.withGolden(golden(inputs, Math.abs(x[0]), Math.abs(x[1]), Math.abs(x[2])));
        assertThat(tested.files().get("golden.c")).contains("state").doesNotContain("given_absolute_input");
        assertThat(tested(tested)).isEmpty();
    }

    @Test
    void vectorThatDoesntFitIsNoVector() {
        Golden golden = golden(Map.of("x", Tensor.ofFloats("x", new long[] {2}, 1, 2)), 1, 2, 3);
        assertThatThrownBy(() -> absolute().withGolden(golden)).hasMessageContaining("x needs 12 bytes of float32");
    }

    @Test
    void withoutVectorsThereIsNoSelfTest() {
        assertThat(absolute().files()).doesNotContainKey("selftest.c");
    }
}
