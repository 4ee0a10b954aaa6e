package dev.skerry.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a machine without Skerry needs to run a bundle, in one folder: {@code bundle/} as it was signed, {@code model/} with links
 * to its files by their names, {@code lib/}, {@code native/}, and where a JDK was given {@code jre/}.
 */
record HostTree(Path folder, Launch launch) {
    static final String KEY = "trust/signer.pub";
    static final String BUNDLE = "bundle";
    static final String MODEL = "model";

    /**
     * The program that goes into a tree.
     *
     * @param jars everything that the main class needs; those of runtimes are reduced to the platform
     * @param modules of the JDK; null for what the jars' module descriptors require and what is usually wanted
     */
    record Program(
            List<Path> jars,
            @Nullable SortedSet<String> modules,
            String mainClass,
            List<String> arguments,
            Footprint footprint) {
        Program {
            jars = List.copyOf(jars);
            arguments = List.copyOf(arguments);
        }
    }

    /** The runtime whose library goes along only where the bundle runs on it. */
    private static final String TFLITE = "tflite";

    static HostTree fill(
            Path folder, Path bundle, Platform platform, Program program, @Nullable Path trusted, @Nullable Path jdk)
            throws IOException {
        Bundle opened = Bundle.open(bundle);
        copyLayout(bundle, folder.resolve(BUNDLE));
        opened.link(folder.resolve(MODEL), Path.of("..", BUNDLE));
        BundleManifest.FallbackModel fallback = opened.manifest().fallback();
        boolean tflite = opened.manifest().runtime().uses(TFLITE)
                || fallback != null && fallback.runtime().uses(TFLITE);
        Path lib = folder.resolve("lib");
        Path natives = folder.resolve("native");
        PlatformJars.copy(program.jars, platform, tflite, lib, natives);
        if (trusted != null) {
            requireTrusted(bundle, trusted);
            Files.createDirectories(folder.resolve("trust"));
            Files.copy(trusted, folder.resolve(KEY));
        }
        if (jdk != null) {
            SortedSet<String> modules = program.modules != null ? program.modules : RuntimeImage.modules(program.jars);
            RuntimeImage.link(jdk, platform, modules, folder.resolve("jre"));
        }
        return new HostTree(
                folder,
                new Launch(
                        program.footprint,
                        names(lib),
                        names(natives),
                        program.mainClass,
                        program.arguments.stream()
                                .map(word -> word.replace("@BUNDLE@", Launch.HOME + "/" + BUNDLE)
                                        .replace("@TRUSTED@", Launch.HOME + "/" + KEY))
                                .toList()));
    }

    /** Sorted, so that a class path is the same wherever it was written. */
    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** A tree that would refuse its own bundle on the device is better refused here. */
    private static void requireTrusted(Path bundle, Path key) {
        if (Bundle.verify(bundle, TrustedKeys.read(key)) instanceof Verification.Refused refused) {
            throw refused.problem().toException();
        }
    }

    private static void copyLayout(Path from, Path to) throws IOException {
        Layout layout = Layout.open(from);
        for (String name : new TreeMap<>(layout.sizes()).keySet()) {
            Path file = to.resolve(name);
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (InputStream in = layout.open(name)) {
                Files.copy(in, file);
            }
        }
    }
}
