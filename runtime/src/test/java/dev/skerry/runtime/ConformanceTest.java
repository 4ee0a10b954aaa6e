package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.runtime.spi.Availability;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All ONNX backend tests that are at hand; {@code docs/conformance.md} says which fail and why. */
class ConformanceTest {
    /** Debian's package {@code libonnx-testdata}. */
    private static final Path DEBIAN = Path.of("/usr/share/libonnx-testdata/data");

    private static final Path PAGE = SharedData.projectRoot().resolve("docs/conformance.md");

    @Test
    void eachCasePassesOrIsListedWithItsReason() throws IOException {
        var runtime = new OnnxRuntime();
        var outcomes = new ArrayList<ConformanceTable.Outcome>();
        for (ConformanceCase one : cases()) {
            outcomes.add(new ConformanceTable.Outcome(
                    one.suite(), one.name(), ConformanceReasons.explain(one.name(), one.failure(runtime))));
        }
        String version =
                runtime.probe() instanceof Availability.Present present ? present.version() : "that isn't present";
        String page = ConformanceTable.render(version, outcomes);
        if (Boolean.getBoolean("skerry.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(outcomes).hasSize(1072 + 317);
        assertThat(page).isEqualTo(Files.readString(PAGE));
    }

    static List<ConformanceCase> cases() {
        SharedData.require(Files.isDirectory(DEBIAN), "no ONNX backend tests: apt-get install libonnx-testdata");
        var cases = new ArrayList<ConformanceCase>();
        for (String suite : List.of("node", "pytorch-converted", "pytorch-operator", "simple")) {
            cases.addAll(ConformanceCase.in("onnx 1.12 " + suite, DEBIAN.resolve(suite)));
        }
        cases.addAll(ConformanceCase.in("onnx 1.17 node", SharedData.at("onnx-node-tests")));
        return cases;
    }
}
