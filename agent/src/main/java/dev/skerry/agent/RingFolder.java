package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A folder for rings that nobody but this user may look into. It is this process's for as long as its lock is held, and the
 * system lets go of that when the process is killed; whoever opens the next one takes away what such processes have left,
 * since it is memory.
 */
final class RingFolder implements AutoCloseable {
    private static final String PREFIX = "skerry-";
    private static final String OWNER = "owner";

    private final Path path;
    private final FileChannel owner;

    private RingFolder(Path path, FileChannel owner) {
        this.path = path;
        this.owner = owner;
    }

    /** @throws dev.skerry.problem.ProblemException code {@code network.rings} where it can't be made */
    @SuppressWarnings("MustBeClosedChecker") // the folder that is returned closes it
    static RingFolder in(Path parent) {
        try {
            Path path = Files.createTempDirectory(
                    parent, PREFIX, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            // locked before it has its name, so that nobody finds it without its lock
            Path draft = path.resolve("." + OWNER);
            FileChannel owner = FileChannel.open(draft, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            owner.lock();
            Files.move(draft, path.resolve(OWNER));
            var folder = new RingFolder(path, owner);
            folder.sweep(parent);
            return folder;
        } catch (IOException | UnsupportedOperationException e) {
            throw Problem.environment("network.rings", "the folder of the rings can't be made")
                    .at(parent.toString())
                    .because(e.toString())
                    .toException();
        }
    }

    private void sweep(Path parent) {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (Path each : found) {
                if (!each.equals(path) && isAbandoned(each)) {
                    delete(each);
                }
            }
        } catch (IOException _) {
            // what can't be seen can't be taken away
        }
    }

    /** Others can't put a folder of theirs in the place of one of this user's. */
    private boolean isAbandoned(Path folder) {
        try {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    || !user(folder).equals(user(path))) {
                return false;
            }
            try (FileChannel channel = FileChannel.open(
                    folder.resolve(OWNER), Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
                return channel.tryLock() != null;
            }
        } catch (IOException | OverlappingFileLockException _) {
            return false;
        }
    }

    private static Object user(Path folder) throws IOException {
        return Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static void delete(Path folder) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (IOException _) {
            // some memory that goes with the next start of the machine
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        delete(path);
        try {
            owner.close();
        } catch (IOException _) {
            // the lock goes with the process
        }
    }
}
