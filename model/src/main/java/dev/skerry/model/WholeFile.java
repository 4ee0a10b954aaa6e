package dev.skerry.model;

import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** Files read as one piece of mapped memory, and files replaced at once or not at all. */
final class WholeFile {
    private static final int COPIED_AT_ONCE = 1 << 20;
    private static final int HEAD_BYTES = 1024;

    private WholeFile() {}

    /**
     * The content of {@code file}, mapped; it is unmapped when nothing refers to it any more.
     *
     * @param wanted what should be in it, with its article: "an ONNX model"
     * @param extension what such files end in
     */
    static MemorySegment map(Path file, String wanted, String extension) {
        if (Files.isDirectory(file)) {
            Problem problem = Problem.usage("model.directory", "it is a folder, and " + wanted + " is wanted")
                    .at(file.toString());
            Optional<String> inside = names(file).stream()
                    .filter(name -> name.endsWith(extension))
                    .sorted()
                    .findFirst();
            throw inside.map(name -> problem.attempt(file.resolve(name).toString()))
                    .orElse(problem)
                    .toException();
        }
        if (!Files.exists(file)) {
            throw missing(file, extension).toException();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() == 0 && Files.isRegularFile(file)) {
                throw Problem.usage("model.empty", "it is empty")
                        .at(file.toString())
                        .attempt("fetching or exporting it again")
                        .toException();
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        } catch (IOException broken) {
            throw Problem.usage("model.unreadable", "it can't be read")
                    .at(file.toString())
                    .because(reason(broken))
                    .toException();
        }
    }

    /** The same, of a protobuf message, which can't be larger than 2 GiB. */
    static MemorySegment message(Path file, String wanted, String extension) {
        MemorySegment content = map(file, wanted, extension);
        if (content.byteSize() > Integer.MAX_VALUE) {
            throw Problem.usage("model.not-onnx", "it has more than the 2 GiB that " + wanted + " can have")
                    .at(file.toString())
                    .because("larger models keep their weights as external data beside the .onnx file")
                    .toException();
        }
        return content;
    }

    /** The same, of a file that must start with {@code magic} (a character is a byte); others are told by what they look like. */
    static MemorySegment start(Path file, String wanted, String extension, String magic) {
        MemorySegment content = map(file, wanted, extension);
        ByteBuffer head =
                content.asSlice(0, Math.min(content.byteSize(), HEAD_BYTES)).asByteBuffer();
        byte[] found = new byte[Math.min(magic.length(), head.remaining())];
        head.get(0, found);
        if (!new String(found, StandardCharsets.ISO_8859_1).equals(magic)) {
            String guess = FileKind.of(head).map(kind -> kind.what()).orElse("something else");
            throw Problem.usage("model.file-kind", "it looks like " + guess + ", and " + wanted + " is wanted")
                    .at(file.toString())
                    .toException();
        }
        return content;
    }

    private static Problem missing(Path file, String extension) {
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(file);
        Problem problem =
                Problem.usage("model.missing", "there is no such file").at(file.toString());
        if (!Files.isDirectory(folder)) {
            return problem.because("there is no folder " + folder);
        }
        List<String> names = names(folder);
        String wanted = String.valueOf(file.getFileName());
        return Suggestion.nearest(wanted, names)
                .or(() -> names.stream()
                        .filter(name -> name.startsWith(wanted) && name.endsWith(extension))
                        .findFirst())
                .or(() -> only(
                        names.stream().filter(name -> name.endsWith(extension)).toList()))
                .map(near -> problem.attempt(file.resolveSibling(near).toString()))
                .orElse(problem);
    }

    private static Optional<String> only(List<String> names) {
        return names.size() == 1 ? Optional.of(names.getFirst()) : Optional.empty();
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    /** Writes the content of a file. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Replaces {@code file} by {@code content}: whoever reads it sees the old or the new, also after a crash. */
    static void replace(Path file, Content content) {
        Path temporary = temporary(file);
        try {
            write(temporary, content);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException broken) {
            throw unwritable(file, broken);
        } finally {
            discard(temporary);
        }
    }

    static Path temporary(Path file) {
        String unique = Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36);
        return file.toAbsolutePath().resolveSibling("." + file.getFileName() + "." + unique + ".tmp");
    }

    /** Writes a new file down to the disk. */
    static void write(Path file, Content content) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = new java.io.BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
            content.writeTo(out);
            out.flush();
            channel.force(true);
        }
    }

    /** Writes {@code data} piece by piece, so that mapped weights never lie on the heap as a whole. */
    static void copy(MemorySegment data, OutputStream out) throws IOException {
        for (long done = 0; done < data.byteSize(); done += COPIED_AT_ONCE) {
            long length = Math.min(COPIED_AT_ONCE, data.byteSize() - done);
            out.write(data.asSlice(done, length).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    static void discard(Path temporary) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException leftBehind) {
            // what failed before is the news; a leftover under a hidden name harms nobody
        }
    }

    static RuntimeException unwritable(Path file, IOException broken) {
        if (isFull(broken)) {
            return Problem.environment("model.disk-full", "the disk is full")
                    .at(file.toString())
                    .because(reason(broken) + "; nothing half-written was left behind")
                    .attempt("freeing space")
                    .attempt("another place, with --output")
                    .toException();
        }
        return Problem.environment("model.unwritable", "it can't be written")
                .at(file.toString())
                .because(reason(broken))
                .attempt("another place, with --output")
                .toException();
    }

    /** A disk, a quota, or the largest file that the process may write. */
    private static boolean isFull(IOException broken) {
        String said = String.valueOf(broken.getMessage()).toLowerCase(Locale.ROOT);
        return said.contains("no space left") || said.contains("quota exceeded") || said.contains("file too large");
    }

    private static String reason(IOException broken) {
        return switch (broken) {
            case java.nio.file.AccessDeniedException _ -> "permission is denied";
            case java.nio.file.NoSuchFileException _ -> "its folder doesn't exist";
            default -> String.valueOf(broken.getMessage());
        };
    }
}
