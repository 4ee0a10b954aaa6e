package dev.skerry.bundle;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The command line of a device's JVM within a tree of {@code jre/}, {@code lib/}, {@code native/} and so on.
 *
 * @param jars names of the files in {@code lib}, in the order of the class path
 * @param arguments of the main class
 */
record Launch(Footprint footprint, List<String> jars, boolean tflite, String mainClass, List<String> arguments) {
    static final String ARCHIVE = "start.jsa";
    /** Two of these at most: enough for years of collections, and for an attribution of the latest misses. */
    private static final String LOG_SIZE = "filecount=1,filesize=4m";

    Launch {
        jars = List.copyOf(jars);
        arguments = List.copyOf(arguments);
    }

    /** What makes a class archive fit: the same words where it is made and where it is used. */
    List<String> access() {
        return List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");
    }

    /** @param home absolute, or empty for a path that starts within it */
    String classPath(String home) {
        String lib = home.isEmpty() ? "lib/" : home + "/lib/";
        return String.join(":", jars.stream().map(jar -> lib + jar).toList());
    }

    /** Options that name files below {@code home}. */
    List<String> places(String home) {
        var options = new ArrayList<String>();
        options.add("-Dskerry.home=" + home);
        options.add("-Djava.awt.headless=true");
        options.add("-Donnxruntime.native.path=" + home + "/native");
        if (tflite) {
            options.add("-Dskerry.tflite.library=" + home + "/native/libtensorflowlite.so");
        }
        options.addAll(access());
        return options;
    }

    /** The log of the JVM's pauses, which explains misses; {@code %p} is the process. */
    static List<String> pauses(String file) {
        return List.of("-Xlog:safepoint:file=" + file + ":timenanos:" + LOG_SIZE, "-Dskerry.safepoints=" + file);
    }

    /** All of it for a tree at {@code home}, with its class archive. */
    List<String> whole(String home, String pauses) {
        var command = new ArrayList<String>();
        command.add(home + "/jre/bin/java");
        command.addAll(footprint.options());
        command.add("-XX:SharedArchiveFile=" + home + "/" + ARCHIVE);
        command.addAll(pauses(pauses));
        command.addAll(program(home));
        return command;
    }

    /** From the options that name files on. */
    List<String> program(String home) {
        var command = new ArrayList<>(places(home));
        command.add("-cp");
        command.add(classPath(home));
        command.add(mainClass);
        arguments.forEach(argument -> command.add(argument.replace(Standalone.HOME, home)));
        return command;
    }

    /** Those of {@code lib}, sorted, so that the class path is the same wherever it was written. */
    static List<String> sorted(List<Path> jars) {
        return jars.stream().map(jar -> jar.getFileName().toString()).sorted().toList();
    }
}
