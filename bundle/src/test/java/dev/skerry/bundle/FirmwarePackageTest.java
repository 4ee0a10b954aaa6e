package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of a firmware package, and what somebody might do to them. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class FirmwarePackageTest {
    private static final SigningKey KEY = SigningKey.generate();
    private static final TrustedKeys TRUSTED = TrustedKeys.of(KEY);
    private static final int SLOT = 0x10000;
    private static final FirmwareLabel LABEL =
            new FirmwareLabel("cortex-m4", SLOT, FirmwareVersion.parse("1.2.3+4"), 7, Digest.of(new byte[] {1}));
    private static final byte[] IMAGE = image(SLOT, 90);
    private static final byte[] GOOD = FirmwarePackage.sign(LABEL, IMAGE, KEY);

    @TempDir
    Path folder;

    /** A vector table for a slot, and some bytes. */
    static byte[] image(int slot, int bytes) {
        ByteBuffer image = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        image.putInt(0x2000_8000).putInt(slot + 512 + 9);
        while (image.hasRemaining()) {
            image.put((byte) (image.position() * 7));
        }
        return image.array();
    }

    private static Verification verify(byte[] bytes) {
        return FirmwareVerifier.verify(bytes, TRUSTED, "package");
    }

    private static void assertRefused(byte[] bytes, String code) {
        assertThat(verify(bytes))
                .isInstanceOfSatisfying(
                        Verification.Refused.class,
                        refused -> assertThat(refused.problem().code()).isEqualTo(code));
    }

    /** As MCUboot's description of its image format has it, with nothing of ours to help. */
    @Test
    void anMcubootImage() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(GOOD).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getInt()).as("ih_magic").isEqualTo(0x96f3b83d);
        assertThat(bytes.getInt()).as("ih_load_addr").isZero();
        int header = bytes.getShort();
        int signed = bytes.getShort();
        int image = bytes.getInt();
        assertThat(bytes.getInt()).as("ih_flags").isZero();
        assertThat(bytes.get()).isEqualTo((byte) 1);
        assertThat(bytes.get()).isEqualTo((byte) 2);
        assertThat(bytes.getShort()).isEqualTo((short) 3);
        assertThat(bytes.getInt()).isEqualTo(4);
        assertThat(image).isEqualTo(92);
        assertThat(Arrays.copyOfRange(GOOD, header, header + 90)).isEqualTo(IMAGE);

        var entries = new java.util.LinkedHashMap<Integer, byte[]>();
        bytes.position(header + image);
        for (int magic : new int[] {0x6908, 0x6907}) {
            int from = bytes.position();
            assertThat(bytes.getShort()).isEqualTo((short) magic);
            int end = from + bytes.getShort();
            while (bytes.position() < end) {
                int type = bytes.getShort();
                byte[] value = new byte[bytes.getShort()];
                bytes.get(value);
                assertThat(entries.put(type, value)).isNull();
            }
            assertThat(bytes.position()).isEqualTo(end);
        }
        assertThat(bytes.hasRemaining()).isFalse();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(GOOD, header + image + signed));
        assertThat(entries.keySet()).containsExactly(0x50, 0xa0, 0xa1, 0x10, 0x01, 0x24);
        assertThat(entries.get(0x10)).isEqualTo(digest);
        assertThat(entries.get(0x01))
                .isEqualTo(MessageDigest.getInstance("SHA-256")
                        .digest(KEY.publicKey().getEncoded()));
        assertThat(Ed25519.verify(KEY.publicKey(), digest, entries.get(0x24))).isTrue();
        assertThat(entries.get(0x50)).isEqualTo(new byte[] {7, 0, 0, 0});
    }

    @Test
    void verifyNamesWhatItChecked() throws Exception {
        Path file = folder.resolve("image.bin");
        FirmwarePackage.write(GOOD, file);
        assertThat(FirmwarePackage.isOne(file)).isTrue();
        assertThat(Fixtures.names(folder)).containsExactly("image.bin");
        Verification verification = FirmwarePackage.verify(file, TRUSTED);
        assertThat(verification).isInstanceOf(Verification.Verified.class);
        assertThat(verification.checks())
                .contains(
                        "image: 92 bytes, version 1.2.3+4, its vector table leads into it",
                        "target: cortex-m4, linked for the slot at 0x00010000",
                        "counter: 7",
                        "bundle: " + LABEL.bundle())
                .anySatisfy(check ->
                        assertThat(check).startsWith("signature: Ed25519").endsWith(KEY.signer()));
        assertThat(FirmwarePackage.isOne(Files.write(file, new byte[] {1, 2, 3})))
                .isFalse();
        assertThat(FirmwarePackage.isOne(folder)).isFalse();
    }

    @Test
    void theSameContentIsTheSameBytes() {
        assertThat(FirmwarePackage.sign(LABEL, IMAGE, KEY)).isEqualTo(GOOD);
    }

    @Test
    void everyFlippedBit() {
        for (int bit = 0; bit < GOOD.length * 8; bit++) {
            byte[] bad = GOOD.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(verify(bad)).as("bit %d", bit).isInstanceOf(Verification.Refused.class);
        }
        assertThat(verify(GOOD)).isInstanceOf(Verification.Verified.class);
    }

    @Test
    void truncatedAtEveryByteAndLonger() {
        for (int length = 0; length < GOOD.length; length++) {
            assertRefused(Arrays.copyOf(GOOD, length), "package.malformed");
        }
        for (int more : new int[] {1, 4, 216, 512}) {
            assertRefused(Arrays.copyOf(GOOD, GOOD.length + more), "package.malformed");
        }
    }

    /** Sizes that are negative as numbers of 32 bits, or wrap around when header and trailer are added. */
    @ParameterizedTest
    @ValueSource(strings = {"ffffffff", "fffffd28", "fffffffc", "80000000", "7fffffff", "00000000", "fffffe00"})
    void sizesThatOverflow(String size) {
        byte[] bad = GOOD.clone();
        ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN).putInt(12, Integer.parseUnsignedInt(size, 16));
        assertRefused(bad, "package.malformed");
    }

    /** Whoever has the key can sign anything; what isn't in the one form is refused all the same. */
    @ParameterizedTest
    @CsvSource({"0,3cb8f396", "8,0004", "10,4c00", "16,10000000", "28,01000000", "300,01", "604,0969", "616,a200"})
    void validlySignedInAnotherForm(int at, String hex) {
        byte[] bad = GOOD.clone();
        byte[] bytes = HexFormat.of().parseHex(hex);
        System.arraycopy(bytes, 0, bad, at, bytes.length);
        assertThat(bad).isNotEqualTo(GOOD);
        assertRefused(signedAgain(bad), "package.malformed");
    }

    private static byte[] signedAgain(byte[] bytes) {
        byte[] digest = FirmwarePackage.digest(bytes, 92);
        System.arraycopy(digest, 0, bytes, bytes.length - 216 + 80, 32);
        System.arraycopy(KEY.sign(digest), 0, bytes, bytes.length - 64, 64);
        return bytes;
    }

    @Test
    void byAnotherKeyAndUnderTheNameOfATrustedOne() {
        byte[] foreign = FirmwarePackage.sign(LABEL, IMAGE, SigningKey.generate());
        assertRefused(foreign, "package.untrusted");
        int key = GOOD.length - 100;
        System.arraycopy(GOOD, key, foreign, key, 32);
        assertRefused(foreign, "package.forged");
    }

    @Test
    void theSignatureOfAnotherPackage() {
        byte[] other = FirmwarePackage.sign(LABEL, image(SLOT, 92), KEY);
        byte[] bad = GOOD.clone();
        System.arraycopy(other, other.length - 64, bad, bad.length - 64, 64);
        assertRefused(bad, "package.forged");
    }

    /** The same point and the same number plus the order of the group: a second signature for the same bytes. */
    @Test
    void aSecondFormOfTheSignature() {
        var order = java.math.BigInteger.TWO
                .pow(252)
                .add(new java.math.BigInteger("27742317777372353535851937790883648493"));
        byte[] bad = GOOD.clone();
        byte[] number = Arrays.copyOfRange(bad, bad.length - 32, bad.length);
        reverse(number);
        byte[] sum = new java.math.BigInteger(1, number).add(order).toByteArray();
        byte[] wide = new byte[32];
        System.arraycopy(sum, 0, wide, 32 - sum.length, sum.length);
        reverse(wide);
        System.arraycopy(wide, 0, bad, bad.length - 32, 32);
        assertRefused(bad, "package.forged");
    }

    private static void reverse(byte[] bytes) {
        for (int i = 0; i < bytes.length / 2; i++) {
            byte first = bytes[i];
            bytes[i] = bytes[bytes.length - 1 - i];
            bytes[bytes.length - 1 - i] = first;
        }
    }

    /** What signs bundles signs no 32 bytes, and a package's signature is over nothing else. */
    @Test
    void theSignatureOfABundleIsOverSomethingLonger() {
        byte[] payload = "{}".getBytes(StandardCharsets.UTF_8);
        assertThat(Envelope.preAuthentication(Envelope.PAYLOAD_TYPE, payload).length)
                .isGreaterThan(32);
    }

    @Test
    void anImageForAnotherSlotIsNotPacked() {
        assertThatThrownBy(() -> FirmwarePackage.sign(LABEL, image(0x80000, 100), KEY))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo("package.image"));
        assertThatThrownBy(() -> FirmwarePackage.sign(LABEL, new byte[4], KEY)).isInstanceOf(ProblemException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "1,1.0.0+0",
        "0.2,0.2.0+0",
        "255.255.65535+4294967295,255.255.65535+4294967295",
        "3+9,3.0.0+9",
    })
    void versions(String text, String meant) {
        assertThat(FirmwareVersion.parse(text)).hasToString(meant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "v1", "1.2.3.4", "256", "1.256", "1.0.65536", "1+4294967296", "1.-2", "1.2.3-rc1"})
    void versionsThatNoDeviceCanCompare(String text) {
        assertThatThrownBy(() -> FirmwareVersion.parse(text))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().code()).isEqualTo("package.version"));
    }

    @Test
    void buildsCountLast() {
        assertThat(FirmwareVersion.parse("1.2.3+4"))
                .isLessThan(FirmwareVersion.parse("1.2.3+5"))
                .isLessThan(FirmwareVersion.parse("1.3"));
    }

    @ParameterizedTest
    @CsvSource({"Cortex,0,0", "cortex-m4-and-more,0,0", "cortex-m4,2,0", "cortex-m4,0,4294967296", "cortex-m4,0,-1"})
    void labelsThatNoDeviceCanRead(String target, long slot, long counter) {
        assertThatThrownBy(() ->
                        new FirmwareLabel(target, slot, FirmwareVersion.parse("1"), counter, Digest.of(new byte[0])))
                .isInstanceOf(ProblemException.class);
    }
}
