package dev.skerry.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.SessionOptions;
import dev.skerry.testing.SharedData;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OnnxRuntimeTest {
    private static final Path KWS = SharedData.at("models/kws-dscnn/kws_dscnn.onnx");
    private final OnnxRuntime runtime = new OnnxRuntime();

    @Test
    void isFoundAndPresent() {
        assertThat(Runtimes.all()).hasAtLeastOneElementOfType(OnnxRuntime.class);
        assertThat(runtime.probe()).isInstanceOfSatisfying(Availability.Present.class, present -> {
            assertThat(present.version()).startsWith("1.29");
            assertThat(present.providers()).contains("CPUExecutionProvider");
        });
    }

    @Test
    void declaresWhatTheModelDeclares() {
        try (var session = runtime.open(KWS, SessionOptions.DEFAULT)) {
            assertThat(session.inputs()).singleElement().satisfies(input -> {
                assertThat(input.name()).isEqualTo("input");
                assertThat(input.type()).hasToString("float32[N×49×10×1]");
            });
            assertThat(session.outputs())
                    .singleElement()
                    .satisfies(output -> assertThat(output.type()).hasToString("float32[N×12]"));
        }
    }

    @Test
    void bindingGivesTheSameBitsAsInfer() {
        Tensor features = noise("input", 1, 1, 49, 10, 1);
        try (var session = runtime.open(KWS, SessionOptions.DEFAULT);
                var binding = session.bind(Map.of("input", features.dims()))) {
            Tensor expected =
                    requireNonNull(session.infer(Map.of("input", features)).get("output"));
            for (int run = 0; run < 3; run++) {
                binding.input("input").copyFrom(features.data());
                binding.run();
                assertThat(binding.output("output").mismatch(expected.data())).isEqualTo(-1);
            }
            assertThat(binding.outputDims().get("output")).containsExactly(1, 12);
        }
    }

    @Test
    void nanPassesThrough() {
        Tensor features = noise("input", 1, 1, 49, 10, 1);
        try (var session = runtime.open(KWS, SessionOptions.DEFAULT);
                var binding = session.bind(Map.of("input", features.dims()))) {
            binding.input("input").copyFrom(features.data());
            binding.input("input").setAtIndex(ValueLayout.JAVA_FLOAT, 100, Float.NaN);
            binding.run();
            assertThat(binding.output("output").toArray(ValueLayout.JAVA_FLOAT)).contains(Float.NaN);
        }
    }

    @Test
    void aRunOfABindingAllocatesLittle() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (var session = runtime.open(KWS, SessionOptions.DEFAULT);
                var binding = session.bind(Map.of("input", new long[] {1, 49, 10, 1}))) {
            for (int run = 0; run < 3_000; run++) {
                binding.run();
            }
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int run = 0; run < 1_000; run++) {
                binding.run();
            }
            assertThat((threads.getCurrentThreadAllocatedBytes() - before) / 1_000.0)
                    .isLessThan(600);
        }
    }

    @Test
    void aProfileSaysWhereEachNodeRan() {
        try (var session = runtime.open(KWS, SessionOptions.DEFAULT.withProfile(true))) {
            session.infer(Map.of("input", noise("input", 1, 1, 49, 10, 1)));
            assertThat(session.placement()).isNotEmpty().allSatisfy(node -> {
                assertThat(node.provider()).isEqualTo("CPUExecutionProvider");
                assertThat(node.node()).isNotEmpty();
                assertThat(node.meanMicros()).isNotNegative();
            });
            assertThat(session.placement()).extracting("op").contains("Conv");
        }
        try (var session = runtime.open(KWS, SessionOptions.DEFAULT)) {
            assertThat(session.placement()).isEmpty();
        }
    }

    private static Tensor noise(String name, long seed, long... dims) {
        var random = new Random(seed);
        float[] values = new float[Math.toIntExact(Shape.of(dims).elements().orElseThrow())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian(0, 1);
        }
        return Tensor.ofFloats(name, dims, values);
    }
}
