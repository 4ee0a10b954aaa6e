package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.Set;

/**
 * An Ed25519 key that signs bundles, kept as PKCS#8 in a PEM file that only its owner can read. Its public half lies beside
 * it, with {@code .pub} appended, for whoever is to trust it.
 */
public final class SigningKey {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final int LARGEST_FILE_BYTES = 1 << 14;

    private final PrivateKey secret;
    private final PublicKey open;

    private SigningKey(KeyPair pair) {
        secret = pair.getPrivate();
        open = pair.getPublic();
    }

    /** A key that is written nowhere. */
    public static SigningKey generate() {
        return new SigningKey(Ed25519.generate());
    }

    /** The key in the file; a new one where there is no such file, in a folder that only its owner can enter. */
    public static SigningKey loadOrCreate(Path file) {
        try {
            SigningKey key = Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? load(file) : create(file);
            key.publish(file.resolveSibling(file.getFileName() + ".pub"));
            return key;
        } catch (IOException e) {
            throw BundleFailure.of(e, "key.unusable", "cannot use the signing key", file);
        }
    }

    /** The key's id: the SHA-256 digest of its public half (SubjectPublicKeyInfo, RFC 8410). */
    public String signer() {
        return Digest.of(open.getEncoded()).text();
    }

    /** The public half in PEM, for {@link TrustedKeys}. */
    public String publicPem() {
        return Pem.encode(Pem.PUBLIC, open.getEncoded());
    }

    PublicKey publicKey() {
        return open;
    }

    byte[] sign(byte[] message) {
        return Ed25519.sign(secret, message);
    }

    private static SigningKey load(Path file) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        var others = EnumSet.copyOf(permissions);
        others.removeAll(EnumSet.of(
                PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE));
        if (!others.isEmpty()) {
            throw Problem.environment("key.exposed", "others may use the signing key")
                    .at(file.toString())
                    .because("its permissions are " + PosixFilePermissions.toString(permissions))
                    .attempt("chmod 600 " + file)
                    .attempt("a new key, where others may have read this one")
                    .toException();
        }
        byte[] text;
        try (var in = Files.newInputStream(file)) {
            text = in.readNBytes(LARGEST_FILE_BYTES);
        }
        return Pem.decode(Pem.PRIVATE, text)
                .flatMap(Ed25519::privateKey)
                .map(key -> new SigningKey(Ed25519.pairOf(key)))
                .orElseThrow(() -> Problem.usage("key.unreadable", "not an Ed25519 private key")
                        .at(file.toString())
                        .because("expected PKCS#8 in PEM: -----BEGIN PRIVATE KEY-----")
                        .attempt("openssl genpkey -algorithm ed25519")
                        .attempt("another path, where Skerry then makes a key")
                        .toException());
    }

    private static SigningKey create(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            throw Problem.usage("key.path", "not a path for a key")
                    .at(file.toString())
                    .toException();
        }
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, OWNER_FOLDER);
        }
        SigningKey key = generate();
        Path draft = Files.createTempFile(folder, ".key", null, OWNER_FILE);
        try {
            write(draft, Pem.encode(Pem.PRIVATE, key.secret.getEncoded()));
            // a link appears complete or not at all, and never replaces the key that another process made meanwhile
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            return load(file);
        } finally {
            Files.deleteIfExists(draft);
        }
        return key;
    }

    /** Writes the public half where it is missing, for a key that somebody else made too. */
    private void publish(Path half) throws IOException {
        try {
            if (!Files.exists(half) || !Files.readString(half).equals(publicPem())) {
                Files.writeString(half, publicPem());
            }
        } catch (AccessDeniedException | ReadOnlyFileSystemException e) {
            // a key in a place that is only read still signs
        }
    }

    private static void write(Path file, String text) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
    }
}
