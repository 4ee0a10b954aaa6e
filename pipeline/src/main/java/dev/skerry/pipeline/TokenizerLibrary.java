package dev.skerry.pipeline;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The native functions of Hugging Face's tokenizers. The library is the one that the property {@value #PATH} names, else the one
 * that lies in a jar of the class path; it is unpacked, loaded, and its file removed again. Nothing is ever downloaded: the
 * classes around it that would are not part of the program.
 */
final class TokenizerLibrary {
    static final String PATH = "skerry.tokenizers.library";

    private static boolean loaded;

    private TokenizerLibrary() {}

    /**
     * Loaded at the first call.
     *
     * @throws dev.skerry.problem.ProblemException {@code pipeline.tokenizer}
     */
    static synchronized TokenizersLibrary get() {
        if (!loaded) {
            load(System.getProperty(PATH), platform());
            loaded = true;
        }
        return TokenizersLibrary.LIB;
    }

    /**
     * Loads it.
     *
     * @param path of a library; null for the one in the jar
     * @param platform as the jar names them
     */
    static void load(@Nullable String path, String platform) {
        try {
            if (path == null) {
                unpack(platform);
            } else {
                System.load(Path.of(path).toAbsolutePath().toString());
            }
        } catch (IOException failure) {
            throw missing("it can't be unpacked: " + failure.getMessage()).toException();
        } catch (NoSuchElementException | UnsatisfiedLinkError failure) {
            throw missing(String.valueOf(failure.getMessage())).toException();
        }
    }

    /** In a folder that only this user can write to, and which is gone when this returns: the system keeps what it has loaded. */
    private static void unpack(String platform) throws IOException {
        String resource = "native/lib/" + platform + "/cpu/libtokenizers.so";
        ClassLoader jars = Objects.requireNonNull(TokenizerLibrary.class.getClassLoader());
        try (@Nullable InputStream packed = jars.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new NoSuchElementException("there is none for " + platform + " on the class path");
            }
            Path folder = Files.createTempDirectory("skerry-tokenizers");
            Path file = folder.resolve("libtokenizers.so");
            try {
                Files.copy(packed, file);
                System.load(file.toString());
            } finally {
                Files.deleteIfExists(file);
                Files.delete(folder);
            }
        }
    }

    /** As the jar names platforms: {@code linux-x86_64}. */
    private static String platform() {
        String system =
                System.getProperty("os.name", "").toLowerCase(Locale.ROOT).replaceAll("\\W.*", "");
        String processor = System.getProperty("os.arch", "");
        return system + "-" + (processor.equals("amd64") ? "x86_64" : processor);
    }

    private static Problem missing(String cause) {
        return Problem.environment("pipeline.tokenizer", "the tokenizers' native library doesn't load")
                .at(System.getProperty("os.name") + " " + System.getProperty("os.arch"))
                .because(cause)
                .attempt("Linux with glibc 2.34 or later on x86-64 or arm64")
                .attempt("-D" + PATH + " with the path of a library of your own build")
                .attempt("-Djava.io.tmpdir with a folder from which libraries may be loaded");
    }
}
