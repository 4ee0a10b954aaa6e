package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import dev.skerry.problem.ProblemException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Decides whether a firmware package is whole and from somebody trusted: bytes and keys in, a verdict out. */
final class FirmwareVerifier {
    private static final int SIZE_AT = 12;
    private static final int VERSION_AT = 20;

    // from the trailer's start
    private static final int COUNTER_AT = 8;
    private static final int TARGET_AT = 16;
    private static final int SLOT_AT = 32;
    private static final int BUNDLE_AT = 40;
    private static final int DIGEST_AT = 80;
    private static final int KEY_AT = 116;
    private static final int SIGNATURE_AT = 152;

    private final byte[] whole;
    private final ByteBuffer bytes;
    private final String where;
    private final List<String> checks = new ArrayList<>();

    private FirmwareVerifier(byte[] whole, String where) {
        this.whole = whole;
        bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        this.where = where;
    }

    static Verification verify(byte[] bytes, TrustedKeys trusted, String where) {
        var verifier = new FirmwareVerifier(bytes, where);
        try {
            return verifier.verify(trusted);
        } catch (ProblemException e) {
            return new Verification.Refused(e.problem(), verifier.checks);
        }
    }

    private Verification verify(TrustedKeys trusted) {
        int overhead = FirmwarePackage.HEADER_BYTES + FirmwarePackage.TRAILER_BYTES;
        if (whole.length > FirmwarePackage.LARGEST_BYTES) {
            throw malformed("larger than 256 MiB");
        }
        if (whole.length < overhead) {
            throw malformed("it ends before header and trailer are complete");
        }
        long imageBytes = Integer.toUnsignedLong(bytes.getInt(SIZE_AT));
        if (imageBytes + overhead != whole.length) {
            throw malformed("the file has " + whole.length + " bytes, an image of " + imageBytes + " makes "
                    + (imageBytes + overhead));
        }
        byte[] image = slice(FirmwarePackage.HEADER_BYTES, (int) imageBytes);
        int trailer = FirmwarePackage.HEADER_BYTES + image.length;
        FirmwareLabel label = label(trailer);
        requireOneForm(label, image, trailer);
        checks.add("form: MCUboot image, " + whole.length + " bytes, each in its one form, nothing after it");
        requireRunnable(label, image);
        checks.add("image: " + image.length + " bytes, version " + label.version()
                + (label.target().startsWith("cortex-m") ? ", its vector table leads into it" : ""));
        checks.add("target: " + label.target() + ", linked for the slot at 0x%08x".formatted(label.slot()));
        checks.add("counter: " + label.counter());
        checks.add("bundle: " + label.bundle());
        byte[] digest = FirmwarePackage.digest(whole, image.length);
        if (!Arrays.equals(digest, slice(trailer + DIGEST_AT, 32))) {
            throw Problem.gate("package.damaged", "the digest is not that of what is signed")
                    .at(where)
                    .attempt("copying the package again from where it was packed")
                    .toException();
        }
        String text = HexFormat.of().formatHex(digest);
        checks.add("digest: SHA-256 over header, image, counter, target and bundle, " + text);
        String signer = signer(trailer, digest, trusted);
        checks.add("signature: Ed25519 over the digest, by trusted key " + signer);
        return new Verification.Verified(new Digest(Digest.PREFIX + text), List.of(signer), checks);
    }

    private FirmwareLabel label(int trailer) {
        byte[] name = slice(trailer + TARGET_AT, 16);
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        try {
            return new FirmwareLabel(
                    new String(name, 0, length, StandardCharsets.ISO_8859_1),
                    Integer.toUnsignedLong(bytes.getInt(trailer + SLOT_AT)),
                    new FirmwareVersion(
                            Byte.toUnsignedInt(bytes.get(VERSION_AT)),
                            Byte.toUnsignedInt(bytes.get(VERSION_AT + 1)),
                            Short.toUnsignedInt(bytes.getShort(VERSION_AT + 2)),
                            Integer.toUnsignedLong(bytes.getInt(VERSION_AT + 4))),
                    Integer.toUnsignedLong(bytes.getInt(trailer + COUNTER_AT)),
                    new Digest(Digest.PREFIX + HexFormat.of().formatHex(slice(trailer + BUNDLE_AT, 32))));
        } catch (ProblemException impossible) {
            throw malformed(impossible.problem().what());
        }
    }

    /** What the label, the image and the three values at the end make must be what is there. */
    private void requireOneForm(FirmwareLabel label, byte[] image, int trailer) {
        byte[] again = FirmwarePackage.unsigned(label, image);
        FirmwarePackage.finish(
                again, slice(trailer + DIGEST_AT, 32), slice(trailer + KEY_AT, 32), slice(trailer + SIGNATURE_AT, 64));
        int differs = Arrays.mismatch(again, whole);
        if (differs >= 0) {
            throw malformed("byte " + differs + " is not what it must be");
        }
    }

    private void requireRunnable(FirmwareLabel label, byte[] image) {
        try {
            FirmwarePackage.requireRunnable(label, image);
        } catch (ProblemException impossible) {
            throw malformed(impossible.problem().what());
        }
    }

    private String signer(int trailer, byte[] digest, TrustedKeys trusted) {
        String id = Digest.PREFIX + HexFormat.of().formatHex(slice(trailer + KEY_AT, 32));
        PublicKey key = trusted.key(id)
                .orElseThrow(() -> Problem.gate("package.untrusted", "signed by nobody trusted")
                        .at(where)
                        .because("the key is said to be " + id + "; trusted are " + trusted.ids())
                        .attempt("adding the signer's .pub file to the trusted keys, if you got it from them")
                        .toException());
        if (!Ed25519.verify(key, digest, slice(trailer + SIGNATURE_AT, 64))) {
            throw Problem.gate("package.forged", "the signature is not from the key that it names")
                    .at(where)
                    .because("either the package was changed on purpose, or " + id + " did not sign it")
                    .attempt("asking whoever sent it; do not install it")
                    .toException();
        }
        return id;
    }

    private byte[] slice(int from, int length) {
        return Arrays.copyOfRange(whole, from, from + length);
    }

    private ProblemException malformed(String why) {
        return Problem.gate("package.malformed", "not a firmware package in its one form")
                .at(where)
                .because(why)
                .attempt("skerry pack --firmware, which writes it so")
                .toException();
    }
}
