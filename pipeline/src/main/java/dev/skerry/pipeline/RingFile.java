package dev.skerry.pipeline;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SampleRing} in a memory-mapped file between two processes; best in a file system in memory such as {@code /run} or
 * {@code /dev/shm}, where no page has to wait for a disk. The file appears whole, one process at a time writes, and a writer
 * that comes back goes on where the last one stopped.
 */
public final class RingFile implements AutoCloseable {
    private final SampleRing ring;
    private final @Nullable FileChannel locked;

    private RingFile(SampleRing ring, @Nullable FileChannel locked) {
        this.ring = ring;
        this.locked = locked;
    }

    /**
     * Opens the ring to write to it; makes the file anew where there is none or one of another layout.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.ring} where the file can't be made, or another process
     *     writes it
     */
    public static RingFile write(Path file, SampleLayout layout, int slots) {
        Path target = file.toAbsolutePath();
        try {
            if (!fits(target, layout, slots)) {
                make(target, layout, slots);
            }
            return open(target, true);
        } catch (IOException e) {
            throw Problem.environment("pipeline.ring", "the ring's file can't be made")
                    .at(file.toString())
                    .because(e.toString())
                    .attempt("a folder that may be written to, with " + SampleRing.bytes(layout, slots) + " bytes free")
                    .toException();
        }
    }

    /**
     * Opens a ring to read from it.
     *
     * @throws dev.skerry.problem.ProblemException code {@code pipeline.ring} where there is none
     */
    public static RingFile read(Path file) {
        try {
            return open(file.toAbsolutePath(), false);
        } catch (NoSuchFileException e) {
            throw Problem.environment("pipeline.ring", "no such ring")
                    .at(file.toString())
                    .attempt("starting the program that writes it")
                    .toException();
        } catch (IOException e) {
            throw Problem.environment("pipeline.ring", "the ring's file can't be read")
                    .at(file.toString())
                    .because(e.toString())
                    .toException();
        }
    }

    private static boolean fits(Path file, SampleLayout layout, int slots) throws IOException {
        if (!Files.exists(file)) {
            return false;
        }
        try (RingFile found = open(file, false)) {
            return found.ring.layout().equals(layout) && found.ring.slots() == slots;
        } catch (ProblemException e) {
            return false;
        }
    }

    /** Beside its place, and then moved there, so that a reader finds all of it or nothing. */
    private static void make(Path file, SampleLayout layout, int slots) throws IOException {
        Path parent = file.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Path draft = Files.createTempFile(parent, "." + file.getFileName(), ".tmp");
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined()) {
            long bytes = SampleRing.bytes(layout, slots);
            // written, not only mapped: a full file system says so here and not by a signal later
            var zeros = java.nio.ByteBuffer.allocate(1 << 16);
            for (long done = 0; done < bytes; done += zeros.position()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - done));
                while (zeros.hasRemaining()) {
                    channel.write(zeros);
                }
            }
            SampleRing.create(channel.map(MapMode.READ_WRITE, 0, bytes, arena), layout, slots);
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static RingFile open(Path file, boolean writing) throws IOException {
        FileChannel channel = writing
                ? FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)
                : FileChannel.open(file, StandardOpenOption.READ);
        boolean opened = false;
        try {
            if (writing && !lock(channel)) {
                throw Problem.environment("pipeline.ring", "another process writes this ring")
                        .at(file.toString())
                        .attempt("another file, or an end of that process")
                        .toException();
            }
            MemorySegment memory =
                    channel.map(writing ? MapMode.READ_WRITE : MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            SampleRing ring = SampleRing.attach(memory, file.toString());
            opened = true;
            return new RingFile(ring, writing ? channel : null);
        } finally {
            if (!opened || !writing) {
                channel.close();
            }
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    public SampleRing ring() {
        return ring;
    }

    /** Lets another process write. The memory stays mapped for as long as a reader or writer of it is in use. */
    @Override
    public void close() {
        if (locked != null) {
            try {
                locked.close();
            } catch (IOException _) {
                // the lock goes with the process
            }
        }
    }
}
