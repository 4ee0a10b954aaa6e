package dev.skerry.bundle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A place beside a target where its new content is written, to take the target's name in one step when it is complete and on
 * the disk. Whatever happens before that step leaves the target as it was.
 *
 * <p>A process that dies leaves its place behind, unlocked by the operating system; the next one for the same target removes
 * it. A file is replaced in one step. A folder that exists cannot be, so the old one steps aside first: a crash just between
 * leaves neither, never a half.
 */
final class Staging implements AutoCloseable {
    private static final String SUFFIX = ".packing-";
    private static final String LOCK = "lock";
    private static final int MOST_ATTEMPTS = 100;

    private final Path target;
    private final Path place;
    private final FileChannel lockFile;
    private final Runnable beforeChange;

    private Staging(Path target, Path place, FileChannel lockFile, Runnable beforeChange) {
        this.target = target;
        this.place = place;
        this.lockFile = lockFile;
        this.beforeChange = beforeChange;
    }

    /**
     * Takes a place and removes those that dead processes left.
     *
     * @param beforeChange called before each change to the disk; a test may die there
     */
    static Staging beside(Path target, Runnable beforeChange) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new NoSuchFileException(target.toString());
        }
        beforeChange.run();
        Files.createDirectories(parent);
        String prefix = "." + absolute.getFileName() + SUFFIX;
        removeLeftovers(parent, prefix);
        while (true) {
            beforeChange.run();
            Path place = Files.createTempDirectory(parent, prefix);
            beforeChange.run();
            @Nullable FileChannel lockFile = lock(place);
            if (lockFile != null) {
                return new Staging(absolute, place, lockFile, beforeChange);
            }
        }
    }

    /** The place's lock, held; null where another process took the new place for a leftover before it was locked. */
    private static @Nullable FileChannel lock(Path place) throws IOException {
        Path file = place.resolve(LOCK);
        @Nullable FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            channel.lock();
            if (Files.exists(file)) {
                FileChannel held = channel;
                channel = null;
                return held;
            }
        } catch (NoSuchFileException | OverlappingFileLockException e) {
            // being removed at this moment
        } finally {
            if (channel != null) {
                channel.close();
            }
        }
        return null;
    }

    /** Where the new content goes; nothing is there yet. */
    Path content() {
        return place.resolve("new");
    }

    /** Room for drafts, which goes away with the place. */
    Path scratch() {
        return place.resolve("scratch");
    }

    void beforeChange() {
        beforeChange.run();
    }

    /** The new content, every file of it already forced to the disk, takes the target's name. */
    void publish() throws IOException {
        if (Files.isDirectory(content())) {
            syncFolders(content());
            beforeChange.run();
            replaceFolder();
        } else {
            beforeChange.run();
            Files.move(content(), target, StandardCopyOption.ATOMIC_MOVE);
        }
        beforeChange.run();
        Path parent = target.getParent();
        if (parent != null) {
            sync(parent);
        }
    }

    /** Others may publish to the same target meanwhile; then this one is the later and replaces theirs. */
    private void replaceFolder() throws IOException {
        for (int attempt = 0; !tryReplaceFolder(place.resolve("old-" + attempt)); attempt++) {
            if (attempt == MOST_ATTEMPTS) {
                throw new IOException("other processes keep writing there");
            }
        }
    }

    private boolean tryReplaceFolder(Path old) throws IOException {
        boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
        try {
            if (replaces) {
                Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
                beforeChange.run();
            }
        } catch (NoSuchFileException e) {
            return false;
        }
        try {
            Files.move(content(), target, StandardCopyOption.ATOMIC_MOVE);
            return true;
        } catch (IOException e) {
            if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                return false;
            }
            if (replaces) {
                Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
    }

    /** Removes what was not published, and what it replaced. */
    @Override
    public void close() throws IOException {
        try (lockFile) {
            beforeChange.run();
            delete(place);
        }
    }

    static void delete(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(tree, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e) throws IOException {
                if (e != null) {
                    throw e;
                }
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static void removeLeftovers(Path parent, String prefix) throws IOException {
        try (var children = Files.newDirectoryStream(
                parent, child -> child.getFileName().toString().startsWith(prefix))) {
            for (Path place : children) {
                removeIfAbandoned(place);
            }
        }
    }

    private static void removeIfAbandoned(Path place) throws IOException {
        try (var file = FileChannel.open(place.resolve(LOCK), StandardOpenOption.WRITE);
                @Nullable FileLock lock = file.tryLock()) {
            if (lock != null) {
                delete(place);
            }
        } catch (OverlappingFileLockException e) {
            // another thread of this process is at work there
        } catch (NoSuchFileException e) {
            // died before it had a lock, or is about to make one; then it starts again elsewhere
            try {
                Files.deleteIfExists(place);
            } catch (DirectoryNotEmptyException alive) {
                // it has one now
            }
        }
    }

    private static void syncFolders(Path root) throws IOException {
        try (var tree = Files.walk(root)) {
            for (Path folder : (Iterable<Path>) tree.filter(Files::isDirectory)::iterator) {
                sync(folder);
            }
        }
    }

    /** Forces all files of a tree to the disk, where whoever wrote them did not. */
    static void syncFiles(Path root) throws IOException {
        try (var tree = Files.walk(root)) {
            for (Path file : (Iterable<Path>)
                    tree.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))::iterator) {
                sync(file);
            }
        }
    }

    /** Makes content or, of a folder, names durable: on Linux a folder is forced like a file. */
    private static void sync(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
