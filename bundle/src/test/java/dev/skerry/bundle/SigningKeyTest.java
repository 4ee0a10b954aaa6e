package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SigningKeyTest {
    /** RFC 8032, section 7.1, test 2. */
    private static final String SEED = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";

    private static final String PUBLIC = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    private static final String SIGNATURE = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    @TempDir
    Path folder;

    @Test
    void isMadeOnceAndOnlyForItsOwner() throws IOException {
        Path file = folder.resolve("new/keys/signing.pem");
        SigningKey key = SigningKey.loadOrCreate(file);
        assertThat(permissions(file)).isEqualTo("rw-------");
        assertThat(permissions(folder.resolve("new/keys"))).isEqualTo("rwx------");
        assertThat(Fixtures.names(folder.resolve("new/keys"))).containsExactly("signing.pem", "signing.pem.pub");
        assertThat(Files.readString(file)).startsWith("-----BEGIN PRIVATE KEY-----\n");
        assertThat(Files.readString(folder.resolve("new/keys/signing.pem.pub"))).isEqualTo(key.publicPem());
        SigningKey again = SigningKey.loadOrCreate(file);
        assertThat(again.signer()).isEqualTo(key.signer()).startsWith("sha256:");
        assertThat(again.sign(new byte[] {1})).isEqualTo(key.sign(new byte[] {1}));
        assertThat(TrustedKeys.read(folder.resolve("new/keys/signing.pem.pub")).ids())
                .containsExactly(key.signer());
    }

    @Test
    void readsTheKeyOfTheSpecification() throws IOException {
        // PKCS#8 as openssl writes it: a fixed prefix and the seed (RFC 8410, section 7)
        byte[] der = HexFormat.of().parseHex("302e020100300506032b657004220420" + SEED);
        Path file = write("rfc.pem", Pem.encode(Pem.PRIVATE, der), "rw-------");
        SigningKey key = SigningKey.loadOrCreate(file);
        assertThat(HexFormat.of().formatHex(key.publicKey().getEncoded())).endsWith(PUBLIC);
        assertThat(HexFormat.of().formatHex(key.sign(new byte[] {0x72}))).isEqualTo(SIGNATURE);
        assertThat(TrustedKeys.read(folder.resolve("rfc.pem.pub")).ids()).containsExactly(key.signer());
    }

    @Test
    void refusesAKeyThatOthersMayReadOrWrite() throws IOException {
        String pem = Files.readString(keyFile());
        for (String permissions : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rwxrwxrwx"}) {
            Path file = write("exposed.pem", pem, permissions);
            BundleTest.assertProblem(
                    () -> SigningKey.loadOrCreate(file), "try chmod 600 " + file, Problem.Kind.ENVIRONMENT);
        }
    }

    @Test
    void refusesWhatIsNoSuchKey() throws IOException, GeneralSecurityException {
        String pem = Files.readString(keyFile());
        var rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        var x25519 = KeyPairGenerator.getInstance("X25519").generateKeyPair();
        for (String text : new String[] {
            "",
            "hello",
            pem.substring(0, pem.length() / 2),
            pem + pem,
            pem.replace("PRIVATE", "PUBLIC"),
            pem.replaceFirst("[A-Z]{4}", "!!!!"),
            Pem.encode(Pem.PRIVATE, rsa.generateKeyPair().getPrivate().getEncoded()),
            Pem.encode(Pem.PRIVATE, x25519.getPrivate().getEncoded()),
            Pem.encode(Pem.PUBLIC, x25519.getPublic().getEncoded()),
        }) {
            Path file = write("bad.pem", text, "rw-------");
            BundleTest.assertProblem(
                    () -> SigningKey.loadOrCreate(file), "not an Ed25519 private key", Problem.Kind.USAGE);
            BundleTest.assertProblem(() -> TrustedKeys.read(file), "not an Ed25519 public key", Problem.Kind.USAGE);
        }
        BundleTest.assertProblem(
                () -> TrustedKeys.read(folder.resolve("none.pub")), "cannot read", Problem.Kind.ENVIRONMENT);
        Path inTheWay = write("file", "x", "rw-------");
        BundleTest.assertProblem(
                () -> SigningKey.loadOrCreate(inTheWay.resolve("key.pem")),
                "cannot use the signing key",
                Problem.Kind.ENVIRONMENT);
    }

    @Test
    void aFlippedByteInTheKeyFileNeverSignsForTheOldKey() throws IOException {
        SigningKey key = SigningKey.loadOrCreate(keyFile());
        byte[] good = Files.readAllBytes(keyFile());
        int refused = 0;
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 1;
            Path file = write("flip.pem", new String(bad, StandardCharsets.ISO_8859_1), "rw-------");
            try {
                // white space and a seed are as good as any other; then it is another key or the same
                assertThat(SigningKey.loadOrCreate(file).signer()).startsWith("sha256:");
            } catch (dev.skerry.problem.ProblemException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(good.length / 3);
        assertThat(SigningKey.loadOrCreate(keyFile()).signer()).isEqualTo(key.signer());
    }

    private Path keyFile() {
        Path file = folder.resolve("key.pem");
        SigningKey.loadOrCreate(file);
        return file;
    }

    private Path write(String name, String text, String permissions) throws IOException {
        Path file = folder.resolve(name);
        Files.writeString(file, text, StandardCharsets.ISO_8859_1);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        return file;
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
