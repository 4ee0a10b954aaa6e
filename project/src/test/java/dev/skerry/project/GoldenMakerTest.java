package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Binding;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.Session;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GoldenMakerTest {
    /** No Q/DQ: the bound is a thousandth. */
    private static final Model CORE = Model.of(Graph.of("g", List.of(), List.of(), List.of(), List.of()), 13);

    @Test
    void anInputWhoseDetectionsSwapPlacesIsLeftOut() {
        var golden = GoldenMaker.make(samples(8), new Fake(x -> x), new Fake(x -> x == 3 ? 0.6 : x), CORE, true);
        assertThat(golden.vectors().cases()).hasSize(10).noneMatch(one -> value(one.inputs()) == 3);
        assertThat(golden.tolerance()).isEqualTo(1e-3);
    }

    @Test
    void classesHaveNoSuchExcuse() {
        assertThatThrownBy(() ->
                        GoldenMaker.make(samples(8), new Fake(x -> x), new Fake(x -> x == 3 ? 0.6 : x), CORE, false))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("doesn't reproduce");
    }

    @Test
    void aMachineThatGetsNoDetectionRightIsRefused() {
        assertThatThrownBy(() -> GoldenMaker.make(samples(8), new Fake(x -> x), new Fake(x -> x + 1), CORE, true))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("doesn't reproduce");
    }

    private static double value(Map<String, Tensor> tensors) {
        return tensors.values().iterator().next().valueAt(0);
    }

    private static SampleSource samples(int count) {
        return new SampleSource() {
            @Override
            public long size() {
                return count;
            }

            @Override
            public Iterator<Sample> iterator() {
                return IntStream.range(0, count)
                        .mapToObj(i -> new Sample(
                                "s" + i,
                                Map.of("x", Tensor.ofFloats("x", new long[] {1}, i)),
                                OptionalInt.empty(),
                                false))
                        .iterator();
            }
        };
    }

    /** A session that answers one number with one number. */
    private record Fake(DoubleUnaryOperator answer) implements Session {
        @Override
        public Map<String, Tensor> infer(Map<String, Tensor> inputs) {
            return Map.of("y", Tensor.ofFloats("y", new long[] {1}, (float) answer.applyAsDouble(value(inputs))));
        }

        @Override
        public List<ValueInfo> inputs() {
            return List.of();
        }

        @Override
        public List<ValueInfo> outputs() {
            return List.of();
        }

        @Override
        public Binding bind(Map<String, long[]> inputDims) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<NodePlacement> placement() {
            return List.of();
        }

        @Override
        public void close() {}
    }
}
