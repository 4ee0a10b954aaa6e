package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.util.Arrays;
import java.util.List;

/** Where a standalone folder can run. */
public enum Platform {
    LINUX_X64("linux-x64", "linux-x64", "linux-x86_64", "x86_64"),
    LINUX_ARM64("linux-arm64", "linux-aarch64", "linux-arm64", "aarch64");

    private final String id;
    private final String onnxRuntimeFolder;
    private final String tfliteFolder;
    private final String machine;

    Platform(String id, String onnxRuntimeFolder, String tfliteFolder, String machine) {
        this.id = id;
        this.onnxRuntimeFolder = onnxRuntimeFolder;
        this.tfliteFolder = tfliteFolder;
        this.machine = machine;
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

    /** What {@code uname -m} prints, and a JDK's {@code release} file says. */
    String machine() {
        return machine;
    }
}
