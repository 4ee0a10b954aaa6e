package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What processes that were killed leave in memory, and who takes it away. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class RingFolderTest {
    @TempDir
    Path parent;

    private Path left(String name) throws IOException {
        Path folder = Files.createDirectory(parent.resolve(name));
        Files.write(folder.resolve("owner"), new byte[0]);
        Files.write(folder.resolve("samples.ring"), new byte[100]);
        return folder;
    }

    @Test
    void whatAKilledProcessHasLeftIsTakenAway() throws IOException {
        Path dead = left("skerry-dead");
        try (RingFolder folder = RingFolder.in(parent)) {
            assertThat(dead).doesNotExist();
            assertThat(folder.path()).isDirectory();
        }
        assertThat(parent).isEmptyDirectory();
    }

    @Test
    void whatIsInUseStays() {
        try (RingFolder first = RingFolder.in(parent);
                RingFolder second = RingFolder.in(parent)) {
            assertThat(first.path()).isDirectory();
            assertThat(second.path()).isDirectory();
        }
    }

    @Test
    void whatIsSomebodyElsesStays() throws IOException {
        Path other = left("elsewhere");
        Files.createSymbolicLink(parent.resolve("skerry-link"), other);
        Files.createDirectory(parent.resolve("skerry-unowned"));
        Path file = Files.write(parent.resolve("skerry-file"), new byte[1]);
        try (RingFolder folder = RingFolder.in(parent)) {
            assertThat(folder.path()).isDirectory();
        }
        assertThat(other.resolve("samples.ring")).exists();
        assertThat(parent.resolve("skerry-unowned")).isDirectory();
        assertThat(file).exists();
    }
}
