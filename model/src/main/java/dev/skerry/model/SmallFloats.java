package dev.skerry.model;

/**
 * Floats of 8 and 4 bits by the tables of the ONNX specification (OCP FP8 and MX formats, and the FNUZ variants of
 * Graphcore and AMD).
 */
final class SmallFloats {
    private SmallFloats() {}

    static double decode(DataType type, int bits) {
        return switch (type) {
            case FLOAT8E4M3FN -> (bits & 0x7f) == 0x7f ? Double.NaN : decode(bits, 4, 3, 7);
            case FLOAT8E4M3FNUZ -> bits == 0x80 ? Double.NaN : decode(bits, 4, 3, 8);
            case FLOAT8E5M2 -> {
                if ((bits & 0x7c) == 0x7c) {
                    double special = (bits & 3) == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
                    yield (bits & 0x80) == 0 ? special : -special;
                }
                yield decode(bits, 5, 2, 15);
            }
            case FLOAT8E5M2FNUZ -> bits == 0x80 ? Double.NaN : decode(bits, 5, 2, 16);
            case FLOAT8E8M0 -> bits == 0xff ? Double.NaN : Math.scalb(1.0, bits - 127);
            case FLOAT4E2M1 -> decode(bits, 2, 1, 1);
            default -> throw new IllegalArgumentException(type + " is not a small float");
        };
    }

    private static double decode(int bits, int exponentBits, int mantissaBits, int bias) {
        int mantissa = bits & (1 << mantissaBits) - 1;
        int exponent = bits >> mantissaBits & (1 << exponentBits) - 1;
        double magnitude = exponent == 0
                ? Math.scalb((double) mantissa, 1 - bias - mantissaBits)
                : Math.scalb((double) (mantissa | 1 << mantissaBits), exponent - bias - mantissaBits);
        return (bits >> exponentBits + mantissaBits & 1) == 0 ? magnitude : -magnitude;
    }
}
