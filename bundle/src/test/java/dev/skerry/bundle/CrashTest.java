package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A packing process dies before each of its changes to the disk in turn, and at any moment. */
class CrashTest {
    private static final int DIED = 87;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"b", "b.tar"})
    void diedBeforeAnyChange(String name) throws Exception {
        SigningKey key = SigningKey.loadOrCreate(folder.resolve("key/key.pem"));
        Path out = folder.resolve("out").resolve(name);
        BundleWriter.write(Fixtures.content("old"), key, out);
        int changes = 0;
        // the child starts over after each death, until it lives to the end
        while (child(out, Integer.toString(changes)).waitFor() == DIED) {
            String version = version(out, key);
            assertThat(version).isIn("old", "new", "none");
            if (name.endsWith(".tar")) {
                assertThat(version).isNotEqualTo("none");
            }
            BundleWriter.write(Fixtures.content("old"), key, out);
            assertThat(Fixtures.names(folder.resolve("out"))).containsExactly(name);
            changes++;
        }
        assertThat(changes).isGreaterThan(12);
        assertThat(version(out, key)).isEqualTo("new");
    }

    @Test
    void killedAtAnyMoment() throws Exception {
        SigningKey key = SigningKey.loadOrCreate(folder.resolve("key/key.pem"));
        Path out = folder.resolve("out/b");
        BundleWriter.write(Fixtures.content("old"), key, out);
        var random = new SplittableRandom(21);
        for (int run = 0; run < 4; run++) {
            Process child = child(out, "forever");
            assertThat(child.getInputStream().read()).isEqualTo('!');
            TimeUnit.MILLISECONDS.sleep(random.nextInt(100));
            child.destroyForcibly().waitFor();
            assertThat(version(out, key)).isIn("old", "new", "none");
            BundleWriter.write(Fixtures.content("old"), key, out);
            assertThat(Fixtures.names(folder.resolve("out"))).containsExactly("b");
        }
    }

    @Test
    void livingProcessesAreLeftAlone() throws IOException {
        Path out = folder.resolve("b");
        try (Staging other = Staging.beside(out, () -> {})) {
            Files.writeString(other.content(), "half");
            BundleWriter.write(Fixtures.content("1"), SigningKey.generate(), out);
            assertThat(other.content()).hasContent("half");
        }
        assertThat(Fixtures.names(folder)).containsExactly("b");
    }

    private static String version(Path out, SigningKey key) {
        if (!Files.exists(out)) {
            return "none";
        }
        assertThat(Bundle.verify(out, TrustedKeys.of(key))).isInstanceOf(Verification.Verified.class);
        return Bundle.open(out).manifest().version();
    }

    private Process child(Path out, String when) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Packer.class.getName(),
                        out.toString(),
                        folder.resolve("key/key.pem").toString(),
                        when)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** The child: packs the new version, and dies before the nth change. */
    static final class Packer {
        private static int left;

        public static void main(String[] args) throws IOException {
            Path out = Path.of(args[0]);
            SigningKey key = SigningKey.loadOrCreate(Path.of(args[1]));
            if (args[2].equals("forever")) {
                System.out.write('!');
                System.out.flush();
                while (true) {
                    BundleWriter.write(Fixtures.content("new"), key, out);
                }
            }
            left = Integer.parseInt(args[2]);
            BundleWriter.write(Fixtures.content("new"), key, out, () -> {
                if (left-- == 0) {
                    Runtime.getRuntime().halt(DIED);
                }
            });
        }
    }
}
