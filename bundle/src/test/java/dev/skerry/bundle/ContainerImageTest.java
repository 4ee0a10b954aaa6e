package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of a program that does nothing, whole and attacked. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ContainerImageTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final Platform HERE = Platform.here().orElseThrow();

    @TempDir
    private static Path shared = Path.of("");

    private static Path image = Path.of("");
    private static ContainerImage.Written written =
            new ContainerImage.Written(Digest.of(new byte[0]), "", 0, new TreeMap<>());

    @TempDir
    Path folder;

    /** What stands for the device's program. */
    static final class Main {
        public static void main(String[] args) {
            System.out.println(String.join("|", args));
        }
    }

    @BeforeAll
    static void pack() throws IOException {
        Path bundle = shared.resolve("conveyor.tar");
        BundleWriter.write(Fixtures.content("1.2 beta"), KEY, bundle);
        Files.writeString(shared.resolve("key.pub"), KEY.publicPem());
        image = shared.resolve("image");
        written = write(shared.resolve("a"), image);
    }

    private static ContainerImage.Written write(Path jars, Path out) throws IOException {
        Path jar = Files.createDirectories(jars).resolve("main.jar");
        String main = Main.class.getName().replace('.', '/') + ".class";
        try (var zip = new ZipOutputStream(Files.newOutputStream(jar));
                InputStream in = Main.class.getResourceAsStream("/" + main)) {
            var entry = new ZipEntry(main);
            entry.setTime(0);
            zip.putNextEntry(entry);
            in.transferTo(zip);
        }
        return ContainerImage.write(
                new ContainerImage.Request(
                        shared.resolve("conveyor.tar"),
                        List.of(new ContainerImage.Variant(
                                HERE, Path.of(System.getProperty("java.home")), Path.of("/"), null)),
                        List.of(jar),
                        new TreeSet<>(List.of("java.base")),
                        Main.class.getName(),
                        List.of("--bundle", "@BUNDLE@"),
                        Footprint.of(256),
                        shared.resolve("key.pub"),
                        shared,
                        out),
                KEY,
                _ -> {});
    }

    @Test
    void isWholeSignedAndDoesNotRunAsRoot() {
        assertThat(ContainerImage.isOne(image)).isTrue();
        assertThat(ContainerImage.isOne(shared.resolve("conveyor.tar"))).isFalse();
        assertThat(ContainerImage.tag(image)).isEqualTo("1.2-beta").isEqualTo(written.tag());
        assertThat(ContainerImage.verify(image, TrustedKeys.of(KEY)))
                .isInstanceOfSatisfying(Verification.Verified.class, verified -> {
                    assertThat(verified.digest()).isEqualTo(written.digest());
                    assertThat(verified.signers()).containsExactly(KEY.signer());
                    assertThat(verified.checks())
                            .anyMatch(check -> check.contains("runs as user 65532:65532"))
                            .anyMatch(check -> check.startsWith("bundle: sha256:"))
                            .anyMatch(check -> check.startsWith("layer: Java runtime"));
                });
        assertRefused(ContainerImage.verify(image, TrustedKeys.of(SigningKey.generate())), "signed by nobody trusted");
    }

    @Test
    void theSameInputGivesTheSameBytesElsewhere() throws IOException {
        Path tar = folder.resolve("elsewhere/image.tar");
        assertThat(write(folder.resolve("b"), tar)).isEqualTo(written);
        assertThat(ContainerImage.verify(tar, TrustedKeys.of(KEY))).isInstanceOf(Verification.Verified.class);
        assertThat(ContainerImage.isOne(tar)).isTrue();
    }

    @Test
    void aFlippedByteAnywhereIsNoticed() throws IOException {
        Path copy = copy();
        var random = new Random(3);
        for (Path file : files(copy)) {
            byte[] whole = Files.readAllBytes(file);
            byte[] broken = whole.clone();
            broken[random.nextInt(broken.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, broken);
            assertThat(ContainerImage.verify(copy, TrustedKeys.of(KEY)))
                    .as(file.toString())
                    .isInstanceOf(Verification.Refused.class);
            Files.write(file, whole);
        }
        assertThat(ContainerImage.verify(copy, TrustedKeys.of(KEY))).isInstanceOf(Verification.Verified.class);
    }

    @Test
    void whatNothingRefersToIsRefused() throws IOException {
        Path copy = copy();
        byte[] extra = "a stranger".getBytes(StandardCharsets.UTF_8);
        Files.write(copy.resolve(OciDocument.BLOBS + Digest.of(extra).hex()), extra);
        assertRefused(ContainerImage.verify(copy, TrustedKeys.of(KEY)), "nothing refers to");
    }

    @Test
    void aMissingLayerAndAMissingSignatureAreRefused() throws IOException {
        Path copy = copy();
        Path largest = files(copy).stream()
                .max(java.util.Comparator.comparingLong(file -> file.toFile().length()))
                .orElseThrow();
        Files.delete(largest);
        assertRefused(ContainerImage.verify(copy, TrustedKeys.of(KEY)), "is missing");

        Path unsigned = copy();
        var index = ImageDocument.Index.parse(Files.readAllBytes(unsigned.resolve(OciDocument.INDEX_FILE)));
        Files.write(
                unsigned.resolve(OciDocument.INDEX_FILE),
                new ImageDocument.Index(index.image(), index.tag(), List.of()).bytes());
        assertRefused(ContainerImage.verify(unsigned, TrustedKeys.of(KEY)), "not signed");
    }

    @Test
    void aValidSignatureMakesNoHarmfulImageFit() throws IOException {
        assertUnfit("65532:65532", "passwd", TarConstants.LF_NORMAL, 0644, 0, null);
        assertUnfit("0:0", "passwd", TarConstants.LF_NORMAL, 0644, 0, "runs as root");
        assertUnfit("root", "passwd", TarConstants.LF_NORMAL, 0644, 0, "runs as root");
        assertUnfit("65532", "bin/su", TarConstants.LF_NORMAL, 04755, 0, "owner's rights");
        assertUnfit("65532", "dev/mem", TarConstants.LF_CHR, 0600, 0, "no file, folder or symbolic link");
        assertUnfit("65532", "etc/shadow", TarConstants.LF_LINK, 0644, 0, "no file, folder or symbolic link");
        assertUnfit("65532", "../escape", TarConstants.LF_NORMAL, 0644, 0, "leads elsewhere");
        assertUnfit("65532", "opt/.wh.skerry", TarConstants.LF_NORMAL, 0644, 0, "hides");
        assertUnfit("65532", "opt/skerry/lib/a.jar", TarConstants.LF_NORMAL, 0644, 65532, "belongs to");
        assertUnfit("65532", "opt/skerry/lib/a.jar", TarConstants.LF_NORMAL, 0666, 0, "everybody may write");
    }

    /** A trusted key signs an image with one such entry; {@code why} is null where it is to be taken. */
    private void assertUnfit(
            String user, String name, byte type, int mode, int owner, @org.jspecify.annotations.Nullable String why)
            throws IOException {
        var plain = new ByteArrayOutputStream();
        try (var tar = new TarArchiveOutputStream(plain)) {
            var entry = new TarArchiveEntry(name, type, true);
            entry.setMode(mode);
            entry.setIds(owner, owner);
            entry.setModTime(0L);
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        }
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            gzip.write(plain.toByteArray());
        }
        var blobs = new TreeMap<String, byte[]>();
        Descriptor layer = add(blobs, ImageDocument.LAYER_MEDIA, null, packed.toByteArray());
        var config = new ImageDocument.Config(
                HERE,
                user,
                List.of(),
                List.of("/x"),
                List.of(),
                "/",
                List.of("/data"),
                new TreeMap<>(),
                List.of(new ImageDocument.Content("attack", Digest.of(plain.toByteArray()))));
        Descriptor configured = add(blobs, ImageDocument.CONFIG_MEDIA, null, config.bytes());
        var manifest = new ImageDocument.Manifest(configured, List.of(layer), new TreeMap<>());
        var manifests = new TreeMap<Platform, Descriptor>();
        manifests.put(HERE, add(blobs, OciDocument.MANIFEST_MEDIA, null, manifest.bytes()));
        Descriptor whole =
                add(blobs, OciDocument.INDEX_MEDIA, null, new ImageDocument.Image(manifests, new TreeMap<>()).bytes());
        add(blobs, OciDocument.EMPTY_MEDIA, null, OciDocument.EMPTY);
        Descriptor envelope = add(
                blobs,
                OciDocument.ENVELOPE_MEDIA,
                null,
                Envelope.sign(whole, KEY).bytes());
        Descriptor signature = add(
                blobs,
                OciDocument.MANIFEST_MEDIA,
                OciDocument.SIGNATURE_TYPE,
                OciDocument.signatureManifest(whole, envelope));
        blobs.put(OciDocument.LAYOUT_FILE, OciDocument.LAYOUT);
        blobs.put(OciDocument.INDEX_FILE, new ImageDocument.Index(whole, "1", List.of(signature)).bytes());
        Path made = Files.createTempDirectory(folder, "made");
        for (var blob : blobs.entrySet()) {
            Path file = made.resolve(blob.getKey());
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.write(file, blob.getValue());
        }
        Verification verification = ContainerImage.verify(made, TrustedKeys.of(KEY));
        if (why == null) {
            assertThat(verification).isInstanceOf(Verification.Verified.class);
        } else {
            assertRefused(verification, why);
        }
    }

    private static Descriptor add(
            Map<String, byte[]> blobs, String media, @org.jspecify.annotations.Nullable String artifact, byte[] bytes) {
        Descriptor descriptor = Descriptor.of(media, artifact, bytes);
        blobs.put(descriptor.path(), bytes);
        return descriptor;
    }

    private static void assertRefused(Verification verification, String words) {
        assertThat(verification).isInstanceOfSatisfying(Verification.Refused.class, refused -> {
            assertThat(refused.problem().toString()).contains(words);
            assertThat(refused.problem().kind()).isEqualTo(Problem.Kind.GATE);
        });
    }

    private Path copy() throws IOException {
        Path copy = Files.createTempDirectory(folder, "copy");
        for (Path file : files(image)) {
            Path to = copy.resolve(image.relativize(file));
            Files.createDirectories(to.toAbsolutePath().getParent());
            Files.copy(file, to);
        }
        return copy;
    }

    private static List<Path> files(Path tree) throws IOException {
        try (var walk = Files.walk(tree)) {
            return new ArrayList<>(walk.filter(Files::isRegularFile).sorted().toList());
        }
    }
}
