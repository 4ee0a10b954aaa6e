package dev.skerry.bundle;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Optional;

/**
 * The one signature scheme there is: Ed25519 of the JDK. Nothing in a bundle chooses an algorithm, so nothing in a bundle can
 * choose a weak one.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8032">RFC 8032</a>
 */
final class Ed25519 {
    /** A key without what surrounds it; RFC 8410 puts it at the end. */
    static final int KEY_BYTES = 32;

    private static final String NAME = "Ed25519";

    private Ed25519() {}

    static KeyPair generate() {
        return generate(new SecureRandom());
    }

    static Optional<EdECPrivateKey> privateKey(byte[] pkcs8) {
        try {
            PrivateKey key = KeyFactory.getInstance(NAME).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            return key instanceof EdECPrivateKey ed ? Optional.of(ed) : Optional.empty();
        } catch (InvalidKeySpecException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    static Optional<PublicKey> publicKey(byte[] spki) {
        try {
            PublicKey key = KeyFactory.getInstance(NAME).generatePublic(new X509EncodedKeySpec(spki));
            // one key, one encoding, one id
            boolean same = key instanceof EdECPublicKey && Arrays.equals(key.getEncoded(), spki);
            return same ? Optional.of(key) : Optional.empty();
        } catch (InvalidKeySpecException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    /** The pair of a private key. The JDK derives a public key only while it generates, so it is given the old seed to do so. */
    static KeyPair pairOf(EdECPrivateKey key) {
        byte[] seed = key.getBytes().orElseThrow();
        return generate(new Seed(seed));
    }

    static byte[] sign(PrivateKey key, byte[] message) {
        try {
            Signature signature = Signature.getInstance(NAME);
            signature.initSign(key);
            signature.update(message);
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    static boolean verify(PublicKey key, byte[] message, byte[] signed) {
        try {
            Signature signature = Signature.getInstance(NAME);
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(signed);
        } catch (SignatureException | InvalidKeyException e) {
            // wrong length, a number out of range, a point not on the curve
            return false;
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static KeyPair generate(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(NAME);
            generator.initialize(NamedParameterSpec.ED25519, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw missing(e);
        }
    }

    private static IllegalStateException missing(GeneralSecurityException e) {
        return new IllegalStateException("every JDK since 15 has Ed25519", e);
    }

    /** "Random" bytes that are known already. */
    private static final class Seed extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final byte[] seed;

        Seed(byte[] seed) {
            this.seed = seed.clone();
        }

        @Override
        public void nextBytes(byte[] bytes) {
            if (bytes.length != seed.length) {
                throw new IllegalStateException("Ed25519 draws " + bytes.length + " bytes instead of one seed");
            }
            System.arraycopy(seed, 0, bytes, 0, seed.length);
        }
    }
}
