package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.skerry.model.DataType;
import dev.skerry.model.Graph;
import dev.skerry.model.Model;
import dev.skerry.model.ModelFile;
import dev.skerry.model.Node;
import dev.skerry.model.Shape;
import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import dev.skerry.problem.ProblemException;
import dev.skerry.runtime.spi.Availability;
import dev.skerry.runtime.spi.NodePlacement;
import dev.skerry.runtime.spi.ProviderDevice;
import dev.skerry.runtime.spi.Session;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Execution providers by library path, with a real one: a plugin in C that finds a device and takes Add and Mul, compiled here. It
 * proves registration, discovery, no silent fallback, placement and compiling ahead against ONNX Runtime's own interface.
 */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class PluginTest {
    private static final String PROVIDER = "SkerryTestExecutionProvider";
    private static final OnnxRuntime RUNTIME = new OnnxRuntime();

    @TempDir
    static Path folder;

    private static Path library;
    private static Path taken;
    private static Path mixed;

    @BeforeAll
    static void compile() throws Exception {
        library = compiled("plugin.so");
        taken = write(
                "taken.onnx",
                Node.of("Add", List.of("x", "y"), List.of("s")),
                Node.of("Mul", List.of("s", "y"), List.of("z")));
        mixed = write(
                "mixed.onnx",
                Node.of("Add", List.of("x", "y"), List.of("s")).withName("sum"),
                Node.of("Erf", List.of("s"), List.of("e")).withName("bell"),
                Node.of("Mul", List.of("e", "y"), List.of("z")).withName("product"));
    }

    @Test
    void aLibraryIsRegisteredAndItsDevicesAreFound() {
        List<ProviderDevice> devices = RUNTIME.devices(plugin(PROVIDER));
        assertThat(devices).singleElement().satisfies(device -> {
            assertThat(device.provider()).isEqualTo(PROVIDER);
            assertThat(device.vendor()).isEqualTo("Skerry tests");
            assertThat(device.kind()).isEqualTo("cpu");
            assertThat(device.version()).isEqualTo("1.0.0");
        });
    }

    @Test
    void namesAreTheSameWithAndWithoutTheirSuffix() {
        assertThat(RUNTIME.devices(plugin("skerrytest"))).hasSize(1);
        assertThat(RUNTIME.devices(plugin("SkerryTest"))).hasSize(1);
        assertThat(OnnxProviders.canonical("QNNExecutionProvider")).isEqualTo("qnn");
        assertThat(OnnxProviders.canonical("Vitis-AI")).isEqualTo("vitisai");
    }

    @Test
    void anUnknownNameInAKnownLibraryGetsTheNearOne() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> RUNTIME.devices(plugin("SkerryTestExecutionProvide")))
                .satisfies(thrown -> assertThat(thrown.problem().remedies()).contains("the provider " + PROVIDER));
    }

    @Test
    void aModelThatThePluginTakesWhollyRunsOnItAlone() {
        try (Session session = RUNTIME.open(taken, options(false).withProfile(true))) {
            Map<String, Tensor> outputs = session.infer(sample(3, 2));
            assertThat(outputs.get("z").toFloats()).containsOnly(10);
            assertThat(session.placement())
                    .isNotEmpty()
                    .extracting(NodePlacement::provider)
                    .containsOnly(PROVIDER);
        }
    }

    @Test
    void aRuntimeOnAProviderOpensAllModelsThere() {
        var on = new Accelerated(RUNTIME, new Selection.Accelerator(plugin("skerrytest"), false, null));
        assertThat(on.probe())
                .isInstanceOfSatisfying(
                        Availability.Present.class,
                        present -> assertThat(present.providers()).containsExactly("skerrytest"));
        try (Session session = on.open(taken, SessionOptions.DEFAULT.withProfile(true))) {
            assertThat(session.infer(sample(3, 2)).get("z").toFloats()).containsOnly(10);
            assertThat(session.placement())
                    .isNotEmpty()
                    .extracting(NodePlacement::provider)
                    .containsOnly(PROVIDER);
        }
    }

    @Test
    void nothingFallsBackToTheCpuUnasked() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> RUNTIME.open(mixed, options(false)))
                .satisfies(thrown -> {
                    assertThat(thrown.problem().code()).isEqualTo("runtime.load");
                    assertThat(thrown.problem().why()).contains("falling back to the CPU isn't allowed");
                });
    }

    @Test
    void whereFallbackIsAllowedTheRowNamesTheNodesOnTheCpu() {
        SelectionReport report = select(mixed, true, null);
        assertThat(report.rows())
                .hasSize(2)
                .allSatisfy(row -> assertThat(row.status()).isEqualTo(SelectionRow.Status.OK));
        SelectionRow row = report.rows().stream()
                .filter(each -> PROVIDER.equals(each.provider()))
                .findFirst()
                .orElseThrow();
        assertThat(row.detail().placement()).contains("1 of 3 nodes on the CPU", "bell (Erf)");
        assertThat(row.detail().device()).startsWith("cpu ");
        assertThat(row.maxAbsError()).isLessThan(1e-5);
    }

    @Test
    void withoutFallbackTheRowFailsAndNamesTheNodes() {
        SelectionReport report = select(mixed, false, null);
        assertThat(report.rows().getLast().status()).isEqualTo(SelectionRow.Status.FAILED);
        assertThat(report.rows().getLast().reason()).contains("falling back to the CPU isn't allowed", "bell (Erf)");
        assertThat(report.best()).isPresent();
    }

    @Test
    void whatIsCompiledAheadIsKeptUntilItIsStale() throws IOException {
        Path contexts = folder.resolve("contexts");
        Path model = folder.resolve("changing.onnx");
        Files.copy(taken, model);
        SessionOptions ahead = options(false).withContexts(contexts);
        assertThat(product(model, ahead)).containsOnly(10);
        List<Path> first = list(contexts);
        assertThat(first).hasSize(1);
        assertThat(ModelFile.read(first.getFirst()).graph().nodes())
                .extracting(Node::op)
                .containsOnly("EPContext");
        var written = Files.getLastModifiedTime(first.getFirst());
        assertThat(product(model, ahead)).containsOnly(10);
        assertThat(list(contexts)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(first.getFirst())).isEqualTo(written);

        Files.delete(model);
        Files.copy(write("other.onnx", Node.of("Mul", List.of("x", "y"), List.of("z"))), model);
        assertThat(product(model, ahead)).containsOnly(6);
        assertThat(list(contexts)).hasSize(1).isNotEqualTo(first);
    }

    @Test
    void whereNothingCanBeCompiledAheadTheReasonIsGiven() throws IOException {
        Path none = write(
                "none.onnx",
                Node.of("Erf", List.of("x"), List.of("e")),
                Node.of("Sub", List.of("e", "y"), List.of("z")));
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> RUNTIME.open(none, options(true).withContexts(folder.resolve("nothing"))))
                .satisfies(thrown -> assertThat(thrown.problem().code()).isEqualTo("runtime.context"));
        assertThat(list(folder.resolve("nothing"))).isEmpty();
    }

    @Test
    void aLibraryWithoutDevicesIsAProblem() throws Exception {
        Path barren = compiled("barren.so", "-DFINDS_NOTHING");
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> RUNTIME.devices(new SessionOptions.Plugin("Acme", barren, Map.of())))
                .satisfies(thrown -> {
                    assertThat(thrown.problem().code()).isEqualTo("runtime.plugin");
                    assertThat(thrown.problem().why()).contains("the library found no device for it");
                });
    }

    @Test
    void whatTheBuildLacksIsNamedWithTheRemedies() {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> RUNTIME.open(
                        taken,
                        SessionOptions.DEFAULT.withPlugins(
                                List.of(new SessionOptions.Plugin("cuda", null, Map.of())), false)))
                .satisfies(thrown -> {
                    assertThat(thrown.problem().code()).isEqualTo("runtime.plugin");
                    assertThat(thrown.problem().why()).contains("CPUExecutionProvider");
                    assertThat(thrown.problem().remedies())
                            .anyMatch(remedy -> remedy.contains("onnxruntime.native.path"));
                });
    }

    private static float[] product(Path model, SessionOptions options) {
        try (Session session = RUNTIME.open(model, options)) {
            return session.infer(sample(3, 2)).get("z").toFloats();
        }
    }

    private static SelectionReport select(Path model, boolean fallback, Path contexts) {
        var request = new Selection.Request(
                        List.of(new Selection.Variant("float32", model, Tolerance.SAME_MODEL)),
                        List.of(1),
                        Map.of(),
                        Map.of(),
                        List.of(sample(3, 2), sample(0.5f, -1)),
                        List.of(),
                        Duration.ofMillis(100))
                .withAccelerators(List.of(new Selection.Accelerator(plugin(PROVIDER), fallback, contexts)));
        return new Selection(List.of(RUNTIME), System::nanoTime).measure(request);
    }

    private static SessionOptions.Plugin plugin(String name) {
        return new SessionOptions.Plugin(name, library, Map.of());
    }

    private static SessionOptions options(boolean fallback) {
        return SessionOptions.DEFAULT.withPlugins(List.of(plugin(PROVIDER)), fallback);
    }

    private static Map<String, Tensor> sample(float x, float y) {
        return Map.of(
                "x", Tensor.ofFloats("x", new long[] {1, 4}, x, x, x, x),
                "y", Tensor.ofFloats("y", new long[] {1, 4}, y, y, y, y));
    }

    private static Path write(String name, Node... nodes) {
        Shape shape = Shape.of(1, 4);
        Path file = folder.resolve(name);
        ModelFile.write(
                Model.of(
                        Graph.of(
                                "test",
                                List.of(nodes),
                                List.of(),
                                List.of(
                                        ValueInfo.of("x", DataType.FLOAT, shape),
                                        ValueInfo.of("y", DataType.FLOAT, shape)),
                                List.of(ValueInfo.of("z", DataType.FLOAT, shape))),
                        17),
                file);
        return file;
    }

    private static List<Path> list(Path place) throws IOException {
        if (!Files.isDirectory(place)) {
            return List.of();
        }
        try (var files = Files.list(place)) {
            return files.toList();
        }
    }

    private static Path compiled(String name, String... flags) throws Exception {
        Path source = folder.resolve("plugin.c");
        try (InputStream in = PluginTest.class.getResourceAsStream("plugin/plugin.c")) {
            Files.write(source, in.readAllBytes());
        }
        Path out = folder.resolve(name);
        var command = new ArrayList<>(List.of(
                "cc",
                "-std=c99",
                "-O1",
                "-shared",
                "-fPIC",
                "-fvisibility=hidden",
                "-o",
                out.toString(),
                source.toString()));
        command.addAll(List.of(flags));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
        return out;
    }
}
