package dev.skerry.bundle;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 digest in OCI form: {@code sha256:} and 64 lower-case hexadecimal digits. */
public record Digest(String text) implements Comparable<Digest> {
    static final String PREFIX = "sha256:";
    private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

    public Digest {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("not a sha256 digest: " + text);
        }
    }

    public static Digest of(byte[] content) {
        MessageDigest digest = sha256();
        digest.update(content);
        return of(digest);
    }

    /** Of all that is left in the stream, which stays open. */
    public static Digest of(InputStream content) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
            digest.update(buffer, 0, read);
        }
        return of(digest);
    }

    static Digest of(MessageDigest finished) {
        return new Digest(PREFIX + HexFormat.of().formatHex(finished.digest()));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** From untrusted text: other algorithms, upper case and wrong lengths are a problem. */
    static Digest parse(String text, String where) {
        if (!FORM.matcher(text).matches()) {
            throw CanonicalJson.malformed("not a SHA-256 digest in OCI form", where)
                    .because("expected sha256: and 64 lower-case hexadecimal digits")
                    .toException();
        }
        return new Digest(text);
    }

    public String hex() {
        return text.substring(PREFIX.length());
    }

    @Override
    public int compareTo(Digest other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
