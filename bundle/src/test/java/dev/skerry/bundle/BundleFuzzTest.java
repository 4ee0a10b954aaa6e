package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.ProblemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random damage, with fixed seeds: the only answers are a refusal, or the very same content. */
class BundleFuzzTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final String[] SPLINTERS = {
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "null",
        "true",
        "-1",
        "1e999",
        "\\u0000",
        "sha256:",
        "\"size\":",
        "\u0000",
        "é",
        "../"
    };

    @TempDir
    Path folder;

    @Test
    void damagedTars() throws IOException {
        Path tar = folder.resolve("b.tar");
        BundleWriter.write(Fixtures.content("1"), KEY, tar);
        byte[] good = Files.readAllBytes(tar);
        var random = new SplittableRandom(31);
        for (int run = 0; run < 2000; run++) {
            byte[] bad = damage(good, random);
            Files.write(tar, bad);
            boolean same = Arrays.equals(bad, good);
            Verification verification = Bundle.verify(tar, TrustedKeys.of(KEY));
            assertThat(verification instanceof Verification.Verified)
                    .as("run %d", run)
                    .isEqualTo(same);
        }
    }

    @Test
    void damagedDocuments() {
        Path out = folder.resolve("b");
        BundleWriter.write(Fixtures.content("1"), KEY, out);
        var random = new SplittableRandom(32);
        for (var file : Fixtures.tree(out).entrySet()) {
            byte[] good = file.getValue();
            if (good.length < 3 || good[0] != '{') {
                continue;
            }
            for (int run = 0; run < 1500; run++) {
                byte[] bad = damage(good, random);
                parses(() -> new JsonFields(CanonicalJson.parse(bad, "x"), "x"));
                parses(() -> BundleManifest.parse(bad, "x"));
                parses(() -> Envelope.parse(bad, "x"));
                parses(() -> OciContents.read(always(bad)));
                parses(() -> Descriptor.parse(new JsonFields(Fixtures.json("{\"digest\":\"x\"}"), "x")));
            }
        }
    }

    @Test
    void manifestsComeBackFromTheirBytes() {
        var random = new SplittableRandom(33);
        for (int run = 0; run < 300; run++) {
            var manifest = Fixtures.manifest("v" + random.nextInt());
            assertThat(BundleManifest.parse(manifest.bytes(), "x")).isEqualTo(manifest);
            assertThat(BundleManifest.parse(manifest.bytes(), "x").bytes()).isEqualTo(manifest.bytes());
        }
    }

    /** The same document whatever is asked for. */
    private static OciContents.Documents always(byte[] bytes) {
        return new OciContents.Documents() {
            @Override
            public String where() {
                return "here";
            }

            @Override
            public byte[] document(String name) {
                return name.equals(OciDocument.LAYOUT_FILE) ? OciDocument.LAYOUT : bytes;
            }
        };
    }

    private static void parses(Runnable parser) {
        try {
            parser.run();
        } catch (ProblemException e) {
            assertThat(e.problem().what()).isNotBlank();
        }
    }

    private static byte[] damage(byte[] good, SplittableRandom random) {
        byte[] bad = good.clone();
        for (int times = 1 + random.nextInt(3); times > 0; times--) {
            int at = random.nextInt(bad.length);
            int length = Math.min(1 + random.nextInt(64), bad.length - at);
            switch (random.nextInt(5)) {
                case 0 -> bad[at] = (byte) random.nextInt(256);
                case 1 -> bad = concat(Arrays.copyOf(bad, at), Arrays.copyOfRange(bad, at + length, bad.length));
                case 2 -> bad = concat(Arrays.copyOf(bad, at + length), Arrays.copyOfRange(bad, at, bad.length));
                case 3 ->
                    bad = concat(
                            concat(
                                    Arrays.copyOf(bad, at),
                                    SPLINTERS[random.nextInt(SPLINTERS.length)].getBytes(StandardCharsets.UTF_8)),
                            Arrays.copyOfRange(bad, at, bad.length));
                default -> Arrays.fill(bad, at, at + length, (byte) random.nextInt(256));
            }
            if (bad.length == 0) {
                return new byte[1];
            }
        }
        return bad;
    }

    private static byte[] concat(byte[] one, byte[] two) {
        byte[] both = Arrays.copyOf(one, one.length + two.length);
        System.arraycopy(two, 0, both, one.length, two.length);
        return both;
    }
}
