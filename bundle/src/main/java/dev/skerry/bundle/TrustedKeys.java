package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Whose signatures count. Keys come from files that somebody put there, never from a bundle. */
public final class TrustedKeys {
    private static final int LARGEST_FILE_BYTES = 1 << 14;

    private final SortedMap<String, PublicKey> keys;

    private TrustedKeys(SortedMap<String, PublicKey> keys) {
        this.keys = Collections.unmodifiableSortedMap(keys);
    }

    /** Only what this key signed. */
    public static TrustedKeys of(SigningKey key) {
        return new TrustedKeys(new TreeMap<>(java.util.Map.of(key.signer(), key.publicKey())));
    }

    /** PEM files with one Ed25519 public key each (SubjectPublicKeyInfo); a problem where one is anything else. */
    public static TrustedKeys read(Collection<Path> files) {
        var keys = new TreeMap<String, PublicKey>();
        for (Path file : files) {
            byte[] text;
            try (var in = Files.newInputStream(file)) {
                text = in.readNBytes(LARGEST_FILE_BYTES);
            } catch (IOException e) {
                throw BundleFailure.of(e, "key.unusable", "cannot read the trusted key", file);
            }
            PublicKey key = Pem.decode(Pem.PUBLIC, text)
                    .flatMap(Ed25519::publicKey)
                    .orElseThrow(() -> Problem.usage("key.unreadable", "not an Ed25519 public key")
                            .at(file.toString())
                            .because("expected SubjectPublicKeyInfo in PEM: -----BEGIN PUBLIC KEY-----")
                            .attempt("the .pub file beside the signing key")
                            .toException());
            keys.put(Digest.of(key.getEncoded()).text(), key);
        }
        return new TrustedKeys(keys);
    }

    /** One file after another, see {@link #read(Collection)}. */
    public static TrustedKeys read(Path... files) {
        return read(List.of(files));
    }

    public SortedSet<String> ids() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(keys.keySet()));
    }

    /** The 32 bytes of each key as RFC 8032 has them, by its id; what a bootloader is given. */
    public SortedMap<String, byte[]> raw() {
        var raw = new TreeMap<String, byte[]>();
        keys.forEach((id, key) -> {
            byte[] spki = key.getEncoded();
            raw.put(id, Arrays.copyOfRange(spki, spki.length - Ed25519.KEY_BYTES, spki.length));
        });
        return Collections.unmodifiableSortedMap(raw);
    }

    Optional<PublicKey> key(String id) {
        @Nullable PublicKey key = keys.get(id);
        return Optional.ofNullable(key);
    }
}
