package dev.skerry.bundle;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * One platform's layers and config. The layers that change least lie lowest: the C library, the Java runtime, native libraries,
 * Skerry, the archive of classes, the bundle.
 */
final class VariantImage {
    private static final int STICKY = 01777;
    private static final int OPEN = 0755;
    private static final String PASSWD =
            "root:x:0:0:root:/:/sbin/nologin\nskerry:x:65532:65532:skerry:" + ContainerImage.STATE + ":/sbin/nologin\n";
    private static final String GROUP = "root:x:0:\nskerry:x:65532:\n";

    private final ContainerImage.Request request;
    private final ContainerImage.Variant variant;
    private final Bundle bundle;
    private final Path scratch;
    private final Consumer<String> progress;

    VariantImage(
            ContainerImage.Request request,
            ContainerImage.Variant variant,
            Bundle bundle,
            Path scratch,
            Consumer<String> progress) {
        this.request = request;
        this.variant = variant;
        this.bundle = bundle;
        this.scratch = scratch;
        this.progress = progress;
    }

    /** Layers by what is in them, the lowest first. */
    record Made(SequencedMap<String, LayerTar.Written> layers, ImageDocument.Config config) {}

    Made make() throws IOException {
        Platform platform = variant.platform();
        progress.accept("making a Java runtime for " + platform.id());
        Path tree = scratch.resolve("tree");
        var program = new HostTree.Program(
                request.jars(), request.modules(), request.mainClass(), request.arguments(), request.footprint());
        Launch launch = HostTree.fill(tree, request.bundle(), platform, program, request.trusted(), variant.jdk())
                .launch();
        var libraries = SharedLibraries.of(tree, platform, variant.base());
        boolean runsHere = Platform.here().filter(platform::equals).isPresent();
        String emulator = variant.emulator();
        boolean archive = runsHere || emulator != null;
        if (archive) {
            progress.accept("running the bundle in it, and archiving its classes");
            List<String> before = emulator == null
                    ? List.of()
                    : List.of(emulator, "-L", variant.base().toString());
            StartArchive.make(tree, launch, request.source().toAbsolutePath(), before, scratch.resolve("trial"));
        }
        progress.accept("writing the layers for " + platform.id());
        var layers = new LinkedHashMap<String, LayerTar.Written>();
        layers.put("C library and folders", base(libraries).write(scratch.resolve("base")));
        layers.put("Java runtime", at("jre").write(scratch.resolve("jre")));
        layers.put("native libraries", at("native").write(scratch.resolve("native")));
        layers.put("Skerry", at("lib").write(scratch.resolve("lib")));
        if (archive) {
            layers.put(
                    "archive of classes",
                    new LayerTar()
                            .file(ContainerImage.HOME.substring(1) + "/" + Launch.ARCHIVE, tree.resolve(Launch.ARCHIVE))
                            .write(scratch.resolve("archive")));
        }
        var model = new LayerTar();
        for (String folder : List.of(HostTree.BUNDLE, HostTree.MODEL, "trust")) {
            model.tree(ContainerImage.HOME.substring(1) + "/" + folder, tree.resolve(folder));
        }
        layers.put("bundle " + bundle.digest(), model.write(scratch.resolve("model")));
        return new Made(layers, config(launch, layers, archive));
    }

    private LayerTar at(String folder) throws IOException {
        return new LayerTar()
                .tree(
                        ContainerImage.HOME.substring(1) + "/" + folder,
                        scratch.resolve("tree").resolve(folder));
    }

    private LayerTar base(java.util.SortedMap<String, Path> libraries) {
        var layer = new LayerTar()
                .text("etc/passwd", PASSWD)
                .text("etc/group", GROUP)
                .folder("tmp", STICKY, 0)
                .folder("dev", OPEN, 0)
                .folder("proc", OPEN, 0)
                .folder("sys", OPEN, 0)
                .folder(ContainerImage.STATE.substring(1), OPEN, ContainerImage.USER);
        Path release = variant.base().resolve("etc/os-release");
        if (Files.isRegularFile(release)) {
            // by it scanners know whose C library this is
            layer.file("etc/os-release", release);
        }
        libraries.forEach((place, file) -> layer.file(place.substring(1), file));
        return layer;
    }

    private ImageDocument.Config config(Launch launch, SequencedMap<String, LayerTar.Written> layers, boolean archive) {
        String pauses = "/dev/shm/skerry-" + bundle.digest().hex().substring(0, 12) + "-%p.log";
        List<String> entry = new ArrayList<>(launch.whole(ContainerImage.HOME, pauses));
        if (!archive) {
            entry.removeIf(word -> word.startsWith("-XX:SharedArchiveFile="));
        }
        // engines give every container this folder of memory, even with a read-only root; ONNX Runtime wants one for a
        // start
        entry.add(1, "-Djava.io.tmpdir=/dev/shm");
        entry.addAll(List.of("--base", ContainerImage.STATE));
        var contents = new ArrayList<ImageDocument.Content>();
        layers.forEach((what, layer) -> contents.add(new ImageDocument.Content(what, layer.diffId())));
        return new ImageDocument.Config(
                variant.platform(),
                ContainerImage.USER + ":" + ContainerImage.USER,
                List.of(
                        "HOME=" + ContainerImage.STATE,
                        "LANG=C.UTF-8",
                        "MALLOC_ARENA_MAX=1",
                        "ORT_DISABLE_TELEMETRY=1",
                        "PATH=" + ContainerImage.HOME + "/jre/bin"),
                entry,
                List.of("--cycles", "0"),
                ContainerImage.STATE,
                List.of(ContainerImage.STATE),
                ContainerImage.labels(bundle),
                contents);
    }
}
