package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Enumeration;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Copies jars for one platform. The jars of ONNX Runtime and of the tokenizers carry the libraries of all their platforms, and
 * debug symbols: those of the one platform go into a folder of their own, where they need not be unpacked at each start, and the
 * rest is left out. TensorFlow Lite has a jar for each platform with little more than the library, which is all that is taken of
 * them.
 */
final class PlatformJars {
    private static final String ONNX_RUNTIME = "ai/onnxruntime/native/";
    private static final String TOKENIZERS = "native/lib/";
    private static final String TFLITE = "org/bytedeco/tensorflowlite/";
    static final String TFLITE_LIBRARY = "libtensorflowlite.so";
    static final String TOKENIZERS_LIBRARY = "libtokenizers.so";
    private static final LocalDateTime ZIP_EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

    private PlatformJars() {}

    /** @param tflite whether TensorFlow Lite goes along */
    static void copy(List<Path> jars, Platform platform, boolean tflite, Path lib, Path nativeFolder)
            throws IOException {
        Files.createDirectories(lib);
        Files.createDirectories(nativeFolder);
        for (Path jar : jars) {
            Path copy = lib.resolve(jar.getFileName().toString());
            try (var zip = new ZipFile(jar.toFile())) {
                if (holds(zip, ONNX_RUNTIME)) {
                    reduce(zip, ONNX_RUNTIME, copy);
                    String own = ONNX_RUNTIME + platform.onnxRuntimeFolder() + "/";
                    extract(zip, jar, platform, own, nativeFolder);
                } else if (zip.stream().anyMatch(entry -> entry.getName().endsWith("/" + TOKENIZERS_LIBRARY))) {
                    reduce(zip, TOKENIZERS, copy);
                    String own = TOKENIZERS + platform.tokenizersFolder() + "/cpu/";
                    extract(zip, jar, platform, own, nativeFolder);
                } else if (holds(zip, TFLITE)) {
                    if (tflite) {
                        extractTflite(zip, platform, nativeFolder.resolve(TFLITE_LIBRARY));
                    }
                } else {
                    Files.copy(jar, copy);
                }
            } catch (ZipException e) {
                throw Problem.usage("standalone.jar", "not a jar")
                        .at(jar.toString())
                        .because(String.valueOf(e.getMessage()))
                        .toException();
            }
        }
        if (tflite && !Files.exists(nativeFolder.resolve(TFLITE_LIBRARY))) {
            throw Problem.usage("standalone.platform", "no native library of TensorFlow Lite for " + platform.id())
                    .because("no jar has " + TFLITE + platform.tfliteFolder())
                    .attempt("the tensorflow-lite jar of org.bytedeco for this platform beside the other jars")
                    .toException();
        }
    }

    private static boolean holds(ZipFile zip, String folder) {
        return zip.stream().anyMatch(entry -> entry.getName().startsWith(folder));
    }

    private static void extractTflite(ZipFile zip, Platform platform, Path library) throws IOException {
        ZipEntry entry = zip.getEntry(TFLITE + platform.tfliteFolder() + "/libjnitensorflowlite.so");
        if (entry != null) {
            try (InputStream in = zip.getInputStream(entry)) {
                Files.copy(in, library);
            }
        }
    }

    private static void reduce(ZipFile zip, String natives, Path copy) throws IOException {
        try (var out = new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(copy)))) {
            for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
                ZipEntry entry = entries.nextElement();
                if (entry.isDirectory() || entry.getName().startsWith(natives)) {
                    continue;
                }
                var copied = new ZipEntry(entry.getName());
                copied.setTimeLocal(ZIP_EPOCH);
                out.putNextEntry(copied);
                try (InputStream in = zip.getInputStream(entry)) {
                    in.transferTo(out);
                }
                out.closeEntry();
            }
        }
    }

    /** @param prefix where the jar keeps the platform's libraries */
    private static void extract(ZipFile zip, Path jar, Platform platform, String prefix, Path folder)
            throws IOException {
        int found = 0;
        for (Enumeration<? extends ZipEntry> entries = zip.entries(); entries.hasMoreElements(); ) {
            ZipEntry entry = entries.nextElement();
            String name = entry.getName();
            String file = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
            if (!file.endsWith(".so") || file.contains("/")) {
                continue;
            }
            Path library = folder.resolve(file);
            try (InputStream in = zip.getInputStream(entry);
                    OutputStream out = Files.newOutputStream(library)) {
                in.transferTo(out);
            }
            found++;
        }
        if (found == 0) {
            throw Problem.usage("standalone.platform", "no native libraries for " + platform.id())
                    .at(jar.toString())
                    .because("it has nothing in " + prefix)
                    .attempt("the jar as it is on Maven Central, which has all platforms")
                    .toException();
        }
    }
}
