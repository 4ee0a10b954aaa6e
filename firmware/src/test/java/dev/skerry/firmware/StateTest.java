package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Outputs that are inputs of the next inference. */
final class StateTest {
    @TempDir
    Path folder;

    /** y = (x + s)², and s becomes x + s. */
    private static Firmware sum() {
        Graph graph = Graph.of(
                "sum",
                List.of(
                        Node.of("Add", List.of("x", "s"), List.of("next")),
                        Node.of("Mul", List.of("next", "next"), List.of("y"))),
                List.of(),
                List.of(floats("x"), floats("s")),
                List.of(floats("y"), floats("next")));
        return Firmware.of(Model.of(graph, 17), "sum", Map.of());
    }

    private static ValueInfo floats(String name) {
        return ValueInfo.of(name, DataType.FLOAT, Shape.of(2));
    }

    @Test
    void stateIsKeptFromOneInferenceToTheNextAndStartsWithZero() throws Exception {
        SharedData.require(GeneratedC.has("gcc"), "gcc isn't installed");
        Firmware firmware = sum().withState(Map.of("next", "s"));
        GeneratedC.write(firmware, folder);
        Files.writeString(folder.resolve("main.c"), """
                #include <stdio.h>
                #include "sum.h"
                int main(void) {
                    for (int start = 0; start < 2; start++) {
                        sum_init();
                        for (int i = 1; i < 4; i++) {
                            sum_input_x()[0] = (float)i;
                            sum_input_x()[1] = 10;
                            sum_invoke();
                            printf("%g %g\\n", (double)sum_output_y()[0], (double)sum_output_y()[1]);
                        }
                    }
                    return 0;
                }
                """);
        var command = new ArrayList<>(List.of("gcc", "-fsanitize=undefined,address"));
        command.addAll(GeneratedC.WARNINGS);
        command.addAll(GeneratedC.sourcesOf(firmware));
        command.addAll(List.of("main.c", "-o", "program", "-lm"));
        assertThat(GeneratedC.execute(folder, command)).isEmpty();
        Path printed = folder.resolve("printed");
        int ended = new ProcessBuilder(folder.resolve("program").toString())
                .redirectOutput(printed.toFile())
                .start()
                .waitFor();
        assertThat(ended).isZero();
        assertThat(Files.readAllLines(printed)).containsExactly("1 100", "9 400", "36 900", "1 100", "9 400", "36 900");
        assertThat(firmware.files().get("sum.h")).contains("Kept: after an inference it holds next.");
    }

    @Test
    void whatIsNoPairIsRefused() {
        assertThatThrownBy(() -> sum().withState(Map.of("next", "t")))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo("firmware.state"));
        assertThatThrownBy(() -> sum().withState(Map.of("z", "s"))).hasMessageContaining("no output");
    }
}
