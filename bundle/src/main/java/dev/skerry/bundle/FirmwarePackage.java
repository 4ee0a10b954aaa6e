package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A signed image for a microcontroller: MCUboot's image format in one form, so that a bootloader finds each field at its place.
 * A header of 512 bytes, the image, and a trailer of 216 bytes with counter, target and bundle, then digest, key and signature.
 *
 * <p>The signature is Ed25519 over the 32 bytes of the SHA-256 digest of all before the second half of the trailer. What else a
 * key signs is never 32 bytes long ({@link Envelope}), so that one can't pass for the other.
 *
 * @see <a href="https://docs.mcuboot.com/design.html#image-format">MCUboot: image format</a>
 */
public final class FirmwarePackage {
    static final int HEADER_BYTES = 512;
    static final int TRAILER_BYTES = 216;

    /** What a package takes beside its image. */
    public static final int OVERHEAD_BYTES = HEADER_BYTES + TRAILER_BYTES;

    static final int SIGNED_TRAILER_BYTES = 72;
    static final int LARGEST_BYTES = 1 << 28;

    private static final int MAGIC = 0x96f3b83d;
    private static final short SIGNED_MAGIC = 0x6908;
    private static final short UNSIGNED_MAGIC = 0x6907;
    private static final short COUNTER = 0x50;
    private static final short TARGET = 0xa0;
    private static final short BUNDLE = 0xa1;
    private static final short DIGEST = 0x10;
    private static final short KEY = 0x01;
    private static final short SIGNATURE = 0x24;
    private static final int NAME_BYTES = 16;

    private FirmwarePackage() {}

    /**
     * Signs an image.
     *
     * @param image what lies behind the header on the device; zeros fill it up to a multiple of four bytes
     * @return the package: the same for the same image, label and key
     * @throws dev.skerry.problem.ProblemException {@code package.image} where it can't run at that slot
     */
    public static byte[] sign(FirmwareLabel label, byte[] image, SigningKey key) {
        byte[] whole = Arrays.copyOf(image, (image.length + 3) / 4 * 4);
        requireRunnable(label, whole);
        byte[] bytes = unsigned(label, whole);
        byte[] digest = digest(bytes, whole.length);
        finish(bytes, digest, HexFormat.of().parseHex(new Digest(key.signer()).hex()), key.sign(digest));
        return bytes;
    }

    /** Writes a package; what was there before stays until all of it is on the disk. */
    public static void write(byte[] signed, Path out) {
        try (Staging staging = Staging.beside(out, () -> {})) {
            try (FileChannel file =
                    FileChannel.open(staging.content(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(signed);
                while (rest.hasRemaining()) {
                    file.write(rest);
                }
                file.force(true);
            }
            staging.publish();
        } catch (IOException e) {
            throw BundleFailure.of(e, "package.unwritable", "cannot write the firmware package", out);
        }
    }

    /** Whether a file begins as firmware packages do. */
    public static boolean isOne(Path file) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] start = in.readNBytes(4);
            return start.length == 4
                    && ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /** Reads every byte, and says what was checked. */
    public static Verification verify(Path file, TrustedKeys trusted) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(LARGEST_BYTES + 1);
        } catch (IOException e) {
            throw BundleFailure.of(e, "package.unreadable", "cannot read the firmware package", file);
        }
        return FirmwareVerifier.verify(bytes, trusted, file.toString());
    }

    /** Header, image and the signed half of the trailer, with room for the rest. */
    static byte[] unsigned(FirmwareLabel label, byte[] image) {
        byte[] whole = new byte[HEADER_BYTES + image.length + TRAILER_BYTES];
        ByteBuffer bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        FirmwareVersion version = label.version();
        bytes.putInt(MAGIC)
                .putInt(0) // load address: it runs where it lies
                .putShort((short) HEADER_BYTES)
                .putShort((short) SIGNED_TRAILER_BYTES)
                .putInt(image.length)
                .putInt(0) // flags
                .put((byte) version.major())
                .put((byte) version.minor())
                .putShort((short) version.revision())
                .putInt((int) version.build());
        bytes.position(HEADER_BYTES).put(image);
        bytes.putShort(SIGNED_MAGIC).putShort((short) SIGNED_TRAILER_BYTES);
        bytes.putShort(COUNTER).putShort((short) Integer.BYTES).putInt((int) label.counter());
        byte[] name = Arrays.copyOf(label.target().getBytes(StandardCharsets.US_ASCII), NAME_BYTES);
        bytes.putShort(TARGET)
                .putShort((short) (NAME_BYTES + Integer.BYTES))
                .put(name)
                .putInt((int) label.slot());
        entry(bytes, BUNDLE, HexFormat.of().parseHex(label.bundle().hex()));
        return whole;
    }

    /** The half of the trailer that isn't signed. */
    static void finish(byte[] whole, byte[] digest, byte[] key, byte[] signature) {
        int half = TRAILER_BYTES - SIGNED_TRAILER_BYTES;
        ByteBuffer bytes = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).position(whole.length - half);
        bytes.putShort(UNSIGNED_MAGIC).putShort((short) half);
        entry(bytes, DIGEST, digest);
        entry(bytes, KEY, key);
        entry(bytes, SIGNATURE, signature);
    }

    /** SHA-256 of what is signed. */
    static byte[] digest(byte[] bytes, int imageBytes) {
        var digest = Digest.sha256();
        digest.update(bytes, 0, HEADER_BYTES + imageBytes + SIGNED_TRAILER_BYTES);
        return digest.digest();
    }

    private static void entry(ByteBuffer bytes, short type, byte[] value) {
        bytes.putShort(type).putShort((short) value.length).put(value);
    }

    /**
     * A Cortex-M starts by a table of addresses: a stack, and code that must lie in the image itself.
     *
     * @throws dev.skerry.problem.ProblemException {@code package.image} where it can't run at that slot
     */
    public static void requireRunnable(FirmwareLabel label, byte[] image) {
        if (image.length < 8 || image.length > LARGEST_BYTES - HEADER_BYTES - TRAILER_BYTES) {
            throw Problem.usage("package.image", "an image of " + image.length + " bytes can't be packed")
                    .because("it has between 8 bytes and 256 MiB")
                    .toException();
        }
        if (!label.target().startsWith("cortex-m")) {
            return;
        }
        ByteBuffer table = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        long stack = Integer.toUnsignedLong(table.getInt());
        long reset = Integer.toUnsignedLong(table.getInt());
        long first = label.slot() + HEADER_BYTES;
        if (stack % 4 != 0 || reset % 2 == 0 || reset < first || reset >= first + image.length) {
            throw Problem.usage("package.image", "the image can't start at its slot")
                    .at("slot 0x%08x".formatted(label.slot()))
                    .because(
                            "its vector table has stack 0x%08x and reset 0x%08x; code for this slot lies from 0x%08x on"
                                    .formatted(stack, reset, first))
                    .attempt("linking it for 0x%08x, %d bytes behind the slot's address".formatted(first, HEADER_BYTES))
                    .toException();
        }
    }
}
