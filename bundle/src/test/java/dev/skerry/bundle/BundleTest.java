package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BundleTest {
    private static final SigningKey KEY = SigningKey.generate();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"b", "b.tar", "new/sub/b.tar"})
    void comesBackAsItWasPacked(String name) {
        Bundle bundle = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve(name));
        assertThat(bundle.manifest()).isEqualTo(Fixtures.manifest("1"));
        assertThat(bundle.files().keySet()).containsExactly("golden.npz", "labels.txt", "model.onnx");
        assertThat(bundle.file("model.onnx")).asString().isEqualTo("weights of 1");
        Verification verification = bundle.verify(TrustedKeys.of(KEY));
        assertThat(verification).isInstanceOf(Verification.Verified.class);
        var verified = (Verification.Verified) verification;
        assertThat(verified.digest()).isEqualTo(bundle.digest());
        assertThat(verified.signers()).containsExactly(KEY.signer());
        assertThat(String.join("\n", verified.checks()))
                .contains("layout", "index", "blobs: 8", "signature: Ed25519", "manifest: " + bundle.digest())
                .contains("config: conveyor 1", "file: labels.txt, 15 bytes", "file names", "nothing unlisted: 10");
    }

    @Test
    void packingTwiceGivesTheSameBytesInAFolderAndInATar() throws IOException {
        Bundle one = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("one"));
        Bundle two = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("two"));
        Bundle tar = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("one.tar"));
        BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("two.tar"));
        assertThat(two.digest()).isEqualTo(one.digest()).isEqualTo(tar.digest());
        var first = Fixtures.tree(folder.resolve("one"));
        var second = Fixtures.tree(folder.resolve("two"));
        assertThat(second.keySet()).isEqualTo(first.keySet());
        first.forEach((name, bytes) -> assertThat(second.get(name)).isEqualTo(bytes));
        assertThat(folder.resolve("two.tar")).hasSameBinaryContentAs(folder.resolve("one.tar"));
    }

    @Test
    void anotherProgramsTarReaderSeesTheSameFiles() throws IOException {
        BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("one"));
        BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("one.tar"));
        var expected = Fixtures.tree(folder.resolve("one"));
        int seen = 0;
        try (var in = new TarArchiveInputStream(Files.newInputStream(folder.resolve("one.tar")))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                assertThat(entry.isFile()).isTrue();
                assertThat(in.readAllBytes()).isEqualTo(expected.get(entry.getName()));
                seen++;
            }
        }
        assertThat(seen).isEqualTo(expected.size());
    }

    @Test
    void theDigestIsThatOfTheContentAlone() {
        Bundle one = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("one"));
        Bundle signedByAnother = BundleWriter.write(Fixtures.content("1"), SigningKey.generate(), folder.resolve("x"));
        Bundle changed = BundleWriter.write(Fixtures.content("1", "other weights"), KEY, folder.resolve("two"));
        assertThat(signedByAnother.digest()).isEqualTo(one.digest());
        assertThat(changed.digest()).isNotEqualTo(one.digest());
    }

    @Test
    void replacesABundleButNothingElse() throws IOException {
        Path out = folder.resolve("b");
        BundleWriter.write(Fixtures.content("1"), KEY, out);
        BundleWriter.write(Fixtures.content("2"), KEY, out);
        assertThat(Bundle.open(out).manifest().version()).isEqualTo("2");
        assertThat(Fixtures.names(folder)).containsExactly("b");

        Path precious = Files.createDirectory(folder.resolve("precious"));
        Files.writeString(precious.resolve("thesis.txt"), "years of work");
        assertThatThrownBy(() -> BundleWriter.write(Fixtures.content("1"), KEY, precious))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("something else than a bundle");
        assertThatThrownBy(() -> BundleWriter.write(Fixtures.content("1"), KEY, precious.resolve("thesis.txt")))
                .isInstanceOf(ProblemException.class);
        assertThat(precious.resolve("thesis.txt")).hasContent("years of work");
        BundleWriter.write(Fixtures.content("1"), KEY, Files.createDirectory(folder.resolve("empty")));
        assertThat(folder.resolve("empty/oci-layout")).exists();
    }

    @Test
    void unpacksOnceAndMendsWhatWasTouched() throws IOException {
        Bundle bundle = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("b.tar"));
        Path cache = folder.resolve("cache");
        Path unpacked = bundle.unpack(cache);
        assertThat(unpacked).isEqualTo(cache.resolve("sha256-" + bundle.digest().hex()));
        assertThat(Fixtures.names(unpacked)).containsExactly("bundle.json", "golden.npz", "labels.txt", "model.onnx");
        assertThat(BundleManifest.parse(Files.readAllBytes(unpacked.resolve(BundleManifest.FILE)), "here"))
                .isEqualTo(bundle.manifest());
        Object key = Files.readAttributes(unpacked, "unix:ino").get("ino");
        assertThat(Files.readAttributes(bundle.unpack(cache), "unix:ino").get("ino"))
                .isEqualTo(key);

        Files.writeString(unpacked.resolve("model.onnx"), "weights of X");
        assertThat(bundle.unpack(cache).resolve("model.onnx")).hasContent("weights of 1");
        Files.createSymbolicLink(unpacked.resolve("extra"), Path.of("/etc/passwd"));
        bundle.unpack(cache);
        assertThat(Fixtures.names(unpacked)).hasSize(4);
        assertThat(Fixtures.names(cache)).hasSize(1);
    }

    @Test
    void manyUnpackAtOnce() throws Exception {
        Bundle bundle = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("b"));
        var tasks = new ArrayList<Callable<Path>>();
        for (int i = 0; i < 8; i++) {
            tasks.add(() -> bundle.unpack(folder.resolve("cache")));
        }
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var done : threads.invokeAll(tasks)) {
                assertThat(done.get().resolve("model.onnx")).exists();
            }
        }
        assertThat(Fixtures.names(folder.resolve("cache"))).hasSize(1);
    }

    @Test
    void saysWhatIsWrongWithAPath() throws IOException {
        assertProblem(() -> Bundle.open(folder.resolve("nowhere")), "no such bundle", Problem.Kind.USAGE);
        assertProblem(() -> Bundle.open(folder), "not a bundle", Problem.Kind.GATE);
        Path text = Files.writeString(folder.resolve("x.tar"), "hello".repeat(500));
        assertProblem(() -> Bundle.open(text), "not a bundle", Problem.Kind.GATE);
        Bundle bundle = BundleWriter.write(Fixtures.content("1"), KEY, folder.resolve("b"));
        assertProblem(() -> bundle.file("modle.onnx"), "try model.onnx", Problem.Kind.USAGE);
    }

    @Test
    void anUnwritableOutputIsTheEnvironmentsFault() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        assertProblem(
                () -> BundleWriter.write(Fixtures.content("1"), KEY, file.resolve("sub/b")),
                "cannot write the bundle",
                Problem.Kind.ENVIRONMENT);
        assertProblem(
                () -> BundleWriter.write(Fixtures.content("1"), KEY, Path.of("/proc/b.tar")),
                "cannot write the bundle",
                Problem.Kind.ENVIRONMENT);
        assertThat(file).hasContent("in the way");
    }

    @Test
    void aFailingInputLeavesTheOldBundleAndNoTrace() {
        for (String name : new String[] {"b", "b.tar"}) {
            Path out = folder.resolve(name);
            BundleWriter.write(Fixtures.content("1"), KEY, out);
            var files = new TreeMap<>(Fixtures.content("2").files());
            // the second reading, which packs, finds less than the first, which measured
            var readings = new java.util.concurrent.atomic.AtomicInteger();
            files.put("model.onnx", () -> new java.io.ByteArrayInputStream(new byte[10 - readings.getAndIncrement()]));
            assertProblem(
                    () -> BundleWriter.write(new BundleContent(Fixtures.manifest("2"), files), KEY, out),
                    "changed from 10 to 9 bytes",
                    Problem.Kind.ENVIRONMENT);
            assertThat(Bundle.open(out).manifest().version()).isEqualTo("1");
        }
        assertThat(Fixtures.names(folder)).containsExactly("b", "b.tar");
    }

    static void assertProblem(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String message, Problem.Kind kind) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }

    private static BundleContent compiled(byte[] packed, byte[] promised) {
        BundleContent plain = Fixtures.content("1.0");
        var library = new BundleManifest.Library("model-x86-64.so", "x86-64", Digest.of(promised));
        BundleManifest manifest = Fixtures.content(
                        "1.0",
                        new BundleManifest.RuntimeChoice("compiled-c", "x86-64", 1, "int8", List.of(library)),
                        "model-x86-64.so")
                .manifest();
        var files = new TreeMap<>(plain.files());
        files.put("model-x86-64.so", FileContent.of(packed));
        return new BundleContent(manifest, files);
    }

    @Test
    void librariesAreKnownByTheirDigest() {
        byte[] code = {127, 'E', 'L', 'F'};
        Bundle bundle = BundleWriter.write(compiled(code, code), KEY, folder.resolve("good.tar"));
        assertThat(bundle.manifest().runtime().libraries())
                .containsExactly(new BundleManifest.Library("model-x86-64.so", "x86-64", Digest.of(code)));
        assertThat(BundleManifest.parse(bundle.manifest().bytes(), "again")).isEqualTo(bundle.manifest());
        assertThatThrownBy(() -> BundleWriter.write(compiled(code, new byte[] {1}), KEY, folder.resolve("other.tar")))
                .hasMessageContaining("the digest of model-x86-64.so is another");
    }

    @Test
    void libraryThatTheRuntimeDoesNotNameIsRefused() {
        assertThatThrownBy(() -> Fixtures.content(
                        "1.0", new BundleManifest.RuntimeChoice("onnxruntime", "cpu", 1, "int8"), "model-x86-64.so"))
                .hasMessageContaining("libraries");
    }
}
