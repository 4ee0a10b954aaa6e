package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The ONNX backend tests of single operators as compiled C; {@code docs/firmware-operators.md} says which pass. */
final class NodeTestsTest {
    /** Debian's package {@code libonnx-testdata}. */
    private static final Path DEBIAN = Path.of("/usr/share/libonnx-testdata/data/node");

    private static final Path PAGE = SharedData.projectRoot().resolve("docs/firmware-operators.md");

    private static final int BATCH = 60;

    /** Why values differ where they do, found by looking at them. */
    private static final Map<Pattern, String> CAUSES = Map.of(
            Pattern.compile("test_cast.*FLOAT_to_BFLOAT16.*"), "expected is cut off, where the specification rounds",
            Pattern.compile("test_qlinearmatmul_.*int8.*"), "saturates at -128 where the expected value wraps around",
            Pattern.compile("test_averagepool_3d_.*ceil_mode_is_True"),
                    "another divisor at the border that ceil_mode adds");

    @TempDir
    static Path folder;

    /** A case that became C. */
    private record Made(String suite, NodeCase one, Firmware firmware) {
        String id() {
            return suite + " " + one.name();
        }
    }

    private final Map<String, OperatorTable.Outcome> outcomes = new LinkedHashMap<>();
    private final List<Made> made = new ArrayList<>();

    @BeforeAll
    static void compilers() throws InterruptedException {
        SharedData.require(Files.isDirectory(DEBIAN), "no ONNX backend tests: apt-get install libonnx-testdata");
        SharedData.require(GeneratedC.has("gcc"), "gcc isn't installed");
        SharedData.require(GeneratedC.has("clang"), "clang isn't installed");
    }

    @Test
    void eachCasePassesOrIsListedWithItsReason() throws Exception {
        // names of functions must differ, and the suites share names of cases
        lower("onnx 1.12", "", DEBIAN);
        lower("onnx 1.17", "new_", SharedData.at("onnx-node-tests"));
        List<Callable<Void>> batches = new ArrayList<>();
        for (int from = 0; from < made.size(); from += BATCH) {
            List<Made> part = made.subList(from, Math.min(from + BATCH, made.size()));
            Path place = Files.createDirectory(folder.resolve("batch" + from));
            batches.add(() -> {
                run(part, place);
                return null;
            });
        }
        batches.add(() -> {
            checkWithClang();
            return null;
        });
        try (var pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            for (Future<Void> batch : pool.invokeAll(batches)) {
                batch.get();
            }
        }
        String page = OperatorTable.render(List.copyOf(outcomes.values()));
        if (Boolean.getBoolean("skerry.write")) {
            Files.writeString(PAGE, page);
        }
        assertThat(outcomes).hasSize(932 + 317);
        assertThat(page).isEqualTo(Files.readString(PAGE));
    }

    private void lower(String suite, String prefix, Path root) throws IOException {
        for (NodeCase one : NodeCase.in(root)) {
            String id = suite + " " + one.name();
            try {
                Firmware firmware = Firmware.of(one.model(), prefix + one.name(), Map.of());
                made.add(new Made(suite, one, firmware));
                outcomes.put(id, new OperatorTable.Outcome(suite, one.name(), one.operator(), "not run"));
            } catch (ProblemException refused) {
                Problem problem = refused.problem();
                assertThat(problem.code()).as(one.name()).startsWith("firmware.");
                String why = problem.why() == null ? problem.what() : problem.where() + ": " + problem.why();
                outcomes.put(id, new OperatorTable.Outcome(suite, one.name(), one.operator(), why));
            }
        }
    }

    private void run(List<Made> part, Path place) throws IOException, InterruptedException {
        var batch = new NodeBatch(place);
        part.forEach(each -> batch.add(each.id(), each.firmware()));
        List<String> compiler = new ArrayList<>(List.of("gcc", "-O0"));
        compiler.addAll(GeneratedC.WARNINGS);
        compiler.addAll(GeneratedC.SANITIZERS);
        batch.compile(compiler);
        Map<String, byte[]> inputs = new LinkedHashMap<>();
        for (Made each : part) {
            inputs.put(each.id(), each.one().inputs(each.firmware()));
        }
        Map<String, byte[]> outputs = batch.run(inputs);
        for (Made each : part) {
            String difference = batch.failure(each.id());
            if (difference.isEmpty()) {
                byte[] given = outputs.getOrDefault(each.id(), new byte[0]);
                difference = explained(each.one().name(), each.one().difference(each.firmware(), given));
            }
            synchronized (outcomes) {
                outcomes.put(
                        each.id(),
                        new OperatorTable.Outcome(
                                each.suite(), each.one().name(), each.one().operator(), difference));
            }
        }
    }

    private static @Nullable String explained(String name, @Nullable String difference) {
        return difference == null
                ? null
                : CAUSES.entrySet().stream()
                        .filter(cause -> cause.getKey().matcher(name).matches())
                        .findFirst()
                        .map(cause -> difference + " (" + cause.getValue() + ")")
                        .orElse(difference);
    }

    /** A case of each operator, since clang warns of other things than gcc. */
    private void checkWithClang() throws IOException, InterruptedException {
        Path place = Files.createDirectory(folder.resolve("clang"));
        Set<String> operators = new HashSet<>();
        List<String> command = new ArrayList<>(List.of("clang", "-fsyntax-only"));
        command.addAll(GeneratedC.WARNINGS);
        for (Made each : made) {
            if (operators.add(each.one().operator())) {
                GeneratedC.write(each.firmware(), place);
                command.addAll(GeneratedC.sourcesOf(each.firmware()));
            }
        }
        assertThat(operators).hasSizeGreaterThan(100);
        assertThat(GeneratedC.execute(place, command)).isEmpty();
    }
}
