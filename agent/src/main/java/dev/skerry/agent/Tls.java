package dev.skerry.agent;

import dev.skerry.problem.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** The agent's certificate and key, and whom it lets in, from files in PEM form. */
final class Tls {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private Tls() {}

    /** @throws dev.skerry.problem.ProblemException with code {@code serve.tls}, naming the file */
    static SSLContext context(Listening.Certificates files) {
        X509Certificate[] chain = certificates(files.chain()).toArray(X509Certificate[]::new);
        PrivateKey key = key(files.key(), chain[0]);
        try {
            char[] none = new char[0];
            KeyStore own = KeyStore.getInstance("PKCS12");
            own.load(null, none);
            own.setKeyEntry("agent", key, none, chain);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(own, none);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust(files.clientAuthorities()), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw problem("the certificate and its key can't be used", files.chain())
                    .because(e.getMessage())
                    .toException();
        }
    }

    private static TrustManager @Nullable [] trust(@Nullable Path authorities)
            throws GeneralSecurityException, IOException {
        if (authorities == null) {
            return null;
        }
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, new char[0]);
        int number = 0;
        for (X509Certificate authority : certificates(authorities)) {
            trusted.setCertificateEntry("authority-" + number++, authority);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(trusted);
        return managers.getTrustManagers();
    }

    private static Collection<X509Certificate> certificates(Path file) {
        try {
            Collection<? extends Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(read(file)));
            if (!found.isEmpty()) {
                return found.stream().map(X509Certificate.class::cast).toList();
            }
            throw problem("there is no certificate in this file", file).toException();
        } catch (GeneralSecurityException e) {
            throw problem("there is no certificate in this file", file)
                    .because(e.getMessage())
                    .attempt("a file in PEM form, that begins with -----BEGIN CERTIFICATE-----")
                    .toException();
        }
    }

    private static PrivateKey key(Path file, X509Certificate certificate) {
        Matcher block = KEY.matcher(new String(read(file), StandardCharsets.US_ASCII));
        if (!block.find()) {
            throw problem("there is no private key that can be read in this file", file)
                    .because("expected is PKCS #8 without a password, that begins with -----BEGIN PRIVATE KEY-----")
                    .attempt("openssl pkcs8 -topk8 -nocrypt -in OLD.key -out NEW.key")
                    .toException();
        }
        String algorithm = certificate.getPublicKey().getAlgorithm();
        try {
            byte[] der = Base64.getMimeDecoder().decode(block.group(1));
            PrivateKey key = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            if (TlsMaterial.fits(key, certificate)) {
                return key;
            }
            throw problem("the private key is not that of the certificate", file)
                    .because("what it signs, the key in the certificate of " + certificate.getSubjectX500Principal()
                            + " doesn't confirm")
                    .attempt("the key that the certificate was made for")
                    .toException();
        } catch (InvalidKeySpecException | IllegalArgumentException e) {
            throw problem("the private key is not that of the certificate", file)
                    .because("the certificate's is " + algorithm + "; " + e.getMessage())
                    .toException();
        } catch (GeneralSecurityException e) {
            throw problem("the private key's algorithm isn't known here", file)
                    .because(e.getMessage())
                    .toException();
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw problem("the file can't be read", file)
                    .because(
                            switch (e) {
                                case NoSuchFileException _ -> "there is no such file";
                                case AccessDeniedException _ -> "this user may not read it";
                                default -> Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage());
                            })
                    .toException();
        }
    }

    private static Problem problem(String what, Path file) {
        return Problem.usage("serve.tls", what).at(file.toString());
    }
}
