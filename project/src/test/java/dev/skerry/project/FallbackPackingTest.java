package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.model.ValueInfo;
import dev.skerry.runtime.Runtimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class FallbackPackingTest {
    @TempDir
    Path folder;

    /** y = x + x under another name of the output. */
    private static Model adding(String output) {
        return Model.of(
                Graph.of(
                        "adding",
                        List.of(Node.of("Add", List.of("x", "x"), List.of(output))),
                        List.of(),
                        List.of(ValueInfo.of("x", DataType.FLOAT, Shape.of(1, 4))),
                        List.of(ValueInfo.of(output, DataType.FLOAT, Shape.of(1, 4)))),
                13);
    }

    private Optional<FallbackPacking.Ready> pack(String fallback, LongSupplier clock) throws IOException {
        ModelFile.write(adding("y"), folder.resolve("model.onnx"));
        ModelFile.write(adding("y"), folder.resolve("tiny.onnx"));
        ModelFile.write(adding("z"), folder.resolve("other.onnx"));
        TensorFile.writeNpz(
                folder.resolve("x.npz"),
                Map.of("x", Tensor.ofFloats("x", new long[] {2, 1, 4}, 1, 2, 3, 4, 5, 6, 7, 8)));
        Files.writeString(folder.resolve("skerry.yaml"), """
                name: adding
                model: model.onnx
                budget: {rate: 50Hz, latency: 10ms}
                pipeline:
                  source: {tensors: x.npz}
                  fallback: %s
                """.formatted(fallback));
        try (Workbench bench = Workbench.open(
                ProjectFile.read(folder),
                Runtimes.all().stream()
                        .filter(runtime -> runtime.name().equals("onnxruntime"))
                        .findFirst()
                        .orElseThrow())) {
            return new FallbackPacking(bench, clock).pack(bench.fuse(bench.model()));
        }
    }

    /** A clock on which each inference takes this long. */
    private static LongSupplier taking(long nanos) {
        var now = new AtomicLong();
        return () -> now.getAndAdd(nanos);
    }

    @Test
    void aFallbackModelThatFitsIsReadyWithGoldenVectorsOfItsOwn() throws IOException {
        FallbackPacking.Ready ready =
                pack("{label: reject, model: tiny.onnx}", taking(4_000_000)).orElseThrow();

        assertThat(ready.micros()).isEqualTo(4_000);
        assertThat(ready.entry().file()).isEqualTo("fallback.onnx");
        assertThat(ready.entry().runtime().runtime()).isEqualTo("onnxruntime");
        assertThat(ready.entry().golden().file()).isEqualTo("fallback-golden.npz");
    }

    @Test
    void oneThatTakesMoreThanHalfOfWhatADecisionHasIsRefused() {
        assertThatThrownBy(() -> pack("{label: reject, model: tiny.onnx}", taking(6_000_000)))
                .hasMessageContaining("it takes 6.0 ms, and may take half of the 10.0 ms");
    }

    @Test
    void oneWithOtherDecisionsIsRefused() {
        assertThatThrownBy(() -> pack("{label: reject, model: other.onnx}", taking(1)))
                .hasMessageContaining("another form")
                .hasMessageContaining("[z]");
    }

    @Test
    void whereNoneIsDeclaredNoneIsPacked() throws IOException {
        assertThat(pack("reject", taking(1))).isEmpty();
    }
}
