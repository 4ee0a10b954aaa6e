package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.model.Node;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OperatorSupportTest {
    private static final Path TABLE =
            SharedData.projectRoot().resolve("runtime/src/main/resources/dev/skerry/runtime/operator-support.tsv");

    @Test
    void theTableIsWhatTheRuntimeDoes() throws IOException {
        var trials = new OperatorTrials();
        for (ConformanceCase one : ConformanceTest.cases()) {
            trials.add(one.folder().resolve("model.onnx"));
        }
        String version = new OnnxRuntime().probe() instanceof Availability.Present present ? present.version() : "";
        String table = trials.table(version);
        if (Boolean.getBoolean("skerry.write")) {
            Files.createDirectories(TABLE.getParent());
            Files.writeString(TABLE, table);
        }
        assertThat(table).isEqualTo(Files.readString(TABLE));
        assertThat(OperatorSupport.parse(table).operators()).isGreaterThan(150);
    }

    @Test
    void answersByOperatorSet() {
        var support = OperatorSupport.parse("# comment\n\tConv\t1-22\t\n\tFoo\t\tno-kernel\n\tPad\t2,11-26\t\n");
        assertThat(support.of(Node.of("Conv", List.of("x"), List.of("y")), 13)).isEqualTo(OperatorSupport.Answer.RUNS);
        assertThat(support.of(Node.of("Conv", List.of("x"), List.of("y")), 23))
                .isEqualTo(OperatorSupport.Answer.UNKNOWN);
        assertThat(support.of(Node.of("Foo", List.of("x"), List.of("y")), 13))
                .isEqualTo(OperatorSupport.Answer.NO_KERNEL);
        assertThat(support.of(Node.of("Pad", List.of("x"), List.of("y")), 2)).isEqualTo(OperatorSupport.Answer.RUNS);
        assertThat(support.of(Node.of("Pad", List.of("x"), List.of("y")), 10))
                .isEqualTo(OperatorSupport.Answer.UNKNOWN);
        assertThat(support.of(Node.of("Bar", List.of("x"), List.of("y"), Map.of()), 13))
                .isEqualTo(OperatorSupport.Answer.UNKNOWN);
    }

    @Test
    void theShippedTableKnowsWhatEdgeModelsAreMadeOf() {
        var support = OperatorSupport.onnxRuntime();
        for (String op : List.of(
                "Conv",
                "Gemm",
                "Relu",
                "MaxPool",
                "GlobalAveragePool",
                "Softmax",
                "QuantizeLinear",
                "DequantizeLinear",
                "LSTM",
                "GRU",
                "Resize",
                "Reshape",
                "Add",
                "MatMul")) {
            assertThat(support.of(Node.of(op, List.of("x"), List.of("y")), 17))
                    .as(op)
                    .isEqualTo(OperatorSupport.Answer.RUNS);
        }
    }
}
