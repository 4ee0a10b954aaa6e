package dev.skerry.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtEpDevice;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtModelCompilationOptions;
import ai.onnxruntime.OrtModelCompilationOptions.OrtCompileApiFlags;
import ai.onnxruntime.OrtSession;
import dev.skerry.problem.Problem;
import dev.skerry.runtime.spi.SessionOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What plugins compiled ahead: models with EPContext nodes, as ONNX Runtime writes them. A file's name holds a digest of all that it
 * depends on (the model's bytes, ONNX Runtime, each provider with its version, options and devices), so that one that is stale is
 * never found; it is taken away when the model is compiled anew for the same provider.
 *
 * @see <a href="https://onnxruntime.ai/docs/execution-providers/EP-Context-Design.html">EPContext design</a>
 */
final class OnnxContexts {
    private static final String SUFFIX = ".context.onnx";
    private static final int DIGITS = 24;

    private final Path folder;

    private OnnxContexts(Path folder) {
        this.folder = folder;
    }

    static OnnxContexts in(Path folder) {
        return new OnnxContexts(folder);
    }

    /**
     * Loads the compiled model in the place of the given one; compiles it first where it isn't there.
     *
     * @param onnx the model's file
     * @throws dev.skerry.problem.ProblemException {@code runtime.context} where the provider compiles nothing ahead
     */
    OnnxRuntime.Loader compiled(
            String model,
            OrtEnvironment environment,
            OrtSession.SessionOptions settings,
            SessionOptions options,
            @Nullable Path onnx)
            throws OrtException, IOException {
        if (onnx == null) {
            throw Problem.usage("runtime.context", "only an ONNX file can be compiled ahead")
                    .at(model)
                    .attempt("the model as .onnx")
                    .toException();
        }
        Files.createDirectories(folder);
        String stem = stem(onnx, options);
        Path file = folder.resolve(stem + "-" + key(environment, options, onnx) + SUFFIX);
        if (!Files.isRegularFile(file)) {
            removeStale(stem);
            compile(model, environment, settings, onnx, file);
        }
        return (env, loading) -> env.createSession(file.toString(), loading);
    }

    private static void compile(
            String model, OrtEnvironment environment, OrtSession.SessionOptions settings, Path onnx, Path file)
            throws OrtException, IOException {
        Path draft = file.resolveSibling(
                "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".onnx");
        try (var compilation = OrtModelCompilationOptions.createFromSessionOptions(environment, settings)) {
            compilation.setInputModelPath(onnx.toString());
            compilation.setOutputModelPath(draft.toString());
            compilation.setEpContextEmbedMode(true);
            compilation.setCompilationFlags(EnumSet.of(OrtCompileApiFlags.ERROR_IF_NO_NODES_COMPILED));
            compilation.compileModel();
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (OrtException refused) {
            throw Problem.environment("runtime.context", "the execution provider compiles nothing ahead for this model")
                    .at(model)
                    .because(OnnxProblems.essential(OnnxProblems.text(refused)))
                    .attempt("without --precompile")
                    .toException();
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private void removeStale(String stem) throws IOException {
        try (var files = Files.newDirectoryStream(folder, stem + "-*" + SUFFIX)) {
            for (Path stale : files) {
                Files.deleteIfExists(stale);
            }
        }
    }

    /** Of one model for one set of providers; what differs within it makes others stale. */
    private static String stem(Path onnx, SessionOptions options) {
        var providers = new StringBuilder();
        options.plugins()
                .forEach(plugin -> providers
                        .append(OnnxProviders.canonical(plugin.provider()))
                        .append('-'));
        String path = onnx.toAbsolutePath().normalize().toString();
        return providers + hex(sha256(), path).substring(0, 12);
    }

    private static String key(OrtEnvironment environment, SessionOptions options, Path onnx)
            throws OrtException, IOException {
        MessageDigest digest = sha256();
        digest.update(Files.readAllBytes(onnx));
        var text = new StringBuilder(environment.getVersion())
                .append(options.optimization())
                .append(options.cpuFallback());
        for (SessionOptions.Plugin plugin : options.plugins()) {
            text.append('\n').append(plugin.provider()).append(plugin.options());
            Path library = plugin.library();
            if (library != null) {
                text.append(Files.size(library))
                        .append(Files.getLastModifiedTime(library).toMillis());
            }
            for (OrtEpDevice device : OnnxProviders.devices(environment, plugin)) {
                text.append('\n').append(OnnxProviders.described(device));
            }
        }
        return hex(digest, text.toString()).substring(0, DIGITS);
    }

    private static String hex(MessageDigest digest, String text) {
        return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
