package dev.skerry.agent;

import dev.skerry.pipeline.TlsFiles;
import dev.skerry.problem.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Certificates and keys in PEM, as the JDK's TLS wants them. */
final class TlsMaterial {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END [A-Z ]*PRIVATE KEY-----");
    private static final char[] NO_PASSWORD = new char[0];

    private TlsMaterial() {}

    /** Trust in the authorities of a file; null for those of the JDK. */
    static @Nullable TrustManagerFactory trust(TlsFiles files, Credentials credentials) {
        if (files.ca() == null) {
            return null;
        }
        Path file = credentials.file(files.ca());
        try {
            KeyStore store = empty();
            int number = 0;
            for (X509Certificate certificate : certificates(file)) {
                store.setCertificateEntry("ca" + number++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            return trust;
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(file, e);
        }
    }

    /** The certificate that this side shows; null for none. */
    static @Nullable KeyManagerFactory identity(TlsFiles files, Credentials credentials) {
        if (files.certificate() == null || files.key() == null) {
            return null;
        }
        Path file = credentials.file(files.certificate());
        try {
            X509Certificate[] chain = certificates(file).toArray(X509Certificate[]::new);
            Path keyFile = credentials.file(files.key());
            PrivateKey key = key(keyFile);
            if (!fits(key, chain[0])) {
                throw Problem.usage("network.tls", "the private key is not that of the certificate")
                        .at(keyFile.toString())
                        .because("the certificate is that of " + chain[0].getSubjectX500Principal())
                        .attempt("the key that " + file + " was made for")
                        .toException();
            }
            KeyStore store = empty();
            store.setKeyEntry("own", key, NO_PASSWORD, chain);
            KeyManagerFactory identity = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            identity.init(store, NO_PASSWORD);
            return identity;
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(file, e);
        }
    }

    /** Both, for whoever takes a context. */
    static SSLContext context(TlsFiles files, Credentials credentials) {
        TrustManagerFactory trust = trust(files, credentials);
        KeyManagerFactory identity = identity(files, credentials);
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    identity == null ? null : identity.getKeyManagers(),
                    trust == null ? null : trust.getTrustManagers(),
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        return store;
    }

    /** Whether the two belong together: TLS itself would fail at each connection, and say nothing of a key. */
    static boolean fits(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        PublicKey other = certificate.getPublicKey();
        if (!key.getAlgorithm().equals(other.getAlgorithm())) {
            return false;
        }
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        byte[] text = "skerry".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(other);
        signature.update(text);
        return signature.verify(signed);
    }

    /** All certificates of a file, in their order; at least one. */
    static List<X509Certificate> certificates(Path file) {
        try {
            Collection<? extends Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
            if (found.isEmpty()) {
                throw unusable(file, new IOException("no certificate in it"));
            }
            return found.stream().map(X509Certificate.class::cast).toList();
        } catch (GeneralSecurityException | IOException e) {
            throw unusable(file, e);
        }
    }

    /** The private key of a file. */
    static PrivateKey key(Path file) {
        try {
            Matcher pem = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
            if (!pem.find()) {
                throw unusable(file, new IOException("no private key in it"));
            }
            if (!pem.group(1).isEmpty()) {
                throw Problem.usage("network.tls", "the private key is in another form than PKCS #8")
                        .at(file.toString())
                        .because("it begins with BEGIN " + pem.group(1) + "PRIVATE KEY")
                        .attempt("openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY.pk8")
                        .toException();
            }
            var encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(2)));
            for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
                try {
                    return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
                } catch (GeneralSecurityException _) {
                    // another kind of key
                }
            }
            throw unusable(file, new IOException("neither an RSA nor an EC nor an Ed25519 key"));
        } catch (IOException | IllegalArgumentException e) {
            throw unusable(file, e);
        }
    }

    private static RuntimeException unusable(Path file, Exception e) {
        return Problem.usage("network.tls", "the file can't be used for TLS")
                .at(file.toString())
                .because(e.getClass().getSimpleName() + ": " + e.getMessage())
                .attempt("a file in PEM that this user may read")
                .toException();
    }
}
