package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The libraries of a Linux system that some programs need and don't bring along: the C library, its loader, and what a native
 * runtime is linked with. As a loader would find them, by the names in the files' dynamic sections.
 */
final class SharedLibraries {
    private static final int MOST_LINKS = 40;

    private final Platform platform;
    private final Path root;
    private final Map<String, Elf> own = new HashMap<>();

    private SharedLibraries(Platform platform, Path root) {
        this.platform = platform;
        this.root = root.toAbsolutePath().normalize();
    }

    /**
     * Finds what all ELF files below {@code tree} need.
     *
     * @param root of a Linux system of that platform; {@code /} for this one
     * @return files by their absolute path in an image, which is where the system's loader looks
     * @throws dev.skerry.problem.ProblemException {@code image.base} where one is missing, too old, or of another platform
     */
    static SortedMap<String, Path> of(Path tree, Platform platform, Path root) throws IOException {
        return new SharedLibraries(platform, root).closure(tree);
    }

    private SortedMap<String, Path> closure(Path tree) throws IOException {
        var found = new TreeMap<String, Path>();
        var systems = new HashMap<String, Elf>();
        var queue = new ArrayDeque<Map.Entry<String, Elf>>();
        try (var walk = Files.walk(tree)) {
            for (Path file : (Iterable<Path>) walk.filter(Files::isRegularFile).sorted()::iterator) {
                if (Elf.isOne(file)) {
                    Elf elf = Elf.read(file);
                    requirePlatform(elf, file);
                    own.put(file.getFileName().toString(), elf);
                    if (elf.soname() != null) {
                        own.put(elf.soname(), elf);
                    }
                    queue.add(Map.entry(tree.relativize(file).toString(), elf));
                }
            }
        }
        var asked = new HashSet<String>();
        while (!queue.isEmpty()) {
            var user = queue.remove();
            var wanted = new LinkedHashSet<>(user.getValue().needed());
            String interpreter = user.getValue().interpreter();
            if (interpreter != null) {
                wanted.add(interpreter);
            }
            for (String name : wanted) {
                if (!own.containsKey(name) && asked.add(name)) {
                    String place = find(name, user.getKey());
                    Path file = within(place).orElseThrow(() -> new IOException(place + " went away"));
                    Elf elf = Elf.read(file);
                    requirePlatform(elf, file);
                    found.put(place, file);
                    systems.put(place.substring(place.lastIndexOf('/') + 1), elf);
                    queue.add(Map.entry(place, elf));
                }
            }
            requireVersions(user.getKey(), user.getValue(), systems);
        }
        return found;
    }

    /** A soname, or the absolute path of a loader. */
    private String find(String name, String user) throws IOException {
        var looked = new ArrayList<String>();
        for (String folder : name.startsWith("/") ? List.of("") : platform.libraryFolders()) {
            String place = name.startsWith("/") ? name : folder + "/" + name;
            looked.add(place);
            if (within(place).isPresent()) {
                return place;
            }
        }
        throw Problem.usage("image.base", "the base system has no " + name)
                .at(root.toString())
                .because(user + " needs it; looked for " + String.join(", ", looked))
                .attempt("--base " + platform.id()
                        + "=DIR with the root of a system that has it (Debian: libc6, libstdc++6," + " libgcc-s1)")
                .toException();
    }

    /** The file at an absolute path of that system; its links lead to its own files, and not to this machine's. */
    private Optional<Path> within(String place) throws IOException {
        var rest = new ArrayDeque<>(List.of(place.split("/")));
        Path at = root;
        for (int links = 0; !rest.isEmpty(); ) {
            String part = rest.removeFirst();
            Path next = at.resolve(part);
            if (part.equals("..")) {
                at = at.equals(root) ? root : Objects.requireNonNull(at.getParent());
            } else if (Files.isSymbolicLink(next)) {
                if (++links > MOST_LINKS) {
                    return Optional.empty();
                }
                String target = Files.readSymbolicLink(next).toString();
                at = target.startsWith("/") ? root : at;
                List.of(target.split("/")).reversed().forEach(rest::addFirst);
            } else if (!part.isEmpty() && !part.equals(".")) {
                at = next;
            }
        }
        return Files.isRegularFile(at, LinkOption.NOFOLLOW_LINKS) ? Optional.of(at) : Optional.empty();
    }

    private void requireVersions(String user, Elf elf, Map<String, Elf> systems) {
        elf.versionsNeeded().forEach((library, versions) -> {
            Elf system = systems.get(library);
            if (system == null || own.containsKey(library)) {
                return;
            }
            for (String version : versions) {
                if (!system.versionsDefined().contains(version)) {
                    throw Problem.usage("image.base", "the base system's " + library + " is too old")
                            .at(root.toString())
                            .because(user + " needs " + version + ", which it doesn't have")
                            .attempt("--base " + platform.id() + "=DIR with a newer system")
                            .toException();
                }
            }
        });
    }

    private void requirePlatform(Elf elf, Path file) {
        if (elf.machine() != platform.elfMachine()) {
            throw Problem.usage("image.base", "a file is for another machine than " + platform.id())
                    .at(file.toString())
                    .because("its ELF header says machine " + elf.machine() + " instead of " + platform.elfMachine())
                    .attempt("--base " + platform.id() + "=DIR with a system of that platform")
                    .toException();
        }
    }
}
