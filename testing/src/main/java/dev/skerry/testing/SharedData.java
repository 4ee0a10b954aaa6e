package dev.skerry.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * Real models and labelled samples that lie beside the project ({@code ../shared/data}) and are not part of it. A test that
 * asks for what is not there is skipped on a developer's machine and fails in CI, where a skipped test proves nothing.
 */
public final class SharedData {
    private SharedData() {}

    /** The file or folder at {@code path} below the shared data, for instance {@code models/kws-dscnn/kws_dscnn.onnx}. */
    public static Path at(String path) {
        Path file = Path.of(System.getProperty("skerry.data", "../shared/data"))
                .resolve(path)
                .normalize();
        require(Files.exists(file), "no shared data at " + file);
        return file;
    }

    /** The project's root, for tests of what is committed there, such as the examples. */
    public static Path projectRoot() {
        return Path.of(System.getProperty("skerry.root", "."));
    }

    /** Skips the test where {@code present} is false, or fails it in CI. */
    public static void require(boolean present, String missing) {
        if (!present && System.getenv("CI") != null) {
            throw new AssertionError(missing + " (a skipped test fails CI)");
        }
        Assumptions.assumeTrue(present, missing);
    }
}
