package dev.skerry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A project as a container image, from {@code pack --image} to the report that comes out of the container: another user, a root
 * that can't be written to, no network. The container is runc's, which CI installs, or a root folder of its own in namespaces
 * of its own.
 */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ImageTest {
    private static final long SECONDS = 120;
    private static final String HOME = System.getProperty("skerry.home", "");

    @TempDir
    private static Path folder;

    private static Path project;
    private static Path image;
    private static Console console;
    private static JsonNode packed;

    @BeforeAll
    static void pack() throws IOException {
        SharedData.at("models/mnist-cnn/mnist.onnx");
        System.setProperty("skerry.home", installation().toString());
        console = new Console(folder.resolve("home"));
        project = SmallProject.in(folder.resolve("digits"), "none");
        image = folder.resolve("digits.tar");
        int code = console.run("pack", project, "--image", image, "--device-memory", "256", "--json");
        assertThat(code).as(console.err()).isZero();
        packed = console.json();
    }

    @AfterAll
    static void restore() {
        System.setProperty("skerry.home", HOME);
    }

    /** Skerry's jars where a checkout has them, made from what this test runs with. */
    private static Path installation() throws IOException {
        Path lib = Files.createDirectories(folder.resolve("skerry/cli/target/lib"));
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (entry.endsWith(".jar")) {
                Files.createSymbolicLink(lib.resolve(path.getFileName()), path.toAbsolutePath());
            } else if (entry.endsWith("/classes")) {
                jar(path, lib.resolve("skerry-" + path.getParent().getParent().getFileName() + ".jar"));
            }
        }
        return folder.resolve("skerry");
    }

    private static void jar(Path classes, Path jar) throws IOException {
        try (var zip = new ZipOutputStream(Files.newOutputStream(jar));
                var walk = Files.walk(classes)) {
            for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile).sorted()::iterator) {
                zip.putNextEntry(new ZipEntry(classes.relativize(file).toString()));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
    }

    @Test
    void verifyNamesWhatItChecked() {
        assertThat(console.run("verify", image)).as(console.err()).isZero();
        assertThat(console.out())
                .contains(
                        "runs as user 65532:65532",
                        "bundle: sha256:",
                        "Ed25519",
                        "next: skopeo copy --all oci-archive:")
                .contains(packed.at("/image/digest").asString());
        assertThat(console.run("verify", image, "--json")).isZero();
        assertThat(console.json().path("digest").asString())
                .isEqualTo(packed.at("/image/digest").asString());
    }

    @Test
    void runsAsAnotherUserOnAReadOnlyRootWithoutANetwork() throws Exception {
        Path root = folder.resolve("root");
        JsonNode config = unpack(root);
        Path state = Files.createDirectories(folder.resolve("state"));
        Files.copy(project.resolve("samples.npz"), state.resolve("samples.npz"));
        assertThat(state.toFile().setWritable(true, false)).isTrue();
        Path report = state.resolve("report.json");
        var before = listing(root);
        var command = new ArrayList<String>();
        config.at("/config/Entrypoint").forEach(word -> command.add(word.asString()));
        command.addAll(List.of("--cycles", "50", "--warm-up", "0", "--report", "/var/lib/skerry/report.json"));
        String said = inContainer(root, state, config, command);
        assertThat(report).as(said).exists();
        JsonNode run = Context.JSON.readTree(Files.readString(report));
        assertThat(run.path("schema").asString()).isEqualTo("skerry.run/1");
        assertThat(run.path("cycles").asLong()).isEqualTo(50);
        assertThat(run.at("/golden/vectors").asLong()).isPositive();
        assertThat(run.at("/pauses/known").asBoolean()).isTrue();
        assertThat(run.path("peakMemoryBytes").asLong())
                .as("resident, on a device with little memory")
                .isBetween(20_000_000L, 95_000_000L);
        assertThat(Files.readAllLines(state.resolve("decisions.jsonl"))).hasSize(50);
        assertThat(listing(root)).isEqualTo(before);
        // what a container wrote belongs to the user that it runs as
        assertThat(Files.getAttribute(report, "unix:uid")).isEqualTo(65532);
    }

    @Test
    void theFolderForADeviceWithJavaMakesItsOwnArchive() throws Exception {
        Path dist = folder.resolve("dist");
        String platform = dev.skerry.bundle.Platform.here().orElseThrow().id();
        assertThat(console.run("pack", project, "--standalone", platform, "-o", dist, "--json"))
                .as(console.err())
                .isZero();
        try (var jars = Files.list(dist.resolve("lib"))) {
            // this bundle has nothing to do with text, and no device with tars and YAML
            assertThat(jars.map(jar -> jar.getFileName().toString()))
                    .noneMatch(name -> name.matches("tokenizers-.*|commons-.*|.*yaml.*"))
                    .anyMatch(name -> name.startsWith("onnxruntime"));
        }
        Path cache = folder.resolve("device-cache");
        List<String> start = List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                "XDG_CACHE_HOME=" + cache,
                dist.resolve("bin/start").toString());
        var prepare = new ArrayList<>(start);
        prepare.addAll(List.of("--prepare", "--base", project.toString()));
        call(prepare);
        assertThat(cache.resolve("skerry-digits.aot")).isRegularFile();
        Path report = folder.resolve("device.json");
        var run = new ArrayList<>(start);
        run.addAll(List.of("--base", project.toString(), "--cycles", "20", "--warm-up", "0", "--no-realtime"));
        run.add("--report=" + report);
        assertThat(call(run)).contains("digits", "20 cycles at 50.0000 Hz");
        assertThat(Context.JSON
                        .readTree(Files.readString(report))
                        .path("cycles")
                        .asLong())
                .isEqualTo(20);
    }

    @Test
    void optionsThatGoNowhereAreRefused() {
        assertThat(console.run("pack", project, "--device-memory", "256")).isEqualTo(2);
        assertThat(console.err()).contains("--device-memory needs --standalone or --image", "(pack.option)");
        assertThat(console.run("pack", project, "--image", image, "--platform", "linux-arm64"))
                .isEqualTo(2);
        assertThat(console.err()).contains("--jdk is missing for linux-arm64");
        assertThat(console.run("pack", project, "--image", image, "--device-memory", "64"))
                .isEqualTo(2);
        assertThat(console.err()).contains("(standalone.memory)");
        assertThat(console.run(
                        "pack", project, "--image", folder.resolve("other.tar"), "--base", folder.resolve("none")))
                .isEqualTo(2);
        assertThat(console.err()).contains("(image.base)");
    }

    /** The layers one over the other, and the config. */
    private static JsonNode unpack(Path root) throws Exception {
        Path layout = Files.createDirectories(folder.resolve("layout"));
        call(List.of("tar", "-C", layout.toString(), "-xf", image.toString()));
        JsonNode index = document(layout, packed.at("/image/digest").asString());
        JsonNode manifest = document(layout, index.at("/manifests/0/digest").asString());
        Files.createDirectories(root);
        for (JsonNode layer : manifest.path("layers")) {
            call(List.of(
                    "tar",
                    "-C",
                    root.toString(),
                    "-xzf",
                    blob(layout, layer.path("digest").asString()).toString()));
        }
        return document(layout, manifest.at("/config/digest").asString());
    }

    private static String inContainer(Path root, Path state, JsonNode config, List<String> command) throws Exception {
        if (exists("runc")) {
            Path bundle = Files.createDirectories(folder.resolve("container"));
            Files.writeString(
                    bundle.resolve("config.json"),
                    specification(root, state, config, command).toString());
            return call(List.of(
                    "runc",
                    "run",
                    "--bundle",
                    bundle.toString(),
                    "skerry-test-" + ProcessHandle.current().pid()));
        }
        // the same by hand: namespaces, mounts, another root
        String script = """
                mount --make-rprivate / && mount --bind "$0" "$0" && mount --bind "$1" "$0/var/lib/skerry" &&
                mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev" && mkdir "$0/dev/shm" &&
                mount -t tmpfs -o mode=1777 shm "$0/dev/shm" && mount -o remount,ro,bind "$0" || exit 99
                root=$0; shift; exec chroot --userspec=65532:65532 "$root" "$@"
                """;
        var whole = new ArrayList<>(List.of("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
        config.at("/config/Env").forEach(word -> {
            if (!word.asString().startsWith("PATH=")) {
                whole.add(word.asString());
            }
        });
        whole.addAll(List.of(
                "unshare", "-m", "-n", "-p", "-f", "-i", "sh", "-c", script, root.toString(), state.toString()));
        whole.addAll(command);
        return call(whole);
    }

    /** What an engine would hand to runc: no capability, no new privileges, a read-only root, memory for /dev/shm. */
    private static ObjectNode specification(Path root, Path state, JsonNode config, List<String> command) {
        ObjectNode json = Context.JSON.createObjectNode().put("ociVersion", "1.0.2");
        ObjectNode process = json.putObject("process").put("terminal", false).put("noNewPrivileges", true);
        process.putObject("user").put("uid", 65532).put("gid", 65532);
        command.forEach(process.putArray("args")::add);
        process.set("env", config.at("/config/Env"));
        process.put("cwd", config.at("/config/WorkingDir").asString());
        process.putObject("capabilities");
        json.putObject("root").put("path", root.toString()).put("readonly", true);
        var mounts = json.putArray("mounts");
        mount(mounts.addObject(), "/proc", "proc", "proc");
        mount(mounts.addObject(), "/dev", "tmpfs", "tmpfs", "mode=755");
        mount(mounts.addObject(), "/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777");
        mount(mounts.addObject(), "/var/lib/skerry", "bind", state.toString(), "rbind", "rw");
        var namespaces = json.putObject("linux").putArray("namespaces");
        for (String kind : List.of("pid", "network", "ipc", "uts", "mount")) {
            namespaces.addObject().put("type", kind);
        }
        return json;
    }

    private static void mount(ObjectNode mount, String at, String type, String source, String... options) {
        mount.put("destination", at).put("type", type).put("source", source);
        var list = mount.putArray("options");
        List.of(options).forEach(list::add);
    }

    private static JsonNode document(Path layout, String digest) throws IOException {
        return Context.JSON.readTree(Files.readString(blob(layout, digest)));
    }

    private static Path blob(Path layout, String digest) {
        return layout.resolve("blobs/sha256").resolve(digest.substring("sha256:".length()));
    }

    /** Names, sizes and times of all that is in a root. */
    private static Map<String, String> listing(Path root) throws IOException {
        var files = new TreeMap<String, String>();
        try (var walk = Files.walk(root)) {
            for (Path file : (Iterable<Path>) walk::iterator) {
                files.put(
                        root.relativize(file).toString(),
                        Files.getAttribute(file, "size", java.nio.file.LinkOption.NOFOLLOW_LINKS) + " "
                                + Files.getLastModifiedTime(file, java.nio.file.LinkOption.NOFOLLOW_LINKS));
            }
        }
        return files;
    }

    private static boolean exists(String program) {
        for (String place : List.of("/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/")) {
            if (Files.isExecutable(Path.of(place + program))) {
                return true;
            }
        }
        return false;
    }

    private static String call(List<String> command) throws Exception {
        Path said = Files.createTempFile(folder, "said", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        boolean ended = process.waitFor(SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        String text = Files.readString(said, StandardCharsets.UTF_8);
        assertThat(ended).as(text).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
