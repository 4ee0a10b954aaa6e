package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What isn't TensorFlow Lite's INT8 becomes a function for each node; seeing values under other dimensions costs nothing. */
final class GeneralSideTest {
    @TempDir
    static Path folder;

    private static Firmware turned() {
        Graph graph = Graph.of(
                "g",
                List.of(
                        Node.of("Relu", List.of("x"), List.of("positive")),
                        Node.of("Flatten", List.of("positive"), List.of("flat"), Map.of("axis", Attribute.of(2))),
                        Node.of("Transpose", List.of("flat"), List.of("y"))),
                List.of(),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 2, 3))),
                List.of(
                        ValueInfo.of("y", DataType.FLOAT, Shape.of(3, 2)),
                        ValueInfo.of("flat", DataType.FLOAT, Shape.of(2, 3))));
        return Firmware.of(Model.of(graph, 17), "turned", Map.of());
    }

    @Test
    void nodesBecomeFunctions() throws Exception {
        ByteBuffer input = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : new float[] {1, -2, 3, 4, 5, -6}) {
            input.putFloat(value);
        }
        ByteBuffer made =
                ByteBuffer.wrap(GeneratedC.run(turned(), folder, input.array())).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[12];
        made.asFloatBuffer().get(values);
        assertThat(values).containsExactly(1, 4, 0, 5, 3, 0, 1, 0, 3, 4, 5, 0);
    }

    @Test
    void endsHaveTypesAndNames() {
        Firmware firmware = turned();
        assertThat(firmware.inputs())
                .containsExactly(new Firmware.End("x", "turned_input", DataType.FLOAT, List.of(1, 2, 3), 24, 1, 0));
        assertThat(firmware.outputs())
                .extracting(Firmware.End::function)
                .containsExactly("turned_output_y", "turned_output_flat");
        assertThat(firmware.arenaBytes()).isEqualTo(48);
        assertThat(firmware.steps()).extracting(Firmware.Step::kernel).containsExactly("Relu", "Transpose");
    }

    @Test
    void namesOfConstantsAreNeitherWordsOfCNorFunctions() throws Exception {
        Graph graph = Graph.of(
                "g",
                List.of(
                        Node.of("Add", List.of("x", "double"), List.of("a")),
                        Node.of("Mul", List.of("a", "floor"), List.of("b")),
                        Node.of("Sub", List.of("b", "clash_add"), List.of("y"))),
                List.of(
                        Tensor.ofFloats("double", new long[] {2}, 1, 2),
                        Tensor.ofFloats("floor", new long[] {2}, 3, 4),
                        Tensor.ofFloats("clash_add", new long[] {2}, 5, 6)),
                List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(2))),
                List.of(ValueInfo.of("y", DataType.FLOAT, Shape.of(2))));
        byte[] made = GeneratedC.run(Firmware.of(Model.of(graph, 17), "clash", Map.of()), folder, new byte[8]);
        assertThat(ByteBuffer.wrap(made).order(ByteOrder.LITTLE_ENDIAN).getFloat(4))
                .isEqualTo(2f);
    }
}
