package dev.skerry.bundle;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** stub */
@SuppressWarnings("DoNotCallSuggester")
public final class Standalone {
    private Standalone() {}

    /**
     * What goes into the folder.
     *
     * @param bundle packed before, folder or tar
     * @param jars everything that the main class needs; ONNX Runtime's is reduced to the platform
     * @param mainClass started by {@code bin/start} with {@code arguments} and then its own arguments
     * @param arguments {@code @BUNDLE@} in them becomes the bundle's path and {@code @HOME@} the folder's
     * @param jdk whose runtime is included, for that platform; null where the device has Java
     * @param out folder, or a tar of it where it ends in {@code .tar}
     */
    public record Request(
            Path bundle,
            Platform platform,
            List<Path> jars,
            String mainClass,
            List<String> arguments,
            @Nullable Path jdk,
            Path out) {
        public Request {
            jars = List.copyOf(jars);
            arguments = List.copyOf(arguments);
        }
    }

    public static void write(Request request) {
        throw new UnsupportedOperationException("not yet " + request);
    }
}
