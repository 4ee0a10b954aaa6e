package dev.skerry.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * Files in PEM for TLS, relative to the folder that the run is told.
 *
 * @param ca whose certificates are trusted; null for the authorities that the JDK trusts
 * @param certificate chain that this side shows; null for none
 * @param key of the certificate, PKCS #8 without a password; with {@code certificate} or not at all
 */
public record TlsFiles(
        @Nullable String ca,
        @Nullable String certificate,
        @Nullable String key) {
    public static final TlsFiles NONE = new TlsFiles(null, null, null);
}
