package dev.skerry.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.measure.Progress;
import dev.skerry.measure.Sqnr;
import dev.skerry.model.Attribute;
import dev.skerry.model.DataType;
import dev.skerry.model.Dim;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions along one axis by fewer products, by ONNX Runtime, and what only looks like one. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class WinogradTest {
    private static final int IN = 32;
    private static final int OUT = 40;
    private static final Winograd WINOGRAD = new Winograd(Winograd.TILE, Set.of());

    /** @param input its shape, with 0 for a batch of any size */
    @SuppressWarnings("ArrayRecordComponent") // made once, and changed by nobody
    record Case(String name, long[] input, long[] weights, boolean hasBias, Map<String, Attribute> attributes) {
        Model model() {
            List<String> names = hasBias ? List.of("x", "w", "b") : List.of("x", "w");
            List<Tensor> tensors = new ArrayList<>();
            tensors.add(Samples.gaussian("w", Samples.random(4), weights));
            if (hasBias) {
                tensors.add(Samples.gaussian("b", Samples.random(5), weights[0]));
            }
            Dim[] dims = new Dim[input.length];
            for (int i = 0; i < dims.length; i++) {
                dims[i] = input[i] == 0 ? new Dim.Symbolic("N") : Dim.of(input[i]);
            }
            Graph graph = Graph.of(
                    "net",
                    List.of(Node.of("Conv", names, List.of("y"), attributes)),
                    tensors,
                    List.of(ValueInfo.of("x", DataType.FLOAT, new Shape(List.of(dims)))),
                    List.of(ValueInfo.of("y", DataType.FLOAT, null)));
            return Model.of(graph, 13);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static Case of(String name, long[] input, long[] weights, Object... attributes) {
        var named = new java.util.LinkedHashMap<String, Attribute>();
        for (int i = 0; i < attributes.length; i += 2) {
            named.put(
                    (String) attributes[i],
                    attributes[i + 1] instanceof long[] values
                            ? Attribute.ofInts(values)
                            : attributes[i + 1] instanceof String text
                                    ? Attribute.of(text)
                                    : Attribute.of((Integer) attributes[i + 1]));
        }
        return new Case(name, input, weights, !name.contains("without bias"), named);
    }

    private static long[] ints(long... values) {
        return values;
    }

    static Stream<Case> along() {
        return Stream.of(
                of("tall, whole tiles", ints(1, IN, 24, 1), ints(OUT, IN, 5, 1)),
                of("tall without bias", ints(1, IN, 24, 1), ints(OUT, IN, 5, 1)),
                of("wide, tiles cut off", ints(1, IN, 1, 21), ints(OUT, IN, 1, 3)),
                of("signal", ints(1, IN, 19), ints(OUT, IN, 4)),
                of("signal with zeros around", ints(1, IN, 19), ints(OUT, IN, 5), "pads", ints(2, 2)),
                of("tall with zeros on one side", ints(1, IN, 9, 1), ints(OUT, IN, 3, 1), "pads", ints(0, 0, 2, 0)),
                of("shorter than a tile", ints(1, IN, 5), ints(OUT, IN, 5)),
                of("any batch", ints(0, IN, 24, 1), ints(OUT, IN, 5, 1)));
    }

    @ParameterizedTest
    @MethodSource("along")
    void computesTheSameUpToRounding(Case given) {
        Model model = given.model();

        Rewritten made = WINOGRAD.apply(studied(model));

        assertThat(WINOGRAD.applies(model)).isTrue();
        assertThat(made.changed()).containsExactly("y");
        assertThat(ops(made.model()).filter(op -> op.equals("MatMul")))
                .hasSize(Winograd.TILE + (int) given.weights[2] * (int) lastOf(given.weights) - 1 + 1 /* and back */);
        // float has 150 dB at best, and twenty sums of powers of two cost some
        assertThat(sqnr(model, made.model())).isGreaterThan(100);
    }

    private static long lastOf(long[] weights) {
        return weights.length == 4 ? weights[3] : 1;
    }

    static Stream<Case> lookalikes() {
        return Stream.of(
                of("steps of two", ints(1, IN, 24), ints(OUT, IN, 5), "strides", ints(2)),
                of("with gaps", ints(1, IN, 24), ints(OUT, IN, 5), "dilations", ints(2)),
                of("in groups", ints(1, 2 * IN, 24), ints(2 * OUT, IN, 5), "group", 2),
                of("of an image", ints(1, IN, 12, 12), ints(OUT, IN, 5, 1)),
                of("in two dimensions", ints(1, IN, 12, 12), ints(OUT, IN, 3, 3)),
                of("zeros beside the line", ints(1, IN, 24, 1), ints(OUT, IN, 5, 1), "pads", ints(0, 1, 0, 1)),
                of("few channels in", ints(1, 8, 24), ints(OUT, 8, 5)),
                of("few channels out", ints(1, IN, 24), ints(8, IN, 5)),
                of("two taps", ints(1, IN, 24), ints(OUT, IN, 2)),
                of("too many taps", ints(1, IN, 24), ints(OUT, IN, 6)),
                of("zeros by name", ints(1, IN, 24), ints(OUT, IN, 5), "auto_pad", "SAME_UPPER"));
    }

    @ParameterizedTest
    @MethodSource("lookalikes")
    void leavesWhatIsNoSuchConvolution(Case given) {
        Model model = given.model();

        Rewritten made = WINOGRAD.apply(studied(model));

        assertThat(WINOGRAD.applies(model)).isFalse();
        assertThat(made.changed()).isEmpty();
        assertThat(ops(made.model())).containsExactly("Conv");
    }

    @Test
    void leavesWhatTheUserWantsKept() {
        Model model = along().findFirst().orElseThrow().model();

        assertThat(new Winograd(Winograd.TILE, Set.of("y"))
                        .apply(studied(model))
                        .changed())
                .isEmpty();
    }

    @Test
    void itsProductsRunInIntegersAndItsTransformsInFloat() {
        Model model = along().findFirst().orElseThrow().model();
        Studied studied = studied(model);
        Recipe recipe = Recipe.of(WINOGRAD, new StaticInt8(Scope.all(Set.of()), RangeMethod.MINMAX, Nets.SCHEME));

        Rewritten made = recipe.make(studied);

        assertThat(recipe.name()).isEqualTo("winograd4-int8-all-minmax");
        assertThat(made.integerNodes()).isEqualTo(8);
        assertThat(made.keptFloat())
                .noneMatch(kept -> kept.op().equals("Conv") || kept.op().equals("MatMul"));
        List<String> kernels =
                Nets.optimizedOps(made.model(), samples(model).all().getFirst());
        assertThat(kernels).filteredOn(op -> op.equals("MatMulIntegerToFloat")).hasSize(8);
        assertThat(kernels).contains("Conv").doesNotContain("QLinearConv");
        assertThat(sqnr(model, made.model())).isGreaterThan(20);
        assertThat(ModelFile.bytes(recipe.make(studied(model)).model())).isEqualTo(ModelFile.bytes(made.model()));
    }

    @Test
    void recipesThatBeginAlikeShareWhatTheyBeginWith() {
        Studied studied = studied(along().findFirst().orElseThrow().model());

        assertThat(studied.sharedStep(WINOGRAD))
                .isSameAs(studied.sharedStep(new Winograd(Winograd.TILE, Set.of())))
                .isNotSameAs(studied.sharedStep(new Winograd(2, Set.of())));
    }

    private static Samples samples(Model model) {
        return Samples.random(model, 4, 9);
    }

    private static Studied studied(Model model) {
        return new Studied(model, samples(model), Nets.SESSIONS, Progress.NONE);
    }

    private static Stream<String> ops(Model model) {
        return model.graph().nodes().stream().map(Node::op);
    }

    private static double sqnr(Model reference, Model other) {
        var ratio = new Sqnr();
        samples(reference)
                .forEach(sample -> ratio.add(
                        Nets.run(reference, sample).get("y").toFloats(),
                        Nets.run(other, sample).get("y").toFloats()));
        return ratio.decibel();
    }
}
