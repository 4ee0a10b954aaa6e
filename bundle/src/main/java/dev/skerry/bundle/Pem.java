package dev.skerry.bundle;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text armour around DER (RFC 7468). */
final class Pem {
    static final String PRIVATE = "PRIVATE KEY";
    static final String PUBLIC = "PUBLIC KEY";

    private static final Pattern BLOCK = Pattern.compile(
            "\\s*-----BEGIN (?<label>[A-Z0-9 ]{1,64})-----\\s+(?<body>[A-Za-z0-9+/=\\s]+)-----END \\k<label>-----\\s*");

    private Pem() {}

    static String encode(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
    }

    /** The DER within the only block of the text; empty where it is not one block with this label. */
    static Optional<byte[]> decode(String label, byte[] text) {
        Matcher block = BLOCK.matcher(new String(text, StandardCharsets.US_ASCII));
        if (!block.matches() || !block.group("label").equals(label)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Base64.getDecoder().decode(block.group("body").replaceAll("\\s", "")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
