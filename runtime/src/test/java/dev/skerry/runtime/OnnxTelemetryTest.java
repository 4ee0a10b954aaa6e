package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a process of its own, as a user starts one: ONNX Runtime suppresses its telemetry in CI, and there a test would prove nothing. */
class OnnxTelemetryTest {
    @TempDir
    Path folder;

    /** Makes the environment and lists what is open. */
    static final class Child {
        public static void main(String[] arguments) throws IOException {
            System.out.println(new OnnxRuntime().probe());
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    if (Files.isSymbolicLink(descriptor)) {
                        System.out.println("fd " + Files.readSymbolicLink(descriptor));
                    }
                }
            }
        }
    }

    @Test
    void noUploaderIsStartedAndALongCommandLineDoesNoHarm() throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                String.join(":", System.getProperty("java.class.path"), "/no/such/jar.jar:".repeat(1000)),
                Child.class.getName()));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .keySet()
                .removeIf(name -> name.equals("CI") || name.endsWith("_CI") || name.startsWith("ORT_"));
        builder.environment().put("HOME", folder.toString());
        builder.environment().put("TMPDIR", folder.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output).contains("Present[").contains("fd ").doesNotContain("socket:");
        try (Stream<Path> left = Files.walk(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .noneMatch(name ->
                            name.startsWith("mat-debug") || name.contains("telemetry") || name.contains("deviceid"));
        }
    }
}
