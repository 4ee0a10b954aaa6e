package dev.skerry.bundle;

import java.util.ArrayList;
import java.util.List;

/**
 * The command line of a device's JVM within a tree of {@code jre/}, {@code lib/}, {@code native/} and so on.
 *
 * @param jars names of the files in {@code lib}, in the order of the class path
 * @param libraries names of the files in {@code native}
 * @param arguments of the main class
 */
record Launch(
        Footprint footprint, List<String> jars, List<String> libraries, String mainClass, List<String> arguments) {
    /** In arguments: the folder of the tree, wherever it comes to lie. */
    static final String HOME = "@HOME@";

    static final String ARCHIVE = "start.jsa";
    /** Two of these at most: enough for years of collections, and for an attribution of the latest misses. */
    private static final String LOG_SIZE = "filecount=1,filesize=4m";

    Launch {
        jars = List.copyOf(jars);
        libraries = List.copyOf(libraries);
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
        if (libraries.contains(PlatformJars.TFLITE_LIBRARY)) {
            options.add("-Dskerry.tflite.library=" + home + "/native/" + PlatformJars.TFLITE_LIBRARY);
        }
        if (libraries.contains(PlatformJars.TOKENIZERS_LIBRARY)) {
            options.add("-Dskerry.tokenizers.library=" + home + "/native/" + PlatformJars.TOKENIZERS_LIBRARY);
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
        arguments.forEach(argument -> command.add(argument.replace(HOME, home)));
        return command;
    }
}
