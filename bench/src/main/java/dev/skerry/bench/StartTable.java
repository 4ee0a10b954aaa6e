package dev.skerry.bench;

import dev.skerry.bundle.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * From the start of a process to its first decision on standard output, and to its end, with the most memory that was resident;
 * in alternation with a program that does nothing. Bundles are packed by {@code ./skerry} as anybody would.
 */
final class StartTable {
    private static final int ROUNDS = 9;

    private StartTable() {}

    /** A way to start, and what came of it. */
    private record Row(
            String name, List<String> command, Map<String, String> environment, List<Double> first, List<Double> end) {
        Row(String name, List<String> command, Map<String, String> environment) {
            this(name, command, environment, new ArrayList<>(), new ArrayList<>());
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path model = Path.of(arguments[0]).toAbsolutePath();
        int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : ROUNDS;
        Path work = Files.createTempDirectory("skerry-start");
        NoiseProject project = NoiseProject.write(work, model, "stdout");
        String platform = Platform.here().orElseThrow().id();
        String java = System.getProperty("java.home");
        Path plain = project.pack(work.resolve("plain"), "--standalone", platform);
        Path linked = project.pack(work.resolve("linked"), "--standalone", platform, "--jdk", java);
        Path small =
                project.pack(work.resolve("small"), "--standalone", platform, "--jdk", java, "--device-memory", "256");
        List<String> once = List.of(
                "--cycles",
                "1",
                "--warm-up",
                "0",
                "--no-realtime",
                "--base",
                project.folder().toString());
        var without = Map.of(
                "JAVA_HOME", java, "XDG_CACHE_HOME", work.resolve("empty").toString());
        var cached = Map.of(
                "JAVA_HOME", java, "XDG_CACHE_HOME", work.resolve("cache").toString());
        NoiseProject.call(
                start(plain, List.of("--prepare", "--base", project.folder().toString())), cached);
        var rows = List.of(
                new Row(
                        "an empty program",
                        List.of(
                                linked + "/jre/bin/java",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                "bench/target/classes",
                                Nothing.class.getName()),
                        Map.of()),
                new Row("jars on a JDK", start(plain, once), without),
                new Row("jars on a JDK, AOT cache", start(plain, once), cached),
                new Row("linked, class archive", start(linked, once), Map.of()),
                new Row("the same, for 256 MB", start(small, once), Map.of()));
        for (int round = 0; round < rounds; round++) {
            for (Row row : rows) {
                time(row);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-26s %28s %28s %7s %8s %8s %8s%n",
                "n " + rounds + ", ms",
                "first decision best/median/max",
                "end best/median/max",
                "ratio",
                "peak MB",
                "anon MB",
                "disk MB");
        double empty = Collections.min(rows.getFirst().end);
        for (Row row : rows) {
            boolean program = row.command.getFirst().endsWith("/bin/start");
            long[] memory = program ? memory(row, project.folder()) : new long[2];
            double best = program ? Collections.min(row.first) : empty;
            System.out.printf(
                    Locale.ROOT,
                    "%-26s %28s %28s %7.2f %8s %8s %8s%n",
                    row.name,
                    program ? spread(row.first) : "",
                    spread(row.end),
                    best / empty,
                    program ? memory[0] / 1000 : "",
                    program ? memory[1] / 1000 : "",
                    program
                            ? size(Path.of(row.command.getFirst())
                                            .resolve("../..")
                                            .normalize())
                                    / 1_000_000
                            : "");
        }
        System.out.println("ratio: first decision, best, to the empty program's end, best");
        NoiseProject.call(List.of("rm", "-rf", work.toString()), Map.of());
    }

    private static List<String> start(Path folder, List<String> arguments) {
        var command = new ArrayList<>(List.of(folder + "/bin/start"));
        command.addAll(arguments);
        return command;
    }

    private static void time(Row row) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(row.command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(row.environment);
        long begin = System.nanoTime();
        Process process = builder.start();
        try (var out = process.getInputStream()) {
            int byteRead = out.read();
            if (byteRead >= 0) {
                row.first.add((System.nanoTime() - begin) / 1e6);
            }
            out.readAllBytes();
        }
        int exit = process.waitFor();
        row.end.add((System.nanoTime() - begin) / 1e6);
        if (exit != 0) {
            throw new IllegalStateException(row.name + " ended with " + exit);
        }
    }

    /** Peak of all that was resident, and what of it was no file's, in kB, over a second of cycles. */
    private static long[] memory(Row row, Path project) throws IOException, InterruptedException {
        var command = new ArrayList<>(row.command);
        command.set(command.indexOf("--cycles") + 1, "200");
        var builder = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(project.resolveSibling("decisions").toFile());
        builder.environment().putAll(row.environment);
        Process process = builder.start();
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        long[] most = new long[2];
        while (process.isAlive()) {
            try {
                for (String line : Files.readAllLines(status)) {
                    int which = line.startsWith("VmHWM:") ? 0 : line.startsWith("RssAnon:") ? 1 : -1;
                    if (which >= 0) {
                        most[which] = Math.max(most[which], Long.parseLong(line.replaceAll("\\D", "")));
                    }
                }
            } catch (IOException ended) {
                break;
            }
            Thread.sleep(20);
        }
        process.waitFor();
        return most;
    }

    private static long size(Path folder) throws IOException {
        try (var walk = Files.walk(folder)) {
            return walk.filter(file -> Files.isRegularFile(file, java.nio.file.LinkOption.NOFOLLOW_LINKS))
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    /** Best, median and largest. */
    static String spread(List<Double> times) {
        List<Double> sorted = times.stream().sorted().toList();
        return String.format(
                Locale.ROOT, "%.0f/%.0f/%.0f", sorted.getFirst(), sorted.get(sorted.size() / 2), sorted.getLast());
    }
}
