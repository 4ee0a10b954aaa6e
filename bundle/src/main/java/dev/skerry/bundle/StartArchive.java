package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parsed and verified classes in a file that a JVM maps at its start, which halves it. The bundle runs for a moment, in the very
 * runtime that goes along, and what it loads is written down and archived: of the same tree the same bytes. (An AOT cache of
 * JEP 514 starts a little sooner and differs each time.)
 */
final class StartArchive {
    private static final long MOST_SECONDS = 300;
    private static final int MOST_LINES = 4;

    private StartArchive() {}

    /**
     * Makes {@code start.jsa} in a tree. The jars' times become those of the archive, which a JVM compares.
     *
     * @param base where the bundle's source starts from
     * @param emulator put before each command; empty where this machine runs the tree's programs itself
     * @throws dev.skerry.problem.ProblemException {@code standalone.start} where the bundle doesn't run in that tree
     */
    static void make(Path tree, Launch launch, Path base, List<String> emulator, Path scratch) throws IOException {
        Files.createDirectories(scratch);
        fixTimes(tree.resolve("lib"));
        Path loaded = scratch.resolve("loaded");
        var train = new ArrayList<>(emulator);
        train.add(tree + "/jre/bin/java");
        train.addAll(launch.footprint().options());
        train.addAll(List.of("-Xshare:off", "-XX:DumpLoadedClassList=" + loaded));
        train.addAll(launch.program(tree.toString()));
        train.addAll(List.of(
                "--base",
                base.toString(),
                "--train",
                scratch.resolve("decisions").toString()));
        run(train, scratch, scratch, "the bundle doesn't run in the runtime that was made for it");
        Path classes = Files.write(scratch.resolve("classes"), classes(loaded));
        var dump = new ArrayList<>(emulator);
        dump.add(tree + "/jre/bin/java");
        dump.addAll(launch.footprint().options());
        dump.addAll(List.of(
                "-Xshare:dump",
                "-XX:SharedClassListFile=" + classes,
                "-XX:SharedArchiveFile=" + tree.resolve(Launch.ARCHIVE)));
        dump.addAll(launch.access());
        // seen from the tree itself: so the archive doesn't say where it was made
        dump.addAll(List.of("-cp", launch.classPath("")));
        run(dump, tree, scratch, "the archive of classes can't be made");
    }

    /** Without what depends on the order of threads: numbers, and entries that were resolved by then. */
    private static Iterable<String> classes(Path loaded) throws IOException {
        try (Stream<String> lines = Files.lines(loaded, StandardCharsets.UTF_8)) {
            var sorted = new TreeSet<String>();
            lines.filter(line -> !line.startsWith("@cp") && !line.startsWith("#") && !line.contains(" source: "))
                    .map(line -> line.replaceFirst(" id: \\d+$", ""))
                    .forEach(sorted::add);
            return sorted;
        }
    }

    static void fixTimes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(0));
            }
        }
    }

    private static void run(List<String> command, Path folder, Path scratch, String what) throws IOException {
        Path said = scratch.resolve("said");
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().put("ORT_DISABLE_TELEMETRY", "1");
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().remove("JDK_JAVA_OPTIONS");
        Process process = builder.start();
        @Nullable String how = null;
        try {
            if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
                how = "it took more than " + MOST_SECONDS + " s";
            } else if (process.exitValue() != 0) {
                how = "exit code " + process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the runtime was tried", e);
        } finally {
            process.destroyForcibly();
        }
        if (how != null) {
            String last = Files.readString(said, StandardCharsets.ISO_8859_1)
                    .lines()
                    .limit(MOST_LINES)
                    .reduce((a, b) -> a + " / " + b)
                    .orElse("nothing");
            throw Problem.environment("standalone.start", what)
                    .because(how + "; it said: " + last)
                    .attempt("skerry run of the project, which shows whether it runs at all")
                    .attempt("an unmodified JDK 25 with --jdk")
                    .toException();
        }
    }
}
