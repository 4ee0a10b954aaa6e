package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a file system of 256 KiB; where this process may not mount one, the failure is made up at the same place. */
class DiskFullTest {
    private static final int TOO_LARGE_BYTES = 300_000;

    @TempDir
    Path folder;

    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        disk = Files.createDirectory(folder.resolve("disk"));
        mounted = run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk.toString());
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mounted) {
            run("umount", disk.toString());
        }
    }

    @Test
    void leavesTheOldBundleAndNoTrace() {
        SigningKey key = SigningKey.generate();
        for (String name : new String[] {"b", "b.tar"}) {
            Path out = disk.resolve(name);
            BundleWriter.write(Fixtures.content("1"), key, out);
            var files = new TreeMap<>(Fixtures.content("2").files());
            files.put("model.onnx", large());
            var content = new BundleContent(Fixtures.manifest("2"), files);
            assertThatThrownBy(() -> BundleWriter.write(content, key, out))
                    .isInstanceOfSatisfying(ProblemException.class, e -> {
                        assertThat(e.problem().code()).isEqualTo("bundle.disk-full");
                        assertThat(e.problem().kind()).isEqualTo(Problem.Kind.ENVIRONMENT);
                    });
            assertThat(Bundle.verify(out, TrustedKeys.of(key))).isInstanceOf(Verification.Verified.class);
            assertThat(Bundle.open(out).manifest().version()).isEqualTo("1");
        }
        assertThat(Fixtures.names(disk)).containsExactly("b", "b.tar");
    }

    @Test
    void aStandaloneFolderIsWrittenWholeOrNotAtAll() throws IOException {
        assumeTrue(mounted);
        SigningKey key = SigningKey.generate();
        Path bundle = folder.resolve("b.tar");
        BundleWriter.write(Fixtures.content("1"), key, bundle);
        Path jar = Files.write(folder.resolve("large.jar"), emptyZipWith(TOO_LARGE_BYTES));
        for (String name : new String[] {"s", "s.tar"}) {
            assertThatThrownBy(() -> Standalone.write(new Standalone.Request(
                            bundle,
                            Platform.LINUX_X64,
                            List.of(jar),
                            "a.Main",
                            List.of("@BUNDLE@"),
                            null,
                            null,
                            disk.resolve(name))))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().code()).isEqualTo("bundle.disk-full"));
        }
        assertThat(Fixtures.names(disk)).isEmpty();
    }

    private static byte[] emptyZipWith(int bytes) throws IOException {
        var content = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(content)) {
            zip.setLevel(0);
            zip.putNextEntry(new ZipEntry("a.bin"));
            zip.write(new byte[bytes]);
        }
        return content.toByteArray();
    }

    private FileContent large() {
        if (mounted) {
            return FileContent.of(new byte[TOO_LARGE_BYTES]);
        }
        var readings = new java.util.concurrent.atomic.AtomicInteger();
        return () -> {
            if (readings.getAndIncrement() > 0) {
                throw new IOException("No space left on device");
            }
            return new ByteArrayInputStream(new byte[TOO_LARGE_BYTES]);
        };
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }
}
