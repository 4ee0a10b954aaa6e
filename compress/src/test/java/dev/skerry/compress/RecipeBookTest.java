package dev.skerry.compress;

import static dev.skerry.compress.Nets.net;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.compress.CompressionRequest.Goal;
import dev.skerry.compress.CompressionRequest.Method;
import dev.skerry.model.Model;
import dev.skerry.model.Node;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Which recipes a request tries. */
final class RecipeBookTest {
    private static final RandomGenerator RANDOM = Samples.random(2);

    private static final Model PRODUCTS = net(
            13,
            new long[] {1, 64},
            new long[] {1, 10},
            List.of(Samples.gaussian("w", RANDOM, 64, 64), Samples.gaussian("v", RANDOM, 64, 10)),
            Node.of("MatMul", List.of("x", "w"), List.of("h")),
            Node.of("MatMul", List.of("h", "v"), List.of("y")));

    private static final Model CONVOLUTIONS = net(
            13,
            new long[] {1, 16, 8, 8},
            new long[] {1, 10},
            List.of(Samples.gaussian("w", RANDOM, 32, 16, 3, 3), Samples.gaussian("v", RANDOM, 32, 10)),
            Node.of("Conv", List.of("x", "w"), List.of("c")),
            Node.of("GlobalAveragePool", List.of("c"), List.of("p")),
            Node.of("Flatten", List.of("p"), List.of("f")),
            Node.of("Gemm", List.of("f", "v"), List.of("y")));

    private static List<String> int4(Model model, Method method, Goal goal) {
        Samples samples = Samples.random(model, 1, 1);
        CompressionRequest request = CompressionRequest.of(
                        model, samples, samples, Nets.SCHEME, Nets.RUNTIME, System::nanoTime)
                .withMethod(method)
                .withGoal(goal);
        return RecipeBook.lines(request, model.graph()).stream()
                .flatMap(line -> line.recipes().stream())
                .map(Recipe::name)
                .filter(name -> name.contains("int4"))
                .toList();
    }

    @Test
    void fourBitsAreTriedWhereMostWeightsAreThoseOfProducts() {
        assertThat(RecipeBook.isMostlyProducts(PRODUCTS.graph())).isTrue();
        assertThat(int4(PRODUCTS, Method.AUTO, Goal.SPEED)).containsExactly("int4-b32-gptq", "int4-b128-asym-gptq");
        assertThat(RecipeBook.isMostlyProducts(CONVOLUTIONS.graph())).isFalse();
        assertThat(int4(CONVOLUTIONS, Method.AUTO, Goal.SPEED)).isEmpty();
    }

    @Test
    void fourBitsAreTriedWhereSizeIsTheGoal() {
        assertThat(int4(CONVOLUTIONS, Method.AUTO, Goal.SIZE)).hasSize(2);
        assertThat(int4(CONVOLUTIONS, Method.INT8, Goal.SIZE)).isEmpty();
    }

    @Test
    void askedForFourBitsAllFormsAreTried() {
        assertThat(int4(CONVOLUTIONS, Method.INT4, Goal.SPEED))
                .containsExactly(
                        "int4-b16-gptq",
                        "int4-b16-asym-gptq",
                        "int4-b32-gptq",
                        "int4-b32-asym-gptq",
                        "int4-b128-gptq",
                        "int4-b128-asym-gptq",
                        "int4-b32-gptq-stored",
                        "int4-b32-gptq-qdq");
    }
}
