package dev.skerry.agent;

import dev.skerry.agent.InferenceRequest.SharedPlace;
import dev.skerry.problem.Problem;
import dev.skerry.problem.Suggestion;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Memory that clients on this machine share with the agent, by the names of POSIX shared memory objects. What lies in it is
 * copied before a runtime sees it: a client may shorten or overwrite its memory at any moment, and that must cost it its
 * answer and nobody else theirs.
 */
final class SharedRegions implements AutoCloseable {
    /** What {@code shm_open} takes on every system: one name, not a way to another folder. */
    private static final Pattern KEY = Pattern.compile("/?[A-Za-z0-9_.-]{1,250}");

    private static final int LONGEST_NAME = 256;

    private final Path folder;
    private final boolean allowed;
    private final int most;
    private final Map<String, Region> regions = new ConcurrentHashMap<>();

    /**
     * A registered region.
     *
     * @param offset in the shared memory object
     */
    record Region(String name, String key, long offset, long bytes, Arena arena, MemorySegment memory) {}

    /**
     * No regions yet.
     *
     * @param folder where the system shows shared memory objects as files, {@code /dev/shm}
     * @param most that may be registered at once
     */
    SharedRegions(Path folder, boolean allowed, int most) {
        this.folder = folder;
        this.allowed = allowed;
        this.most = most;
    }

    boolean allowed() {
        return allowed;
    }

    synchronized void register(String name, String key, long offset, long bytes) {
        requireAllowed();
        if (name.isEmpty() || name.length() > LONGEST_NAME) {
            throw problem("a region needs a name of at most " + LONGEST_NAME + " characters", name)
                    .toException();
        }
        if (regions.containsKey(name)) {
            throw problem("a region of this name is registered already", name)
                    .attempt("to unregister it first")
                    .toException();
        }
        if (regions.size() >= most) {
            throw problem("as many regions as may be are registered", name)
                    .because(most + " are")
                    .attempt("to unregister what isn't used any more")
                    .toException();
        }
        if (offset < 0 || bytes <= 0 || offset > Long.MAX_VALUE - bytes) {
            throw problem("a region lies at an offset from 0 on and has at least a byte", name)
                    .because("offset " + offset + ", byte_size " + bytes)
                    .toException();
        }
        regions.put(name, map(name, key, offset, bytes));
    }

    private Region map(String name, String key, long offset, long bytes) {
        String file = key.startsWith("/") ? key.substring(1) : key;
        if (!KEY.matcher(key).matches() || file.equals(".") || file.equals("..")) {
            throw problem("the key is no name of shared memory", name)
                    .because(
                            "it has letters, digits, dots, dashes and underscores, and at most one slash, at its beginning")
                    .toException();
        }
        Path path = folder.resolve(file);
        // no link is followed: it could lead to any file that the agent may read
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            throw absent(name, key);
        }
        Arena arena = Arena.ofShared();
        boolean mapped = false;
        try (FileChannel channel = FileChannel.open(
                path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
            if (channel.size() < offset + bytes) {
                throw problem("the shared memory is smaller than the region", name)
                        .because(key + " has " + channel.size() + " bytes, the region ends at " + (offset + bytes))
                        .toException();
            }
            var region = new Region(
                    name, key, offset, bytes, arena, channel.map(FileChannel.MapMode.READ_WRITE, offset, bytes, arena));
            mapped = true;
            return region;
        } catch (NoSuchFileException gone) {
            throw absent(name, key);
        } catch (IOException e) {
            throw problem("the shared memory can't be mapped", name)
                    .because(e.getMessage())
                    .attempt("to let the agent's user read and write " + key)
                    .toException();
        } finally {
            if (!mapped) {
                arena.close();
            }
        }
    }

    private RuntimeException absent(String name, String key) {
        return problem("there is no shared memory of this key", name)
                .because(key + " is not in " + folder)
                .attempt("shm_open and ftruncate before it is registered")
                .toException();
    }

    /** What is registered; one region where a name is given. */
    List<Region> status(String name) {
        requireAllowed();
        if (name.isEmpty()) {
            return regions.values().stream()
                    .sorted((a, b) -> a.name().compareTo(b.name()))
                    .toList();
        }
        return List.of(region(name));
    }

    /** One region, or all of them where no name is given; one that isn't registered is no error. */
    synchronized void unregister(String name) {
        requireAllowed();
        for (String each : name.isEmpty() ? List.copyOf(regions.keySet()) : List.of(name)) {
            Region region = regions.remove(each);
            if (region != null) {
                region.arena().close();
            }
        }
    }

    /** Copies a place out of its region, to memory of the same size. */
    void read(SharedPlace place, MemorySegment to) {
        touch(place, memory -> to.copyFrom(memory));
    }

    /** Copies into a place, at its beginning. */
    void write(SharedPlace place, MemorySegment from) {
        if (from.byteSize() > place.bytes()) {
            throw problem("an output is larger than the memory that is meant for it", place.region())
                    .because(from.byteSize() + " bytes don't fit " + place.bytes())
                    .toException();
        }
        touch(place, memory -> memory.asSlice(0, from.byteSize()).copyFrom(from));
    }

    private void touch(SharedPlace place, java.util.function.Consumer<MemorySegment> use) {
        requireAllowed();
        Region region = region(place.region());
        if (place.offset() < 0 || place.bytes() < 0 || place.offset() > region.bytes() - place.bytes()) {
            throw problem("a tensor lies outside of its region", place.region())
                    .because("offset " + place.offset() + " and " + place.bytes() + " bytes, the region has "
                            + region.bytes())
                    .toException();
        }
        try {
            use.accept(region.memory().asSlice(place.offset(), place.bytes()));
        } catch (IllegalStateException closed) {
            throw problem("the region was unregistered in the middle of a request", place.region())
                    .toException();
        } catch (InternalError shortened) {
            // how the JVM tells of memory that is gone
            throw problem("the shared memory has become smaller since it was registered", place.region())
                    .toException();
        }
    }

    private Region region(String name) {
        Region region = regions.get(name);
        if (region == null) {
            var problem = Problem.usage("serve.region", "no region of shared memory has this name")
                    .at("region " + name)
                    .because(regions.isEmpty() ? "none is registered" : null);
            throw Suggestion.nearest(name, regions.keySet())
                    .map(problem::attempt)
                    .orElse(problem)
                    .toException();
        }
        return region;
    }

    private void requireAllowed() {
        if (!allowed) {
            throw Problem.usage("serve.shared-memory", "clients may not share memory with this agent")
                    .attempt("skerry agent --client-shm, where all clients are trusted")
                    .toException();
        }
    }

    private static Problem problem(String what, String region) {
        return Problem.usage("serve.shared-memory", what).at("region " + region);
    }

    @Override
    public synchronized void close() {
        regions.values().forEach(region -> region.arena().close());
        regions.clear();
    }
}
