package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody between the packer and the device might try. */
class BundleAttackTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final TrustedKeys TRUSTED = TrustedKeys.of(KEY);

    @TempDir
    Path folder;

    private Path bundle;
    private Descriptor descriptor;

    @BeforeEach
    void pack() {
        bundle = folder.resolve("bundle");
        Digest digest = BundleWriter.write(Fixtures.content("1"), KEY, bundle).digest();
        long size = blob(digest).toFile().length();
        descriptor = new Descriptor(OciDocument.MANIFEST_MEDIA, digest, size, OciDocument.BUNDLE_TYPE, null);
    }

    @Test
    void flippedByteAtEveryOffsetOfTheFolder() throws IOException {
        int flips = 0;
        for (var file : Fixtures.tree(bundle).entrySet()) {
            Path path = bundle.resolve(file.getKey());
            byte[] good = file.getValue();
            for (int at = 0; at < good.length; at++) {
                byte[] bad = good.clone();
                bad[at] ^= (byte) (1 << (at % 8));
                Files.write(path, bad);
                assertThat(Bundle.verify(bundle, TRUSTED))
                        .as("%s, offset %d", file.getKey(), at)
                        .isInstanceOf(Verification.Refused.class);
                flips++;
            }
            Files.write(path, good);
        }
        assertThat(flips).isGreaterThan(3000);
        assertThat(Bundle.verify(bundle, TRUSTED)).isInstanceOf(Verification.Verified.class);
    }

    @Test
    void flippedByteAtEveryOffsetOfTheTar() throws IOException {
        Path tar = folder.resolve("bundle.tar");
        BundleWriter.write(Fixtures.content("1"), KEY, tar);
        byte[] good = Files.readAllBytes(tar);
        try (var file = new RandomAccessFile(tar.toFile(), "rw")) {
            for (int at = 0; at < good.length; at++) {
                file.seek(at);
                file.write(good[at] ^ 1 << at % 8);
                assertThat(Bundle.verify(tar, TRUSTED)).as("offset %d", at).isInstanceOf(Verification.Refused.class);
                file.seek(at);
                file.write(good[at]);
            }
        }
        assertThat(Bundle.verify(tar, TRUSTED)).isInstanceOf(Verification.Verified.class);
        assertThat(good.length).isGreaterThan(10_000);
    }

    @Test
    void truncatedTarAtEveryBlockAndBetween() throws IOException {
        Path tar = folder.resolve("bundle.tar");
        BundleWriter.write(Fixtures.content("1"), KEY, tar);
        byte[] good = Files.readAllBytes(tar);
        for (int length = 0; length < good.length; length += 100) {
            Files.write(tar, java.util.Arrays.copyOf(good, length));
            assertRefused(tar, "");
        }
        Files.write(tar, java.util.Arrays.copyOf(good, good.length + 512));
        assertRefused(tar, "does not end where it should");
    }

    @Test
    void missingBlobWhicheverItIs() throws IOException {
        for (var file : Fixtures.tree(bundle).entrySet()) {
            Files.delete(bundle.resolve(file.getKey()));
            assertRefused(bundle, "");
            Files.write(bundle.resolve(file.getKey()), file.getValue());
        }
    }

    @Test
    void extraBlob() throws IOException {
        byte[] extra = "payload".getBytes(StandardCharsets.UTF_8);
        Files.write(blob(Digest.of(extra)), extra);
        assertRefused(bundle, "a file that nothing refers to");
    }

    @Test
    void extraFilesAndFolders() throws IOException {
        Path extra = Files.writeString(bundle.resolve("README"), "hello");
        assertRefused(bundle, "unexpected \"README\"");
        Files.delete(extra);
        Files.createDirectory(bundle.resolve("blobs/sha512"));
        assertRefused(bundle, "unexpected \"blobs/sha512\"");
    }

    @Test
    void swappedBlobs() throws IOException {
        Path model = blob(Digest.of("weights of 1".getBytes(StandardCharsets.UTF_8)));
        Path labels = blob(Digest.of("good\nscratched\n".getBytes(StandardCharsets.UTF_8)));
        Path between = folder.resolve("between");
        Files.move(model, between);
        Files.move(labels, model);
        Files.move(between, labels);
        assertRefused(bundle, "another digest than its name says");
    }

    @Test
    void blobNameInUpperCase() throws IOException {
        Path model = blob(Digest.of("weights of 1".getBytes(StandardCharsets.UTF_8)));
        Files.move(model, model.resolveSibling(model.getFileName().toString().toUpperCase(java.util.Locale.ROOT)));
        assertRefused(bundle, "unexpected");
    }

    @Test
    void wrongKey() {
        var verification = Bundle.verify(bundle, TrustedKeys.of(SigningKey.generate()));
        assertThat(verification)
                .isInstanceOfSatisfying(
                        Verification.Refused.class,
                        refused -> assertThat(refused.problem().toString())
                                .contains("signed by nobody trusted", KEY.signer()));
        assertThat(Bundle.verify(bundle, TrustedKeys.read())).isInstanceOf(Verification.Refused.class);
    }

    @Test
    void unsigned() throws IOException {
        removeSignature();
        Files.write(bundle.resolve("index.json"), OciDocument.index(descriptor, List.of()));
        assertRefused(bundle, "not signed");
    }

    @Test
    void signatureOfAnotherBundle() throws IOException {
        Path other = folder.resolve("other");
        Digest digest = BundleWriter.write(Fixtures.content("2"), KEY, other).digest();
        var foreign = new Descriptor(
                OciDocument.MANIFEST_MEDIA,
                digest,
                Files.size(other.resolve(OciDocument.BLOBS + digest.hex())),
                OciDocument.BUNDLE_TYPE,
                null);
        sign(foreign, Envelope.sign(foreign, KEY).bytes());
        assertRefused(bundle, "the signature is of something else");
        sign(descriptor, Envelope.sign(foreign, KEY).bytes());
        assertRefused(bundle, "the signature is of something else");
    }

    @Test
    void signatureUnderATrustedKeysName() throws IOException {
        byte[] mine = Envelope.sign(descriptor, SigningKey.generate()).bytes();
        String signer = Fixtures.json(new String(mine, StandardCharsets.UTF_8))
                .at("/signatures/0/keyid")
                .stringValue();
        String forged = new String(mine, StandardCharsets.UTF_8).replace(signer, KEY.signer());
        sign(descriptor, forged.getBytes(StandardCharsets.UTF_8));
        assertRefused(bundle, "not from the key that it names");
    }

    @Test
    void signatureForAnotherPurposeIsNone() {
        // the same key over the bare payload, without the type that DSSE puts before it
        byte[] bare = CanonicalJson.bytes(CanonicalJson.object().put("digest", "x"));
        byte[] signature = KEY.sign(bare);
        assertThat(Ed25519.verify(KEY.publicKey(), bare, signature)).isTrue();
        assertThat(Ed25519.verify(KEY.publicKey(), Envelope.preAuthentication(Envelope.PAYLOAD_TYPE, bare), signature))
                .isFalse();
        assertThat(new String(
                        Envelope.preAuthentication(
                                "http://example.com/HelloWorld", "hello world".getBytes(StandardCharsets.UTF_8)),
                        StandardCharsets.UTF_8))
                .isEqualTo("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    }

    @Test
    void algorithmConfusion() throws IOException {
        String good = new String(Envelope.sign(descriptor, KEY).bytes(), StandardCharsets.UTF_8);
        for (String bad : List.of(
                good.replace("\"sig\":\"", "\"sig\":\"AAAA"),
                good.replaceAll("\"sig\":\"[^\"]*\"", "\"sig\":\"\""),
                good.replace("\"keyid\":", "\"alg\":\"none\",\"keyid\":"),
                good.replace("sha256:", "sha512:"),
                good.replace("\"signatures\":[", "\"signatures\":[],\"x\":["),
                good.replaceAll("\"signatures\":\\[.*\\]", "\"signatures\":[]"))) {
            sign(descriptor, bad.getBytes(StandardCharsets.UTF_8));
            assertRefused(bundle, "");
        }
        sign(descriptor, good.getBytes(StandardCharsets.UTF_8));
        assertThat(Bundle.verify(bundle, TRUSTED)).isInstanceOf(Verification.Verified.class);
    }

    @Test
    void secondSignatureByAStrangerHelpsNobody() throws IOException {
        SigningKey stranger = SigningKey.generate();
        byte[] trusted = put(Envelope.sign(descriptor, KEY).bytes());
        byte[] foreign = put(Envelope.sign(descriptor, stranger).bytes());
        Descriptor one = signature(trusted);
        Descriptor two = signature(foreign);
        Files.write(bundle.resolve("index.json"), OciDocument.index(descriptor, List.of(one, two)));
        var verification = Bundle.verify(bundle, TRUSTED);
        assertThat(verification).isInstanceOfSatisfying(Verification.Verified.class, verified -> {
            assertThat(verified.signers()).containsExactly(KEY.signer());
            assertThat(String.join("\n", verified.checks())).contains("unknown key " + stranger.signer());
        });
    }

    @Test
    void indexWithTwoManifests() throws IOException {
        Path other = folder.resolve("other");
        Digest digest = BundleWriter.write(Fixtures.content("2"), KEY, other).digest();
        for (var file : Fixtures.tree(other).entrySet()) {
            if (file.getKey().startsWith("blobs/")) {
                Files.write(bundle.resolve(file.getKey()), file.getValue());
            }
        }
        var second = new Descriptor(
                OciDocument.MANIFEST_MEDIA, digest, Files.size(blob(digest)), OciDocument.BUNDLE_TYPE, null);
        Files.write(bundle.resolve("index.json"), OciDocument.index(descriptor, List.of(second)));
        assertRefused(bundle, "expected one bundle in the index");
        Files.write(bundle.resolve("index.json"), OciDocument.index(descriptor, List.of(descriptor)));
        assertRefused(bundle, "expected one bundle in the index");
    }

    @Test
    void digestInUpperCaseOrOfAnotherAlgorithm() throws IOException {
        String index = Files.readString(bundle.resolve("index.json"));
        String hex = descriptor.digest().hex();
        for (String bad : List.of(hex.toUpperCase(java.util.Locale.ROOT), hex.substring(1), "../" + hex, hex + "\\n")) {
            Files.writeString(bundle.resolve("index.json"), index.replace(hex, bad));
            assertRefused(bundle, "not a SHA-256 digest");
        }
        Files.writeString(bundle.resolve("index.json"), index.replace("sha256:" + hex, "md5:" + hex.substring(32)));
        assertRefused(bundle, "not a SHA-256 digest");
    }

    @Test
    void titlesThatLeadElsewhere() throws IOException {
        for (String title : List.of(
                "../model.onnx",
                "/etc/passwd",
                "a/b",
                "..",
                ".",
                "",
                ".hidden",
                "-rf",
                "a\\b",
                "a\u0000b",
                "a\nb",
                "ｍodel",
                "x".repeat(200),
                "Bundle.JSON")) {
            repack(title, "labels.txt");
            assertRefused(bundle, "unsafe file name");
        }
        repack("Labels.txt", "labels.txt");
        assertRefused(bundle, "two files named");
    }

    @Test
    void symbolicLinkForABlob() throws IOException {
        Path model = blob(Digest.of("weights of 1".getBytes(StandardCharsets.UTF_8)));
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(model, elsewhere);
        Files.createSymbolicLink(model, elsewhere);
        assertRefused(bundle, "it is a symbolic link");
    }

    @Test
    void symbolicLinkForTheBlobsFolder() throws IOException {
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(bundle.resolve("blobs"), elsewhere);
        Files.createSymbolicLink(bundle.resolve("blobs"), elsewhere);
        assertRefused(bundle, "it is a symbolic link");
    }

    @Test
    void changedAfterItWasVerified() throws IOException {
        Bundle opened = Bundle.open(bundle);
        assertThat(opened.verify(TRUSTED)).isInstanceOf(Verification.Verified.class);
        Files.writeString(blob(Digest.of("weights of 1".getBytes(StandardCharsets.UTF_8))), "weights of 2");
        BundleTest.assertProblem(
                () -> opened.file("model.onnx"), "is not what was packed", dev.skerry.problem.Problem.Kind.GATE);
        BundleTest.assertProblem(
                () -> opened.unpack(folder.resolve("cache")),
                "is not what was packed",
                dev.skerry.problem.Problem.Kind.GATE);
        assertThat(Fixtures.names(folder.resolve("cache"))).isEmpty();
        BundleWriter.write(Fixtures.content("2"), KEY, bundle);
        assertThat(opened.verify(TRUSTED))
                .isInstanceOfSatisfying(
                        Verification.Refused.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo("bundle.replaced"));
    }

    /** Signed by the trusted key, but with these titles for the model and the labels. */
    private void repack(String first, String second) throws IOException {
        Staging.delete(bundle);
        Files.createDirectories(bundle.resolve("blobs/sha256"));
        Files.write(bundle.resolve("oci-layout"), OciDocument.LAYOUT);
        byte[] file = put(new byte[] {1, 2, 3});
        put(OciDocument.EMPTY);
        var layers = new TreeMap<String, Descriptor>();
        for (String title : List.of(first, second)) {
            layers.put(title, new Descriptor(OciDocument.FILE_MEDIA, Digest.of(file), 3, null, title));
        }
        byte[] config = put(Fixtures.manifest("1").bytes());
        byte[] manifest =
                put(OciDocument.bundleManifest(Descriptor.of(OciDocument.CONFIG_MEDIA, null, config), layers.values()));
        descriptor = Descriptor.of(OciDocument.MANIFEST_MEDIA, OciDocument.BUNDLE_TYPE, manifest);
        byte[] envelope = put(Envelope.sign(descriptor, KEY).bytes());
        Files.write(bundle.resolve("index.json"), OciDocument.index(descriptor, List.of(signature(envelope))));
    }

    private Descriptor signature(byte[] envelope) throws IOException {
        byte[] manifest = put(
                OciDocument.signatureManifest(descriptor, Descriptor.of(OciDocument.ENVELOPE_MEDIA, null, envelope)));
        return Descriptor.of(OciDocument.MANIFEST_MEDIA, OciDocument.SIGNATURE_TYPE, manifest);
    }

    /** Replaces the signature by one with this subject and envelope. */
    private void sign(Descriptor subject, byte[] envelope) throws IOException {
        removeSignature();
        put(envelope);
        byte[] manifest =
                put(OciDocument.signatureManifest(subject, Descriptor.of(OciDocument.ENVELOPE_MEDIA, null, envelope)));
        Files.write(
                bundle.resolve("index.json"),
                OciDocument.index(
                        descriptor,
                        List.of(Descriptor.of(OciDocument.MANIFEST_MEDIA, OciDocument.SIGNATURE_TYPE, manifest))));
    }

    private void removeSignature() throws IOException {
        for (var file : Fixtures.tree(bundle).entrySet()) {
            String text = new String(file.getValue(), StandardCharsets.UTF_8);
            if (!file.getKey().equals("index.json")
                    && (text.contains("\"payloadType\"") || text.contains("\"subject\""))) {
                Files.delete(bundle.resolve(file.getKey()));
            }
        }
    }

    private byte[] put(byte[] content) throws IOException {
        Files.write(blob(Digest.of(content)), content);
        return content;
    }

    private Path blob(Digest digest) {
        return bundle.resolve(OciDocument.BLOBS + digest.hex());
    }

    private static void assertRefused(Path bundle, String message) {
        assertThat(Bundle.verify(bundle, TRUSTED))
                .isInstanceOfSatisfying(
                        Verification.Refused.class,
                        refused -> assertThat(refused.problem().toString()).contains(message));
    }
}
