package dev.skerry.model;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * The files beside a model that hold content of its tensors (ONNX's external data). Each is mapped once. A model comes from
 * anywhere, so it reaches nothing outside its own folder, neither by its words nor through a symbolic link.
 */
final class ExternalFiles {
    private final Path folder;
    private final Path realFolder;
    private final Path folderOfRealModel;
    private final Map<Path, MemorySegment> mapped = new HashMap<>();

    /** For the model in {@code model}, which exists. A model that is itself a link may keep its data where it really lies. */
    ExternalFiles(Path model) throws IOException {
        folder = parent(model.toAbsolutePath());
        realFolder = folder.toRealPath();
        folderOfRealModel = parent(model.toRealPath());
    }

    TensorReader.Mapped map(Map<String, String> entries, long wantedBytes, String place) {
        String location = entries.getOrDefault("location", "");
        Path file = resolve(location, place);
        MemorySegment whole = mapped.computeIfAbsent(file, path -> open(path, location, place));
        long offset = number(entries, "offset", 0, place);
        long length = number(entries, "length", wantedBytes, place);
        if (length != wantedBytes) {
            throw Problem.usage(
                            "model.tensor-size",
                            "its content takes " + wantedBytes + " bytes, its external length says " + length)
                    .at(place)
                    .toException();
        }
        if (offset > whole.byteSize() || length > whole.byteSize() - offset) {
            throw Problem.usage(
                            "model.external",
                            "bytes " + offset + " to " + (offset + (double) length) + " of " + location
                                    + " are wanted, and it has " + whole.byteSize())
                    .at(place)
                    .because("the external file is shorter than the model says; it is truncated or of another model")
                    .attempt("fetching " + location + " again")
                    .toException();
        }
        return new TensorReader.Mapped(whole.asSlice(offset, length), new Tensor.ExternalData(entries, file));
    }

    private Path resolve(String location, String place) {
        Path relative;
        try {
            relative = Path.of(location);
        } catch (InvalidPathException notAPath) {
            throw escape(location, place, "that is not a path");
        }
        if (location.isEmpty()) {
            throw escape(location, place, "its location is empty");
        }
        // a backslash separates on some machines, and a path must not mean one thing here and another there
        if (relative.isAbsolute() || location.startsWith("/") || location.matches("[A-Za-z]:.*")) {
            throw escape(location, place, "an absolute path leads out of the model's folder");
        }
        for (String part : location.split("[/\\\\]", -1)) {
            if (part.equals("..")) {
                throw escape(location, place, "'..' leads out of the model's folder");
            }
        }
        Path file = folder.resolve(relative);
        if (!Files.exists(file)) {
            throw Problem.usage("model.external-missing", "its content should lie in " + file + ", which is missing")
                    .at(place)
                    .attempt("putting " + location + " beside the model")
                    .toException();
        }
        try {
            Path real = file.toRealPath();
            if (!real.startsWith(realFolder) && !real.startsWith(folderOfRealModel)) {
                throw escape(location, place, "a symbolic link leads out of the model's folder");
            }
            if (!Files.isRegularFile(real)) {
                throw escape(location, place, "that is not a file");
            }
            return real;
        } catch (IOException broken) {
            throw unreadable(location, place, broken);
        }
    }

    private static MemorySegment open(Path file, String location, String place) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        } catch (IOException broken) {
            throw unreadable(location, place, broken);
        }
    }

    private static long number(Map<String, String> entries, String key, long otherwise, String place) {
        String text = entries.get(key);
        if (text == null || text.isEmpty()) {
            return otherwise;
        }
        try {
            long value = Long.parseLong(text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // told below, like a negative one
        }
        throw Problem.usage("model.external", "its external " + key + " is \"" + text + "\"")
                .at(place)
                .because("it must be a number of bytes, 0 or more")
                .toException();
    }

    private static RuntimeException escape(String location, String place, String why) {
        return Problem.usage("model.external-path", "its content should lie in \"" + location + "\"")
                .at(place)
                .because(why)
                .attempt("keeping external data in the model's own folder")
                .toException();
    }

    private static RuntimeException unreadable(String location, String place, IOException broken) {
        return Problem.usage("model.external", location + " can't be read")
                .at(place)
                .because(broken.toString())
                .toException();
    }

    private static Path parent(Path absolute) {
        Path parent = absolute.getParent();
        return parent == null ? absolute : parent;
    }
}
