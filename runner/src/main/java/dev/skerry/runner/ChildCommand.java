package dev.skerry.runner;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/** The command line of a child JVM: the java of this one, its class path or module path, and flags for a steady pace. */
final class ChildCommand {
    /** Where the runtimes' native libraries are, and where others are unpacked. */
    private static final List<String> HANDED_DOWN =
            List.of("onnxruntime.", "skerry.tflite.", "skerry.tokenizers.", "skerry.ffmpeg", "java.io.tmpdir");

    private ChildCommand() {}

    /**
     * For a plan in a file.
     *
     * @param parent system properties of this JVM
     * @param module this program's module; unnamed on a class path
     */
    static List<String> of(Path plan, Path safepointLog, int heapMegabytes, Properties parent, Module module) {
        var command = new ArrayList<String>();
        command.add(Path.of(parent.getProperty("java.home"), "bin", "java").toString());
        // a heap of fixed size that is there from the start, and the collector with the fewest threads: nothing grows
        // later
        command.add("-XX:+UseSerialGC");
        command.add("-Xms" + heapMegabytes + "m");
        command.add("-Xmx" + heapMegabytes + "m");
        command.add("-XX:+AlwaysPreTouch");
        // the JVM's own statistics live in a mapped file, and writing to it can wait for a disk in the middle of a
        // safepoint
        command.add("-XX:-UsePerfData");
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.add(SafepointLog.option(safepointLog));
        command.add("-D" + Runner.SAFEPOINT_LOG + "=" + safepointLog);
        command.add("-Djava.awt.headless=true");
        parent.stringPropertyNames().stream()
                .filter(name -> HANDED_DOWN.stream().anyMatch(name::startsWith))
                .sorted()
                .forEach(name -> command.add("-D" + name + "=" + parent.getProperty(name)));
        command.add("--sun-misc-unsafe-memory-access=allow");
        if (module.isNamed()) {
            command.add("--enable-native-access=" + module.getName()
                    + ",dev.skerry.pipeline,ai.djl.tokenizers,com.microsoft.onnxruntime");
            String path = parent.getProperty("jdk.module.path");
            if (path != null) {
                command.add("--module-path");
                command.add(path);
            }
            command.add("--module");
            command.add(module.getName() + "/" + Runner.class.getName());
        } else {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("--class-path");
            command.add(parent.getProperty("java.class.path"));
            command.add(Runner.class.getName());
        }
        command.add(Runner.ATTACHED);
        command.add(plan.toString());
        return command;
    }
}
