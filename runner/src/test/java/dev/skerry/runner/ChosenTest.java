package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.bundle.BundleManifest;
import dev.skerry.runtime.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway") // a null fails the test, as it should
class ChosenTest {
    private static final Device NEW = device("x86_64", 8, "avx2", "avx512_vnni", "sgx");
    private static final Device OLD = device("x86_64", 1, "avx2");
    private static final Device ARM = device("aarch64", 4, "asimd", "asimddp");

    @TempDir
    Path folder;

    @Test
    void theClassOfTheDeviceDecidesAndFeaturesThatDontMatterDont() {
        var packed = choice("onnxruntime", measured("x86_64", List.of("avx2", "avx512_vnni"), "tflite", 2));
        Chosen chosen = Chosen.of(bundle(), packed, NEW);
        assertThat(chosen.runtime()).isEqualTo("tflite");
        assertThat(chosen.threads()).isEqualTo(2);
        assertThat(Chosen.isMeasured(bundle(), packed, NEW)).isTrue();
        assertThat(Chosen.of(bundle(), packed, OLD).runtime()).isEqualTo("onnxruntime");
        assertThat(Chosen.isMeasured(bundle(), packed, OLD)).isFalse();
        assertThat(Chosen.of(bundle(), packed, ARM).why()).contains("nothing was measured on aarch64 asimd asimddp");
    }

    @Test
    void aMachineWithFewerCoresGetsNoMoreThreadsThanItHas() {
        var packed = choice("onnxruntime", measured("x86_64", List.of("avx2"), "tflite", 4));
        assertThat(Chosen.of(bundle(), packed, OLD).threads()).isEqualTo(1);
    }

    @Test
    void whatWasMeasuredHereWinsUntilTheDeviceIsAnother() throws IOException {
        var packed = choice("onnxruntime", measured("x86_64", List.of("avx2", "avx512_vnni"), "onnxruntime", 1));
        new Chosen("tflite", 2, "").keep(bundle(), NEW);
        assertThat(Chosen.of(bundle(), packed, NEW)).isEqualTo(new Chosen("tflite", 2, "measured on this machine"));
        assertThat(Chosen.of(bundle(), packed, OLD).runtime()).isEqualTo("onnxruntime");
        assertThat(Chosen.isMeasured(bundle(), packed, OLD)).isFalse();
    }

    /** The file isn't signed: it can name nothing that the bundle doesn't bring, and nonsense is as good as nothing. */
    @Test
    void aTamperedRecordChoosesNothingThatTheBundleDoesntBring() throws IOException {
        var packed = choice("onnxruntime");
        new Chosen("compiled-c", 1, "").keep(bundle(), NEW);
        assertThat(Chosen.of(bundle(), packed, NEW).runtime()).isEqualTo("onnxruntime");
        new Chosen("evil; rm -rf /", 1, "").keep(bundle(), NEW);
        assertThat(Chosen.of(bundle(), packed, NEW).runtime()).isEqualTo("onnxruntime");
        new Chosen("tflite", 1_000_000, "").keep(bundle(), NEW);
        assertThat(Chosen.of(bundle(), packed, NEW).runtime()).isEqualTo("onnxruntime");
        Path file = folder.resolve("sha256-00.here.json");
        for (String nonsense : List.of("", "{", "[]", "null", "{\"runtime\": 3}", "\u0000\u0001")) {
            Files.writeString(file, nonsense);
            assertThat(Chosen.of(bundle(), packed, NEW).runtime()).isEqualTo("onnxruntime");
        }
    }

    private Path bundle() {
        return folder.resolve("sha256-00");
    }

    private static BundleManifest.RuntimeChoice choice(String runtime, BundleManifest.Measured... measured) {
        return new BundleManifest.RuntimeChoice(runtime, "cpu", 1, "int8", List.of(), List.of(measured));
    }

    private static BundleManifest.Measured measured(String arch, List<String> features, String runtime, int threads) {
        return new BundleManifest.Measured(
                arch,
                new TreeSet<>(features),
                8,
                List.of(new BundleManifest.Timing(runtime, "cpu", threads, 1000, 2000, 100)));
    }

    private static Device device(String arch, int cores, String... features) {
        return new Device(arch, "test", cores, 0, new TreeSet<>(List.of(features)));
    }
}
