package dev.skerry.firmware;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The C of the bootloader that hashes and verifies, on this machine under the sanitizers: against the RFC, Java, and forgers. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class SignatureTest {
    private static final List<String> STRICT =
            List.of("-std=c99", "-O2", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror");
    private static final List<String> SOURCES = List.of("ed25519.c", "sha256.c", "sha512.c");
    private static final HexFormat HEX = HexFormat.of();

    @TempDir
    static Path folder;

    @BeforeAll
    static void build() throws Exception {
        for (String name : List.of("ed25519", "sha256", "sha512")) {
            for (String kind : List.of(".c", ".h")) {
                Files.writeString(folder.resolve(name + kind), Bootloader.resource(name + kind));
            }
        }
        Files.writeString(folder.resolve("driver.c"), resource("signature_driver.c"));
        compile(
                "gcc",
                Stream.of(List.of("driver.c", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"), SOURCES)
                        .flatMap(List::stream)
                        .toList());
    }

    private static void compile(String compiler, List<String> arguments) throws Exception {
        var command = new ArrayList<>(List.of(compiler));
        command.addAll(STRICT);
        command.addAll(arguments);
        if (!arguments.contains("-c")) {
            command.addAll(List.of("-o", "driver"));
        }
        Path log = folder.resolve("log");
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException missing) {
            SharedData.require(false, compiler + " isn't installed");
            return;
        }
        assertThat(process.waitFor()).as(Files.readString(log)).isZero();
    }

    private static String resource(String name) throws IOException {
        try (InputStream stream = SignatureTest.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Words of each line of a file of vectors. */
    private static List<String[]> vectors(String name) throws IOException {
        return resource(name)
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split(" "))
                .toList();
    }

    /** Questions for the C code, which answers all of them in one run. */
    private static final class Questions {
        private final ByteArrayOutputStream asked = new ByteArrayOutputStream();

        void verify(byte[] key, byte[] signature, byte[] message) {
            asked.write('v');
            asked.writeBytes(key);
            asked.writeBytes(signature);
            message(message);
        }

        void hash(char kind, byte[] message) {
            asked.write(kind);
            message(message);
        }

        private void message(byte[] message) {
            for (int i = 0; i < 4; i++) {
                asked.write(message.length >> 8 * i);
            }
            asked.writeBytes(message);
        }

        byte[] answers() throws Exception {
            Path input = Files.write(folder.resolve("questions"), asked.toByteArray());
            Path output = folder.resolve("answers");
            Path log = folder.resolve("log");
            int code = new ProcessBuilder(folder.resolve("driver").toString())
                    .redirectInput(input.toFile())
                    .redirectOutput(output.toFile())
                    .redirectError(log.toFile())
                    .start()
                    .waitFor();
            assertThat(code).as(Files.readString(log)).isZero();
            return Files.readAllBytes(output);
        }
    }

    private static boolean accepts(byte[] key, byte[] signature, byte[] message) throws Exception {
        var question = new Questions();
        question.verify(key, signature, message);
        return question.answers()[0] == 1;
    }

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "clang"})
    void compilersHaveNothingToSay(String compiler) throws Exception {
        for (String source : SOURCES) {
            compile(compiler, List.of("-Os", "-c", source));
        }
    }

    @Test
    void vectorsOfTheRfc() throws Exception {
        List<String[]> vectors = vectors("ed25519_rfc8032.txt");
        assertThat(vectors).hasSize(5);
        for (String[] vector : vectors) {
            byte[] key = HEX.parseHex(vector[1]);
            byte[] message = HEX.parseHex(vector[2].replace("-", ""));
            byte[] signature = HEX.parseHex(vector[3]);
            assertThat(accepts(key, signature, message)).as(vector[0]).isTrue();
            assertThat(accepts(key, signature, Arrays.copyOf(message, message.length + 1)))
                    .as("%s, longer", vector[0])
                    .isFalse();
        }
    }

    @Test
    void hashesAreThoseOfJavaAtEveryLength() throws Exception {
        RandomGenerator random = new SplittableRandom(1);
        var questions = new Questions();
        var expected = new ByteArrayOutputStream();
        for (int length = 0; length < 300; length++) {
            byte[] message = new byte[length < 290 ? length : 10_000 + length];
            random.nextBytes(message);
            questions.hash('s', message);
            expected.writeBytes(MessageDigest.getInstance("SHA-256").digest(message));
            questions.hash('S', message);
            expected.writeBytes(MessageDigest.getInstance("SHA-512").digest(message));
        }
        assertThat(questions.answers()).isEqualTo(expected.toByteArray());
    }

    /** FIPS 180-4's examples, as NIST publishes them. */
    @Test
    void hashesOfTheStandard() throws Exception {
        var questions = new Questions();
        byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
        byte[] million = "a".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII);
        questions.hash('s', abc);
        questions.hash('s', million);
        questions.hash('S', abc);
        questions.hash('S', million);
        assertThat(HEX.formatHex(questions.answers()))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
                        + "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
                        + "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
                        + "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
                        + "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b");
    }

    /** Each signature of Java's, and the same with one bit turned in the key, the signature or the message. */
    @Test
    void asJavaSays() throws Exception {
        RandomGenerator random = new SplittableRandom(1);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        var questions = new Questions();
        var expected = new ByteArrayOutputStream();
        int messages = 300;
        for (int i = 0; i < messages; i++) {
            KeyPair pair = generator.generateKeyPair();
            byte[] key = raw(pair.getPublic());
            byte[] message = new byte[i % 5 == 0 ? 32 : 1 + random.nextInt(300)];
            random.nextBytes(message);
            Signature signing = Signature.getInstance("Ed25519");
            signing.initSign(pair.getPrivate());
            signing.update(message);
            byte[] signature = signing.sign();
            questions.verify(key, signature, message);
            expected.write(1);
            for (byte[] part : List.of(key, signature, message)) {
                int bit = random.nextInt(part.length * 8);
                part[bit / 8] ^= (byte) (1 << bit % 8);
                questions.verify(key, signature, message);
                expected.write(java(key, signature, message) ? 1 : 0);
                part[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
        byte[] answers = expected.toByteArray();
        assertThat(questions.answers()).isEqualTo(answers);
        int accepted = 0;
        for (byte answer : answers) {
            accepted += answer;
        }
        assertThat(accepted).as("a turned bit is noticed").isEqualTo(messages);
    }

    private static byte[] raw(PublicKey key) {
        byte[] spki = key.getEncoded();
        return Arrays.copyOfRange(spki, spki.length - 32, spki.length);
    }

    private static boolean java(byte[] key, byte[] signature, byte[] message) throws Exception {
        byte[] spki = HEX.parseHex("302a300506032b6570032100" + HEX.formatHex(key));
        try {
            Signature verifying = Signature.getInstance("Ed25519");
            verifying.initVerify(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(spki)));
            verifying.update(message);
            return verifying.verify(signature);
        } catch (SignatureException | java.security.InvalidKeyException e) {
            return false;
        }
    }

    @Test
    void casesInWhichVerifiersDiffer() throws Exception {
        List<String[]> vectors = vectors("ed25519_speccheck.txt");
        assertThat(vectors).hasSize(10);
        for (String[] vector : vectors) {
            assertThat(accepts(HEX.parseHex(vector[2]), HEX.parseHex(vector[4]), HEX.parseHex(vector[3])))
                    .as(vector[0])
                    .isEqualTo(vector[1].equals("yes"));
        }
    }

    /** Under a key of small order anybody can find a signature that satisfies the equation, for any message. */
    @Test
    void keysOfSmallOrder() throws Exception {
        byte[] message = "any firmware".getBytes(StandardCharsets.US_ASCII);
        int forged = 0;
        for (EdwardsCurve.Point key : EdwardsCurve.smallOrder()) {
            byte[] encoded = key.encoded();
            byte[] signature = forge(key, encoded, message);
            assertThat(EdwardsCurve.satisfies(signature, key, encoded, message)).isTrue();
            assertThat(accepts(encoded, signature, message))
                    .as(HEX.formatHex(encoded))
                    .isFalse();
            forged++;
        }
        assertThat(forged).isEqualTo(8);
    }

    private static byte[] forge(EdwardsCurve.Point key, byte[] encoded, byte[] message) {
        for (int s = 1; ; s++) {
            EdwardsCurve.Point commitment = EdwardsCurve.BASE.times(BigInteger.valueOf(s));
            for (int multiple = 0; multiple < 8; multiple++) {
                byte[] r = commitment
                        .plus(key.times(BigInteger.valueOf(multiple)).minus())
                        .encoded();
                BigInteger challenge = EdwardsCurve.challenge(r, encoded, message);
                if (challenge.mod(BigInteger.valueOf(8)).intValue() == multiple) {
                    byte[] signature = Arrays.copyOf(r, 64);
                    System.arraycopy(EdwardsCurve.bytes(BigInteger.valueOf(s)), 0, signature, 32, 32);
                    return signature;
                }
            }
        }
    }

    /** Of y and y + p only one is a key, and of a point with x = 0 only that without a sign. */
    @Test
    void keysInAnotherForm() throws Exception {
        byte[] message = {1, 2, 3};
        var questions = new Questions();
        int asked = 0;
        for (int y = 0; y < 19; y++) {
            for (int sign = 0; sign < 2; sign++) {
                BigInteger number = EdwardsCurve.P.add(BigInteger.valueOf(y));
                byte[] key = EdwardsCurve.bytes(sign == 1 ? number.setBit(255) : number);
                EdwardsCurve.Point point = y == 1 || y == 0 ? EdwardsCurve.Point.of(BigInteger.valueOf(y), 0) : null;
                // where the point is of small order, with a signature that would pass were it not for the form
                questions.verify(key, point == null ? new byte[64] : forge(point, key, message), message);
                asked++;
            }
        }
        for (BigInteger y : List.of(BigInteger.ONE, EdwardsCurve.P.subtract(BigInteger.ONE))) {
            byte[] key = EdwardsCurve.bytes(y.setBit(255));
            questions.verify(key, forge(new EdwardsCurve.Point(BigInteger.ZERO, y), key, message), message);
            asked++;
        }
        assertThat(questions.answers()).hasSize(asked).containsOnly(0);
    }

    /** S and all numbers that are the same modulo L and fit into 32 bytes: of the sixteen one is a signature. */
    @Test
    void numbersBeyondTheOrder() throws Exception {
        String[] vector = vectors("ed25519_rfc8032.txt").get(2);
        byte[] key = HEX.parseHex(vector[1]);
        byte[] message = HEX.parseHex(vector[2]);
        byte[] signature = HEX.parseHex(vector[3]);
        BigInteger s = EdwardsCurve.number(Arrays.copyOfRange(signature, 32, 64));
        var questions = new Questions();
        int asked = 0;
        for (BigInteger other = s; other.bitLength() <= 256; other = other.add(EdwardsCurve.L)) {
            System.arraycopy(EdwardsCurve.bytes(other), 0, signature, 32, 32);
            assertThat(asked > 0
                            || EdwardsCurve.satisfies(
                                    signature,
                                    EdwardsCurve.Point.of(
                                            EdwardsCurve.number(key).clearBit(255), key[31] >> 7 & 1),
                                    key,
                                    message))
                    .isTrue();
            questions.verify(key, signature, message);
            asked++;
        }
        byte[] answers = questions.answers();
        assertThat(answers).hasSize(asked).startsWith(1);
        assertThat(Arrays.copyOfRange(answers, 1, asked)).hasSizeGreaterThan(10).containsOnly(0);
    }
}
