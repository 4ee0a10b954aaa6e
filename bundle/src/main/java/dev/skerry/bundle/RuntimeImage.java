package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A Java runtime with only the modules that some jars need, made by jlink from a JDK of the device's platform.
 *
 * <p>A JDK for this machine's platform links itself. One for another platform cannot run here, so this JVM's jlink links its
 * {@code jmods}; some vendors ship those apart from the JDK.
 */
final class RuntimeImage {
    private static final int OLDEST_JAVA = 25;
    private static final int MOST_LINES = 3;

    /** For jars that do not say what they need: logging, monitoring, images, XML, {@code Unsafe}, zip file systems. */
    private static final List<String> ALWAYS = List.of(
            "java.base",
            "java.desktop",
            "java.logging",
            "java.management",
            "java.xml",
            "jdk.management",
            "jdk.unsupported",
            "jdk.zipfs");

    private RuntimeImage() {}

    static void link(Path jdk, Platform platform, SortedSet<String> modules, Path out) throws IOException {
        Map<String, String> release = release(jdk);
        requireFor(platform, release, jdk);
        boolean here = Platform.here().filter(platform::equals).isPresent();
        Path mods = jdk.resolve("jmods");
        boolean hasMods = Files.isRegularFile(mods.resolve("java.base.jmod"));
        var command = new ArrayList<String>();
        Path own = jdk.resolve("bin/jlink");
        if (here && Files.isExecutable(own)) {
            command.add(own.toString());
        } else if (hasMods) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "jlink").toString());
            command.addAll(List.of("--module-path", mods.toString()));
        } else {
            throw Problem.usage("standalone.jdk", "no runtime can be made from this JDK here")
                    .at(jdk.toString())
                    .because("it has no jmods, and its own jlink runs on " + platform.id() + " only")
                    .attempt("unpacking the jmods archive of the same release into " + mods)
                    .attempt("packing on a " + platform.id() + " machine")
                    .attempt("leaving --jdk out, where the device has Java " + OLDEST_JAVA)
                    .toException();
        }
        command.addAll(List.of(
                "--add-modules",
                String.join(",", modules),
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--compress",
                "zip-6",
                "--output",
                out.toString()));
        run(command, jdk);
    }

    /** What the jars' module descriptors require of the JDK, and {@link #ALWAYS}. */
    static SortedSet<String> modules(List<Path> jars) {
        var modules = new TreeSet<>(ALWAYS);
        for (Path jar : jars) {
            try {
                ModuleFinder.of(jar).findAll().stream()
                        .flatMap(module -> module.descriptor().requires().stream())
                        .filter(needs -> !needs.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
                        .map(ModuleDescriptor.Requires::name)
                        .filter(name -> name.startsWith("java.") || name.startsWith("jdk."))
                        .forEach(modules::add);
            } catch (FindException e) {
                // a jar whose name makes no module name: on the class path it serves all the same
            }
        }
        return modules;
    }

    private static void requireFor(Platform platform, Map<String, String> release, Path jdk) {
        String found = release.getOrDefault("OS_NAME", "?") + " " + release.getOrDefault("OS_ARCH", "?");
        if (!found.equals("Linux " + platform.machine())) {
            throw Problem.usage("standalone.jdk", "the JDK is for another platform than " + platform.id())
                    .at(jdk.toString())
                    .because("its release file says " + found + " instead of Linux " + platform.machine())
                    .attempt("a JDK " + OLDEST_JAVA + " for " + platform.id())
                    .toException();
        }
        String version = release.getOrDefault("JAVA_VERSION", "0");
        int major = Integer.parseInt("0" + version.replaceAll("\\D.*", ""));
        if (major < OLDEST_JAVA) {
            throw Problem.usage("standalone.jdk", "the JDK is too old")
                    .at(jdk.toString())
                    .because("it is Java " + version + ", and Skerry needs " + OLDEST_JAVA)
                    .attempt("a JDK " + OLDEST_JAVA + " for " + platform.id())
                    .toException();
        }
    }

    /** The lines {@code NAME="value"} of a JDK's release file. */
    private static Map<String, String> release(Path jdk) {
        var values = new TreeMap<String, String>();
        try {
            for (String line : Files.readAllLines(jdk.resolve("release"), StandardCharsets.UTF_8)) {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    values.put(
                            line.substring(0, equals),
                            line.substring(equals + 1).replace("\"", ""));
                }
            }
        } catch (IOException e) {
            throw Problem.usage("standalone.jdk", "not a JDK")
                    .at(jdk.toString())
                    .because("it has no readable file named release")
                    .attempt("the folder that holds bin, lib and release")
                    .toException();
        }
        return values;
    }

    private static void run(List<String> command, Path jdk) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        int exit;
        try {
            exit = process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while jlink ran", e);
        }
        if (exit != 0) {
            throw Problem.environment("standalone.jlink", "jlink could not make a runtime")
                    .at(jdk.toString())
                    .because(said.lines()
                            .limit(MOST_LINES)
                            .reduce((a, b) -> a + " " + b)
                            .orElse("exit " + exit))
                    .attempt("an unmodified JDK " + OLDEST_JAVA + " with its jmods")
                    .toException();
        }
    }
}
