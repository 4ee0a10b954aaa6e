package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What programs and libraries say that they need, and where a base system has it. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ElfTest {
    private static final Platform HERE = Platform.here().orElseThrow();
    private static final Path JAVA = Path.of(System.getProperty("java.home"));

    @TempDir
    Path folder;

    @Test
    void readsWhatAProgramNeeds() throws IOException {
        Elf java = Elf.read(JAVA.resolve("bin/java"));
        assertThat(java.machine()).isEqualTo(HERE.elfMachine());
        assertThat(java.interpreter()).startsWith("/lib").contains("ld-linux");
        assertThat(java.needed()).contains("libjli.so", "libc.so.6");
        assertThat(String.join(":", java.runPath())).contains("$ORIGIN");
        Elf machine = Elf.read(JAVA.resolve("lib/server/libjvm.so"));
        assertThat(machine.soname()).isEqualTo("libjvm.so");
        assertThat(machine.interpreter()).isNull();
        assertThat(machine.versionsNeeded().get("libc.so.6")).anyMatch(version -> version.startsWith("GLIBC_2."));
    }

    @Test
    void findsTheClosureInThisSystem() throws IOException {
        SortedMap<String, Path> found = SharedLibraries.of(tree(), HERE, Path.of("/"));
        assertThat(found.keySet()).anyMatch(place -> place.endsWith("/libc.so.6"));
        assertThat(found.keySet()).anyMatch(place -> place.contains("ld-linux"));
        assertThat(found.keySet()).noneMatch(place -> place.endsWith("libjvm.so"));
        found.values().forEach(file -> assertThat(file).isRegularFile());
    }

    @Test
    void linksOfABaseLeadToItsOwnFiles() throws IOException {
        Path tree = tree();
        Path base = Files.createDirectory(folder.resolve("base"));
        SharedLibraries.of(tree, HERE, Path.of("/")).forEach((place, file) -> copy(file, base.resolve("own" + place)));
        // as Debian's loader does: an absolute link, which on this machine would lead to this machine's file
        for (Path file : SharedLibraries.of(tree, HERE, Path.of("/")).keySet().stream()
                .map(Path::of)
                .toList()) {
            Path link = base.resolve(file.toString().substring(1));
            Files.createDirectories(link.toAbsolutePath().getParent());
            Files.createSymbolicLink(link, Path.of("/own" + file));
        }
        SharedLibraries.of(tree, HERE, base)
                .forEach((place, file) -> assertThat(file).isEqualTo(base.resolve("own" + place)));
        // the links now lead nowhere in the base, though such files are on this machine
        Files.move(base.resolve("own"), base.resolve("other"));
        BundleTest.assertProblem(() -> closure(tree, base), "the base system has no", Problem.Kind.USAGE);
    }

    @Test
    void namesWhatABaseLacks() throws IOException {
        Path tree = tree();
        Path base = Files.createDirectory(folder.resolve("base"));
        BundleTest.assertProblem(() -> closure(tree, base), "the base system has no", Problem.Kind.USAGE);
        Path libraries = Files.createDirectories(
                base.resolve(HERE.libraryFolders().getFirst().substring(1)));
        SharedLibraries.of(tree, HERE, Path.of("/"))
                .forEach((place, file) -> copy(file, base.resolve(place.substring(1))));
        // another library in the place of the C library has none of its versions
        Files.copy(
                JAVA.resolve("lib/libzip.so"),
                libraries.resolve("libc.so.6"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        BundleTest.assertProblem(() -> closure(tree, base), "is too old", Problem.Kind.USAGE);
        Platform other = HERE == Platform.LINUX_X64 ? Platform.LINUX_ARM64 : Platform.LINUX_X64;
        BundleTest.assertProblem(
                () -> {
                    try {
                        SharedLibraries.of(tree, other, Path.of("/"));
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                "for another machine",
                Problem.Kind.USAGE);
    }

    @Test
    void damagedFilesAreRefusedAndNothingElseHappens() throws IOException {
        byte[] whole = Files.readAllBytes(JAVA.resolve("lib/libzip.so"));
        var random = new Random(7);
        for (int i = 0; i < 1500; i++) {
            byte[] broken = whole.clone();
            for (int k = 0; k < 4; k++) {
                int at = random.nextInt(3) == 0 ? random.nextInt(64) : random.nextInt(broken.length);
                broken[at] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                broken = java.util.Arrays.copyOf(broken, random.nextInt(broken.length));
            }
            try {
                Elf.parse(broken, "broken");
            } catch (IOException expected) {
                // the one way to refuse
            }
        }
        assertThatThrownBy(() -> Elf.parse(new byte[] {1, 2, 3}, "short")).isInstanceOf(IOException.class);
    }

    private Path tree() throws IOException {
        Path tree = Files.createDirectories(folder.resolve("tree"));
        copy(JAVA.resolve("bin/java"), tree.resolve("java"));
        copy(JAVA.resolve("lib/libjli.so"), tree.resolve("libjli.so"));
        copy(JAVA.resolve("lib/server/libjvm.so"), tree.resolve("libjvm.so"));
        return tree;
    }

    private static void closure(Path tree, Path base) {
        try {
            SharedLibraries.of(tree, HERE, base);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void copy(Path from, Path to) {
        try {
            Files.createDirectories(to.toAbsolutePath().getParent());
            Files.copy(from, to);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
