package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandaloneTest {
    private static final Platform HERE =
            System.getProperty("os.arch").equals("aarch64") ? Platform.LINUX_ARM64 : Platform.LINUX_X64;
    private static final Platform ELSEWHERE = HERE == Platform.LINUX_X64 ? Platform.LINUX_ARM64 : Platform.LINUX_X64;
    private static final SigningKey KEY = SigningKey.generate();

    @TempDir
    Path folder;

    private Path bundle;
    private Path mainJar;
    private Path onnxRuntime;

    /** What stands for Skerry's own program. */
    static final class Main {
        public static void main(String[] args) {
            System.out.println(String.join("|", args) + "|" + System.getProperty("onnxruntime.native.path") + "|"
                    + System.getProperty("java.home"));
        }
    }

    @BeforeEach
    void parts() throws IOException {
        bundle = folder.resolve("conveyor.tar");
        BundleWriter.write(Fixtures.content("1.2"), KEY, bundle);
        String main = Main.class.getName().replace('.', '/') + ".class";
        try (InputStream in = Main.class.getResourceAsStream("/" + main)) {
            assertThat(in).isNotNull();
            mainJar = jar("main.jar", Map.of(main, in.readAllBytes()));
        }
        var entries = new TreeMap<String, byte[]>();
        entries.put("ai/onnxruntime/OrtSession.class", new byte[] {1});
        for (String platform : List.of("linux-x64", "linux-aarch64", "osx-aarch64", "win-x64")) {
            String library = platform.startsWith("win") ? "onnxruntime.dll" : "libonnxruntime.so";
            entries.put("ai/onnxruntime/native/" + platform + "/" + library, platform.getBytes(StandardCharsets.UTF_8));
        }
        entries.put("ai/onnxruntime/native/linux-x64/libonnxruntime.so.debug", new byte[1000]);
        onnxRuntime = jar("onnxruntime.jar", entries);
    }

    @Test
    void carriesOnePlatformOnly() throws IOException {
        for (Platform platform : Platform.values()) {
            Path out = folder.resolve("standalone-" + platform.id());
            Standalone.write(request(platform, null, out));
            assertThat(Fixtures.names(out))
                    .containsExactly("README.txt", "bin", "bundle", "lib", "model", "native", "skerry.service");
            assertThat(Fixtures.names(out.resolve("native"))).containsExactly("libonnxruntime.so");
            assertThat(out.resolve("native/libonnxruntime.so"))
                    .hasContent(platform == Platform.LINUX_X64 ? "linux-x64" : "linux-aarch64");
            try (var zip = new ZipFile(out.resolve("lib/onnxruntime.jar").toFile())) {
                assertThat(zip.stream().map(ZipEntry::getName)).containsExactly("ai/onnxruntime/OrtSession.class");
            }
            assertThat(Bundle.verify(out.resolve("bundle"), TrustedKeys.of(KEY)))
                    .isInstanceOf(Verification.Verified.class);
            assertThat(out.resolve("README.txt")).content().contains("conveyor 1.2, for " + platform.id());
            assertThat(out.resolve("skerry.service"))
                    .content()
                    .contains("PrivateNetwork=yes", "LimitRTPRIO=", "LimitMEMLOCK=infinity", "DynamicUser=yes")
                    .contains("ExecStart=/opt/skerry/conveyor/bin/start")
                    .doesNotContainPattern("@[A-Z]+@");
        }
    }

    @Test
    void carriesTensorFlowLiteWhereTheBundleRunsOnIt() throws IOException {
        var jars = new ArrayList<Path>(List.of(mainJar, onnxRuntime));
        for (String platform : List.of("linux-x86_64", "linux-arm64")) {
            jars.add(jar(
                    "tensorflow-lite-" + platform + ".jar",
                    Map.of(
                            "org/bytedeco/tensorflowlite/" + platform + "/libjnitensorflowlite.so",
                            platform.getBytes(StandardCharsets.UTF_8))));
        }
        Path other = folder.resolve("tflite.tar");
        BundleWriter.write(
                Fixtures.content("1.3", new BundleManifest.RuntimeChoice("tflite", "XNNPACK", 1, "int8")), KEY, other);
        for (Platform platform : Platform.values()) {
            Path without = folder.resolve("without-" + platform.id());
            Standalone.write(new Standalone.Request(
                    bundle, platform, jars, Main.class.getName(), List.of("run"), null, null, without));
            assertThat(Fixtures.names(without.resolve("native"))).containsExactly("libonnxruntime.so");
            assertThat(Fixtures.names(without.resolve("lib"))).containsExactly("main.jar", "onnxruntime.jar");

            Path with = folder.resolve("with-" + platform.id());
            Standalone.write(new Standalone.Request(
                    other, platform, jars, Main.class.getName(), List.of("run"), null, null, with));
            assertThat(with.resolve("native/libtensorflowlite.so"))
                    .hasContent(platform == Platform.LINUX_X64 ? "linux-x86_64" : "linux-arm64");
            assertThat(Fixtures.names(with.resolve("lib"))).containsExactly("main.jar", "onnxruntime.jar");
            assertThat(with.resolve("bin/start"))
                    .content()
                    .contains("'-Dskerry.tflite.library='\"$home\"'/native/libtensorflowlite.so'");
        }
        BundleTest.assertProblem(
                () -> Standalone.write(new Standalone.Request(
                        other,
                        HERE,
                        List.of(mainJar, onnxRuntime),
                        Main.class.getName(),
                        List.of("run"),
                        null,
                        null,
                        folder.resolve("none"))),
                "no native library of TensorFlow Lite",
                Problem.Kind.USAGE);
    }

    @Test
    void carriesTheTokenizersOfOnePlatformOnly() throws IOException {
        var entries = new TreeMap<String, byte[]>();
        entries.put("ai/djl/huggingface/tokenizers/jni/TokenizersLibrary.class", new byte[] {1});
        for (String platform : List.of("linux-x86_64", "linux-aarch64")) {
            entries.put("native/lib/" + platform + "/cpu/libtokenizers.so", platform.getBytes(StandardCharsets.UTF_8));
        }
        entries.put("native/lib/win-x86_64/cpu/tokenizers.dll", new byte[1000]);
        List<Path> jars = List.of(mainJar, onnxRuntime, jar("tokenizers.jar", entries));
        for (Platform platform : Platform.values()) {
            Path out = folder.resolve("text-" + platform.id());
            Standalone.write(new Standalone.Request(
                    bundle, platform, jars, Main.class.getName(), List.of("run"), null, null, out));
            assertThat(Fixtures.names(out.resolve("native"))).containsExactly("libonnxruntime.so", "libtokenizers.so");
            assertThat(out.resolve("native/libtokenizers.so"))
                    .hasContent(platform == Platform.LINUX_X64 ? "linux-x86_64" : "linux-aarch64");
            try (var zip = new ZipFile(out.resolve("lib/tokenizers.jar").toFile())) {
                assertThat(zip.stream().map(ZipEntry::getName))
                        .containsExactly("ai/djl/huggingface/tokenizers/jni/TokenizersLibrary.class");
            }
            assertThat(out.resolve("bin/start"))
                    .content()
                    .contains("'-Dskerry.tokenizers.library='\"$home\"'/native/libtokenizers.so'");
        }
    }

    @Test
    void runsWhereverItIsCopied() throws Exception {
        Path out = folder.resolve("first place");
        Standalone.write(request(HERE, null, out));
        Path moved = Files.move(
                out, Files.createDirectory(folder.resolve("it's $HOME")).resolve("second place"));
        Output output = run(moved.resolve("bin/start"), Map.of("JAVA_HOME", System.getProperty("java.home")), "--more");
        assertThat(output.text)
                .startsWith("run|" + moved.toRealPath() + "/bundle|it's|--more|" + moved.toRealPath() + "/native|");
        assertThat(output.exit).isZero();

        Path link = Files.createSymbolicLink(folder.resolve("start"), moved.resolve("bin/start"));
        assertThat(run(link, Map.of("JAVA_HOME", System.getProperty("java.home"))).text)
                .contains(moved.toRealPath() + "/bundle");
    }

    @Test
    void carriesTheKeyThatItsBundleNeeds() throws Exception {
        Path key = Files.writeString(folder.resolve("key.pub"), KEY.publicPem());
        Path out = folder.resolve("out");
        var arguments = List.of("run", "@BUNDLE@", "--trusted", "@TRUSTED@");
        Standalone.write(new Standalone.Request(
                bundle, HERE, List.of(mainJar), Main.class.getName(), arguments, key, null, out));
        Output output = run(out.resolve("bin/start"), Map.of("JAVA_HOME", System.getProperty("java.home")));
        assertThat(output.text).contains("|--trusted|" + out.toRealPath() + "/trust/signer.pub|");
        assertThat(Bundle.verify(out.resolve("bundle"), TrustedKeys.read(out.resolve("trust/signer.pub"))))
                .isInstanceOf(Verification.Verified.class);

        Path other = Files.writeString(
                folder.resolve("other.pub"), SigningKey.generate().publicPem());
        BundleTest.assertProblem(
                () -> Standalone.write(new Standalone.Request(
                        bundle, HERE, List.of(mainJar), Main.class.getName(), arguments, other, null, out)),
                "signed by nobody trusted",
                Problem.Kind.GATE);
    }

    @Test
    void saysWhatIsMissing() throws Exception {
        Path out = folder.resolve("out");
        Standalone.write(request(HERE, null, out));
        Path old = Files.createDirectories(folder.resolve("old/bin")).resolve("java");
        Files.writeString(old, "#!/bin/sh\necho 'openjdk version \"17.0.2\" 2022-01-18' >&2\n");
        assertThat(old.toFile().setExecutable(true)).isTrue();
        Output output = run(
                out.resolve("bin/start"),
                Map.of("JAVA_HOME", folder.resolve("old").toString()));
        assertThat(output.exit).isEqualTo(4);
        assertThat(output.text)
                .contains("no Java 25 here; found only")
                .contains("(17)")
                .contains("try: ");

        Path foreign = folder.resolve("foreign");
        Standalone.write(request(ELSEWHERE, null, foreign));
        Output wrong = run(foreign.resolve("bin/start"), Map.of());
        assertThat(wrong.exit).isEqualTo(4);
        assertThat(wrong.text).contains("this folder is for " + ELSEWHERE.id());
    }

    @Test
    void theTarHoldsTheSameAndIsReproducible() throws IOException {
        Path out = folder.resolve("box");
        Standalone.write(request(HERE, null, out));
        Standalone.write(request(HERE, null, folder.resolve("box.tar")));
        Standalone.write(request(HERE, null, folder.resolve("again/box.tar")));
        assertThat(folder.resolve("again/box.tar")).hasSameBinaryContentAs(folder.resolve("box.tar"));
        var files = new TreeMap<>(Fixtures.tree(out));
        files.keySet().removeIf(name -> name.startsWith("model/"));
        int seen = 0;
        try (var in = new TarArchiveInputStream(Files.newInputStream(folder.resolve("box.tar")))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (entry.getLinkFlag() == TarConstants.LF_NORMAL) {
                    String name = entry.getName().substring("box/".length());
                    assertThat(in.readAllBytes()).isEqualTo(files.get(name));
                    assertThat(entry.getMode() & 0111).isEqualTo(name.equals("bin/start") ? 0111 : 0);
                    seen++;
                }
            }
        }
        assertThat(seen).isEqualTo(files.size());
        assertThat(Fixtures.names(folder)).doesNotContain(".box.tar.packing-");
    }

    @Test
    void replacesOnlyItsOwn() throws IOException {
        Path out = folder.resolve("out");
        Standalone.write(request(HERE, null, out));
        Standalone.write(request(HERE, null, out));
        Path precious = Files.createDirectory(folder.resolve("precious"));
        BundleTest.assertProblem(
                () -> Standalone.write(request(HERE, null, precious)), "something else", Problem.Kind.USAGE);
        assertThat(precious).isEmptyDirectory();
    }

    /** A JVM that maps a damaged archive without looking crashes; the start that follows looks. */
    @Test
    void startsWithoutADamagedArchive() throws Exception {
        Path java = Path.of(System.getProperty("java.home"));
        Path out = folder.resolve("out");
        Standalone.write(request(HERE, java, out));
        Path archive = out.resolve("start.jsa");
        Process dump = new ProcessBuilder(
                        out + "/jre/bin/java", "-XX:+UseSerialGC", "-Xshare:dump", "-XX:SharedArchiveFile=" + archive)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile())
                .start();
        assertThat(dump.waitFor()).isZero();
        byte[] whole = Files.readAllBytes(archive);
        for (int damage = 0; damage < 3; damage++) {
            byte[] damaged = damage == 0 ? Arrays.copyOf(whole, whole.length / 2) : whole.clone();
            for (int i = 8192; damage == 1 && i < damaged.length; i += 4001) {
                damaged[i] ^= (byte) 0xff;
            }
            damaged[8] ^= (byte) (damage == 2 ? 0xff : 0);
            Files.write(archive, damaged);
            Output output = run(out.resolve("bin/start"), Map.of());
            if (output.exit != 0) {
                output = run(out.resolve("bin/start"), Map.of());
            }
            assertThat(output.exit).as(output.text).isZero();
            assertThat(output.text).contains("run|" + out.toRealPath() + "/bundle");
        }
    }

    /** Each start leaves a log in memory where its process is killed. */
    @Test
    void takesAwayTheLogsOfProcessesThatHaveEnded() throws Exception {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory));
        Path out = folder.resolve("out");
        Standalone.write(request(HERE, null, out));
        long here = ProcessHandle.current().pid();
        Path ended = memory.resolve("skerry-conveyor-4999999.log");
        Path rotated = memory.resolve("skerry-conveyor-4999999.log.0");
        Path alive = memory.resolve("skerry-conveyor-" + here + ".log");
        Path another = memory.resolve("skerry-conveyor-b-4999999.log");
        List<Path> all = List.of(ended, rotated, alive, another);
        try {
            for (Path each : all) {
                Files.writeString(each, "x");
            }
            run(out.resolve("bin/start"), Map.of("JAVA_HOME", System.getProperty("java.home")));
            assertThat(ended).doesNotExist();
            assertThat(rotated).doesNotExist();
            assertThat(alive).exists();
            assertThat(another).exists();
        } finally {
            for (Path each : all) {
                Files.deleteIfExists(each);
            }
        }
    }

    @Test
    void includesARuntimeOfTheGivenJdk() throws Exception {
        Path out = folder.resolve("out");
        Standalone.write(request(HERE, Path.of(System.getProperty("java.home")), out));
        Output output = run(out.resolve("bin/start"), Map.of());
        assertThat(output.text).contains("|" + out.toRealPath() + "/jre");
        assertThat(output.exit).isZero();
    }

    @Test
    void explainsWhyAJdkWillNotDo() throws IOException {
        assertJdkProblem(HERE, "", "no readable file named release");
        assertJdkProblem(HERE, release("25.0.3", "Darwin", HERE), "another platform");
        assertJdkProblem(HERE, release("25.0.3", "Linux", ELSEWHERE), "another platform");
        assertJdkProblem(HERE, release("21.0.3", "Linux", HERE), "too old");
        assertJdkProblem(
                ELSEWHERE, release("25.0.3", "Linux", ELSEWHERE), "it has no jmods, and its own jlink runs on");
    }

    @Test
    void explainsAJarWithoutThePlatform() throws IOException {
        onnxRuntime = jar("other.jar", Map.of("ai/onnxruntime/native/win-x64/onnxruntime.dll", new byte[1]));
        Path out = folder.resolve("out");
        BundleTest.assertProblem(
                () -> Standalone.write(request(HERE, null, out)), "no native libraries", Problem.Kind.USAGE);
        assertThat(out).doesNotExist();
        BundleTest.assertProblem(() -> Platform.of("linux-arm46"), "try linux-arm64", Problem.Kind.USAGE);
    }

    private void assertJdkProblem(Platform platform, String release, String message) throws IOException {
        Path jdk = Files.createDirectories(folder.resolve("jdk"));
        if (release.isEmpty()) {
            Files.deleteIfExists(jdk.resolve("release"));
        } else {
            Files.writeString(jdk.resolve("release"), release);
        }
        BundleTest.assertProblem(
                () -> Standalone.write(request(platform, jdk, folder.resolve("out"))), message, Problem.Kind.USAGE);
    }

    private static String release(String version, String os, Platform platform) {
        return "JAVA_VERSION=\"%s\"\nOS_NAME=\"%s\"\nOS_ARCH=\"%s\"\n".formatted(version, os, platform.machine());
    }

    private Standalone.Request request(Platform platform, @Nullable Path jdk, Path out) {
        return new Standalone.Request(
                bundle,
                platform,
                List.of(mainJar, onnxRuntime),
                Main.class.getName(),
                List.of("run", "@BUNDLE@", "it's"),
                null,
                jdk,
                out);
    }

    private record Output(int exit, String text) {}

    private static Output run(Path start, Map<String, String> environment, String... arguments) throws Exception {
        var command = new java.util.ArrayList<>(List.of(start.toString()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("JAVA_HOME");
        // a PATH with the usual tools and without any Java
        Path tools = Files.createDirectories(start.resolveSibling("tools"));
        for (String tool : List.of("sh", "sed", "head", "rm", "uname", "dirname", "readlink")) {
            Path link = tools.resolve(tool);
            for (String bin : List.of("/usr/bin/", "/bin/")) {
                if (!Files.exists(link) && Files.exists(Path.of(bin + tool))) {
                    Files.createSymbolicLink(link, Path.of(bin + tool));
                }
            }
        }
        builder.environment().put("PATH", tools.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Output(process.waitFor(), text);
    }

    private Path jar(String name, Map<String, byte[]> entries) throws IOException {
        Path jar = folder.resolve(name);
        try (var out = new ZipOutputStream(Files.newOutputStream(jar))) {
            for (var entry : new TreeMap<>(entries).entrySet()) {
                out.putNextEntry(new ZipEntry(entry.getKey()));
                out.write(entry.getValue());
                out.closeEntry();
            }
        }
        return jar;
    }
}
