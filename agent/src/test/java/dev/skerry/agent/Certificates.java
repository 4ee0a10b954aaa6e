package dev.skerry.agent;

import java.io.FileWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** An authority, and a certificate of it for 127.0.0.1 that serves on both ends of a connection. */
record Certificates(Path ca, Path certificate, Path key, X509Certificate own, KeyPair pair) {
    static final String URI = "urn:skerry:test";

    static Certificates in(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            KeyPair authority = generator.generateKeyPair();
            KeyPair own = generator.generateKeyPair();
            var issuer = new X500Name("CN=authority " + folder.getFileName());
            var from = Date.from(Instant.now().minusSeconds(3600));
            var to = Date.from(Instant.now().plusSeconds(86_400));
            var signer = new JcaContentSignerBuilder("SHA256withRSA").build(authority.getPrivate());
            var converter = new JcaX509CertificateConverter();
            X509Certificate root = converter.getCertificate(new JcaX509v3CertificateBuilder(
                            issuer, BigInteger.ONE, from, to, issuer, authority.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
                    .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                    .build(signer));
            X509Certificate leaf = converter.getCertificate(new JcaX509v3CertificateBuilder(
                            issuer, BigInteger.TWO, from, to, new X500Name("CN=press"), own.getPublic())
                    .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                    .addExtension(
                            Extension.keyUsage,
                            true,
                            new KeyUsage(KeyUsage.digitalSignature
                                    | KeyUsage.keyEncipherment
                                    | KeyUsage.dataEncipherment
                                    | KeyUsage.nonRepudiation))
                    .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                        KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    }))
                    .addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                        new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                        new GeneralName(GeneralName.dNSName, "localhost"),
                        new GeneralName(GeneralName.uniformResourceIdentifier, URI)
                    }))
                    .build(signer));
            return new Certificates(
                    pem(folder.resolve("ca.pem"), "CERTIFICATE", root.getEncoded()),
                    pem(folder.resolve("own.pem"), "CERTIFICATE", leaf.getEncoded()),
                    pem(
                            folder.resolve("own.key"),
                            "PRIVATE KEY",
                            own.getPrivate().getEncoded()),
                    leaf,
                    own);
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path pem(Path file, String what, byte[] content) throws IOException {
        var text = new StringWriter();
        text.append("-----BEGIN ").append(what).append("-----\n");
        text.append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
        text.append("\n-----END ").append(what).append("-----\n");
        try (var writer = new FileWriter(file.toFile(), java.nio.charset.StandardCharsets.US_ASCII)) {
            writer.write(text.toString());
        }
        return file;
    }
}
