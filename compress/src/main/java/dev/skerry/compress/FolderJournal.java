package dev.skerry.compress;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One file per part, named by the digest of its name, that begins with a digest of key, name and content. So a part that was
 * cut off, changed, or kept for another request is told apart by itself.
 */
final class FolderJournal implements SearchJournal {
    private static final String SUFFIX = ".part";
    private static final String DRAFT = ".draft";
    private static final int DIGEST_BYTES = 32;

    private final Path folder;
    private final String key;
    private final List<Problem> problems = new ArrayList<>();
    private final Set<String> own = new HashSet<>();
    private int recalled;
    private boolean foreign;
    private boolean unwritable;

    FolderJournal(Path folder, String key) {
        this.folder = folder;
        this.key = key;
    }

    @Override
    public Optional<byte[]> recall(String part) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        byte[] file;
        try {
            if (Files.exists(file(part), LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(file(part), LinkOption.NOFOLLOW_LINKS)) {
                drop(part, file(part).getFileName() + " is no file");
                return Optional.empty();
            }
            file = Files.readAllBytes(file(part));
        } catch (NoSuchFileException fresh) {
            return Optional.empty();
        } catch (IOException broken) {
            drop(part, broken.toString());
            return Optional.empty();
        }
        byte[] content = file.length < DIGEST_BYTES ? new byte[0] : Arrays.copyOfRange(file, DIGEST_BYTES, file.length);
        if (file.length < DIGEST_BYTES || !Arrays.equals(Arrays.copyOf(file, DIGEST_BYTES), digest(part, content))) {
            drop(part, "");
            return Optional.empty();
        }
        recalled += own.contains(part) ? 0 : 1;
        return Optional.of(content);
    }

    private void drop(String part, String why) {
        try {
            Files.deleteIfExists(file(part));
        } catch (IOException stays) {
            // it is written over, or that fails and is said
        }
        if (!foreign) {
            foreign = true;
            Problem problem = Problem.usage(
                            "compress.journal",
                            "parts of an interrupted search are made again, since they don't belong to this one")
                    .at(folder.toString());
            problems.add(problem.because(
                    why.isEmpty() ? "the model, the samples or the options have changed, or they are damaged" : why));
        }
    }

    @Override
    public void keep(String part, byte[] content) {
        own.add(part);
        if (unwritable) {
            return;
        }
        Path draft = file(part).resolveSibling(file(part).getFileName() + DRAFT);
        try {
            Files.createDirectories(folder);
            try (var out = Files.newOutputStream(draft)) {
                out.write(digest(part, content));
                out.write(content);
            }
            Files.move(draft, file(part), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException broken) {
            unwritable = true;
            discard(draft);
            // what can't be gone on with would only take space that the result may need
            finished();
            problems.add(Problem.environment("compress.journal", "this search can't be resumed if it is interrupted")
                    .at(folder.toString())
                    .because(reason(broken)));
        }
    }

    private static String reason(IOException broken) {
        return broken instanceof FileSystemException named && named.getReason() != null
                ? named.getReason()
                : broken instanceof FileSystemException
                        ? broken.getClass().getSimpleName()
                        : String.valueOf(broken.getMessage());
    }

    @Override
    public List<Problem> problems() {
        var all = new ArrayList<>(problems);
        if (recalled > 0) {
            all.addFirst(Problem.usage(
                            "compress.resumed",
                            "an interrupted search went on: " + recalled + (recalled == 1 ? " part was" : " parts were")
                                    + " done already")
                    .at(folder.toString()));
        }
        return List.copyOf(all);
    }

    /** Takes away what a journal writes, and the folder where nothing else lies in it. */
    @Override
    public void finished() {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file ->
                            file.toString().endsWith(SUFFIX) || file.toString().endsWith(SUFFIX + DRAFT))
                    .forEach(FolderJournal::discard);
        } catch (IOException | UncheckedIOException stays) {
            return;
        }
        discard(folder);
    }

    private static void discard(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException stays) {
            // nothing depends on its absence
        }
    }

    private Path file(String part) {
        byte[] name = sha256().digest(part.getBytes(StandardCharsets.UTF_8));
        return folder.resolve(HexFormat.of().formatHex(name, 0, 10) + SUFFIX);
    }

    private byte[] digest(String part, byte[] content) {
        MessageDigest digest = sha256();
        for (String text : List.of(key, part)) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            digest.update(
                    ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
            digest.update(bytes);
        }
        return digest.digest(content);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
