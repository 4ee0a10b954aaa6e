package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Where a standalone folder can run. */
public enum Platform {
    LINUX_X64("linux-x64", "linux-x64", "linux-x86_64", "x86_64", "amd64", "x86_64-linux-gnu", Elf.X86_64),
    LINUX_ARM64("linux-arm64", "linux-aarch64", "linux-arm64", "aarch64", "arm64", "aarch64-linux-gnu", Elf.AARCH64);

    private final String id;
    private final String onnxRuntimeFolder;
    private final String tfliteFolder;
    private final String machine;
    private final String architecture;
    private final String triplet;
    private final int elfMachine;

    Platform(
            String id,
            String onnxRuntimeFolder,
            String tfliteFolder,
            String machine,
            String architecture,
            String triplet,
            int elfMachine) {
        this.id = id;
        this.onnxRuntimeFolder = onnxRuntimeFolder;
        this.tfliteFolder = tfliteFolder;
        this.machine = machine;
        this.architecture = architecture;
        this.triplet = triplet;
        this.elfMachine = elfMachine;
    }

    /** The platform that this JVM runs on; empty where it is none of these. */
    public static Optional<Platform> here() {
        String machine = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return Arrays.stream(values())
                .filter(platform -> System.getProperty("os.name").equals("Linux") && platform.machine.equals(machine))
                .findFirst();
    }

    /** By its id on the command line; a problem where there is none. */
    public static Platform of(String id) {
        List<String> known = Arrays.stream(values()).map(Platform::id).toList();
        return Arrays.stream(values())
                .filter(platform -> platform.id.equals(id))
                .findFirst()
                .orElseThrow(() -> Problem.usage("standalone.platform", "unknown platform " + id)
                        .because("known are " + String.join(", ", known))
                        .attempt(Suggestion.nearest(id, known).orElse(known.getFirst()))
                        .toException());
    }

    /** {@code linux-x64}, … */
    public String id() {
        return id;
    }

    /** The folder of native libraries within ONNX Runtime's jar. */
    String onnxRuntimeFolder() {
        return onnxRuntimeFolder;
    }

    /** The folder of the native library within TensorFlow Lite's jars. */
    String tfliteFolder() {
        return tfliteFolder;
    }

    /** The folder of native libraries within the tokenizers' jar. */
    String tokenizersFolder() {
        return "linux-" + machine;
    }

    /** What {@code uname -m} prints, and a JDK's {@code release} file says. */
    String machine() {
        return machine;
    }

    /** As container images name it: {@code amd64}, {@code arm64}. */
    public String architecture() {
        return architecture;
    }

    /** {@code e_machine} of its ELF files. */
    int elfMachine() {
        return elfMachine;
    }

    /** Where loaders look for libraries, on Debian's systems and on Red Hat's. */
    List<String> libraryFolders() {
        return List.of("/lib/" + triplet, "/usr/lib/" + triplet, "/lib64", "/usr/lib64", "/lib", "/usr/lib");
    }
}
