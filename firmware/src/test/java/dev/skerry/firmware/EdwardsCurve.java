package dev.skerry.firmware;

import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Ed25519 by the book (RFC 8032, section 5.1), with whole numbers and affine points: slow, and easy to believe. */
final class EdwardsCurve {
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    static final BigInteger L = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    static final BigInteger D = BigInteger.valueOf(-121665)
            .multiply(BigInteger.valueOf(121666).modInverse(P))
            .mod(P);
    private static final BigInteger ROOT = BigInteger.TWO.modPow(P.shiftRight(2), P);
    static final Point BASE = Point.of(
            BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P), 0);
    static final Point NEUTRAL = new Point(BigInteger.ZERO, BigInteger.ONE);

    private EdwardsCurve() {}

    record Point(BigInteger x, BigInteger y) {
        /** The point with this y whose x has this lowest bit. */
        static Point of(BigInteger y, int sign) {
            BigInteger squared = y.multiply(y)
                    .subtract(BigInteger.ONE)
                    .multiply(D.multiply(y).multiply(y).add(BigInteger.ONE).modInverse(P))
                    .mod(P);
            BigInteger x = squared.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
            if (!x.multiply(x).mod(P).equals(squared)) {
                x = x.multiply(ROOT).mod(P);
            }
            if (!x.multiply(x).mod(P).equals(squared)) {
                throw new IllegalArgumentException("no point has this y");
            }
            return new Point(x.testBit(0) == (sign == 1) ? x : P.subtract(x).mod(P), y);
        }

        Point plus(Point other) {
            BigInteger across = D.multiply(x)
                    .multiply(other.x)
                    .multiply(y)
                    .multiply(other.y)
                    .mod(P);
            return new Point(
                    x.multiply(other.y)
                            .add(other.x.multiply(y))
                            .multiply(BigInteger.ONE.add(across).modInverse(P))
                            .mod(P),
                    y.multiply(other.y)
                            .add(x.multiply(other.x))
                            .multiply(BigInteger.ONE.subtract(across).modInverse(P))
                            .mod(P));
        }

        Point minus() {
            return new Point(P.subtract(x).mod(P), y);
        }

        Point times(BigInteger factor) {
            Point result = NEUTRAL;
            for (int bit = factor.bitLength() - 1; bit >= 0; bit--) {
                result = result.plus(result);
                if (factor.testBit(bit)) {
                    result = result.plus(this);
                }
            }
            return result;
        }

        byte[] encoded() {
            return bytes(x.testBit(0) ? y.setBit(255) : y);
        }
    }

    /** The eight points whose order divides the cofactor. */
    static List<Point> smallOrder() {
        // any point, freed from its large part, generates them if it is lucky
        Point generator = Stream.iterate(BigInteger.TWO, BigInteger.ONE::add)
                .filter(y -> isOnCurve(y) && order(Point.of(y, 0).times(L)) == 8)
                .map(y -> Point.of(y, 0).times(L))
                .findFirst()
                .orElseThrow();
        return Stream.iterate(NEUTRAL, generator::plus).limit(8).toList();
    }

    private static boolean isOnCurve(BigInteger y) {
        try {
            Point.of(y, 0);
            return true;
        } catch (IllegalArgumentException no) {
            return false;
        }
    }

    private static int order(Point point) {
        int order = 1;
        for (Point at = point; !at.equals(NEUTRAL); at = at.plus(point)) {
            order++;
        }
        return order;
    }

    /** k of section 5.1.7. */
    static BigInteger challenge(byte[] r, byte[] key, byte[] message) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-512");
            hash.update(r);
            hash.update(key);
            return number(hash.digest(message)).mod(L);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether R = [S]B - [k]A, and nothing else is looked at. */
    static boolean satisfies(byte[] signature, Point key, byte[] encodedKey, byte[] message) {
        byte[] r = Arrays.copyOf(signature, 32);
        BigInteger s = number(Arrays.copyOfRange(signature, 32, 64));
        Point right =
                BASE.times(s).plus(key.times(challenge(r, encodedKey, message)).minus());
        return Arrays.equals(right.encoded(), r);
    }

    /** 32 bytes, the lowest first. */
    static byte[] bytes(BigInteger number) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < 32; i++) {
            bytes[i] = number.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    static BigInteger number(byte[] bytes) {
        byte[] turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[bytes.length - 1 - i];
        }
        return new BigInteger(1, turned);
    }
}
