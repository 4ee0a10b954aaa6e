package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A folder that runs a bundle on a machine without Skerry: the bundle, jars, one platform's native libraries, a start script,
 * a systemd unit and, where a JDK is given, a runtime made from it. Written all at once, like a bundle.
 */
public final class Standalone {
    private static final String START = "bin/start";

    private Standalone() {}

    /**
     * What goes into the folder.
     *
     * @param bundle packed before, folder or tar
     * @param jars everything that the main class needs; those of runtimes are reduced to the platform
     * @param mainClass started by {@code bin/start} with {@code arguments} and then its own arguments
     * @param arguments {@code @BUNDLE@} in them becomes the bundle's path, {@code @TRUSTED@} that of the trusted key, and
     *     {@code @HOME@} the folder's
     * @param trusted the signer's public key, which goes along as {@code trust/signer.pub}, since the device has no keys yet;
     *     null where it has. It vouches for the bundle, not for the folder: whoever can change one key there can change both
     * @param jdk whose runtime is included, for that platform; null where the device has Java
     * @param modules of the JDK that are included; null for what the jars say
     * @param footprint how much memory the device has
     * @param base where the bundle's source starts from here: with a JDK for this machine, the bundle runs for a moment, and an
     *     archive of its classes goes along; null for none
     * @param out folder, or a tar of it where it ends in {@code .tar}
     */
    public record Request(
            Path bundle,
            Platform platform,
            List<Path> jars,
            String mainClass,
            List<String> arguments,
            @Nullable Path trusted,
            @Nullable Path jdk,
            @Nullable SortedSet<String> modules,
            Footprint footprint,
            @Nullable Path base,
            Path out) {
        /** Without an archive of classes. */
        public Request(
                Path bundle,
                Platform platform,
                List<Path> jars,
                String mainClass,
                List<String> arguments,
                @Nullable Path trusted,
                @Nullable Path jdk,
                Path out) {
            this(bundle, platform, jars, mainClass, arguments, trusted, jdk, null, Footprint.ROOMY, null, out);
        }

        public Request {
            jars = List.copyOf(jars);
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * Writes it; an earlier standalone folder is replaced. A problem where a jar has no libraries for the platform, the JDK is
     * for another one, or {@code out} is something else or cannot be written.
     */
    public static void write(Request request) {
        Bundle bundle = Bundle.open(request.bundle);
        boolean tar = BundleWriter.isTar(request.out);
        requireReplaceable(request.out, tar);
        try (Staging staging = Staging.beside(request.out, () -> {})) {
            Path tree = tar ? staging.scratch() : staging.content();
            fill(request, bundle, tree, staging.scratch().resolveSibling("trial"));
            if (tar) {
                String name = request.out.getFileName().toString();
                TreeTar.write(tree, name.substring(0, name.length() - ".tar".length()), staging.content());
            } else {
                Staging.syncFiles(tree);
            }
            staging.publish();
        } catch (IOException e) {
            throw BundleFailure.of(e, "standalone.unwritable", "cannot write the standalone folder", request.out);
        }
    }

    private static void fill(Request request, Bundle bundle, Path tree, Path scratch) throws IOException {
        Files.createDirectories(tree.resolve("bin"));
        var program = new HostTree.Program(
                request.jars, request.modules, request.mainClass, request.arguments, request.footprint);
        Launch launch = HostTree.fill(tree, request.bundle, request.platform, program, request.trusted, request.jdk)
                .launch();
        boolean runsHere = Platform.here().filter(request.platform::equals).isPresent();
        if (request.base != null && request.jdk != null && runsHere) {
            StartArchive.make(tree, launch, request.base.toAbsolutePath(), List.of(), scratch);
        }
        Map<String, String> words = Map.of(
                "@NAME@", unitName(bundle.manifest().name()),
                "@VERSION@", oneLine(bundle.manifest().version()),
                "@DIGEST@", bundle.digest().text(),
                "@PLATFORM@", request.platform.id(),
                "@MACHINE@", request.platform.machine(),
                "@JAVA@", request.jdk == null ? "Java 25 (JAVA_HOME, or java in the PATH)" : "nothing else",
                "@OPTIONS@", shell(request.footprint.options()),
                "@PROGRAM@", shell(launch.program(Launch.HOME)));
        Path start = tree.resolve(START);
        Files.writeString(start, filled("start.sh", words));
        if (!start.toFile().setExecutable(true, false)) {
            throw new IOException("cannot make " + start + " executable");
        }
        Files.writeString(tree.resolve("skerry.service"), filled("skerry.service", words));
        Files.writeString(tree.resolve("README.txt"), filled("README.txt", words));
    }

    /** Words on lines of their own; the shell puts the folder in, everything else stays as it is. */
    private static String shell(List<String> words) {
        return words.stream()
                .map(word -> quoted(word).replace(Launch.HOME, "'\"$home\"'"))
                .collect(Collectors.joining(" \\\n    "));
    }

    /** For a POSIX shell. */
    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** A project's name as part of a unit's name and of paths. */
    private static String unitName(String name) {
        String plain =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return plain.isEmpty() ? "bundle" : plain;
    }

    private static String oneLine(String text) {
        return text.replaceAll("[^A-Za-z0-9._+-]", "_");
    }

    private static String filled(String resource, Map<String, String> words) throws IOException {
        try (@Nullable InputStream in = Standalone.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + resource);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (var word : words.entrySet()) {
                text = text.replace(word.getKey(), word.getValue());
            }
            return text;
        }
    }

    private static void requireReplaceable(Path out, boolean tar) {
        boolean fits = !Files.exists(out)
                || (tar
                        ? Files.isRegularFile(out)
                        : Files.isRegularFile(out.resolve(START)) && Files.isDirectory(out.resolve("lib")));
        if (!fits) {
            throw Problem.usage("standalone.occupied", "something else is there")
                    .at(out.toString())
                    .because("only an earlier standalone folder is replaced")
                    .attempt("another output: a new folder, or a name that ends in .tar")
                    .toException();
        }
    }
}
