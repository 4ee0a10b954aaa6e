package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Small functions in C that operators call, written only where one does. A snippet may call those before it. */
enum Snippet {
    MIRROR("skerry_mirror", """
            /* An index brought inside by mirrors, at the middle of the outermost places or at their far edges. */
            static int32_t skerry_mirror(int32_t index, int32_t size, int at_middle) {
                int32_t period = at_middle ? 2 * (size - 1) : 2 * size;
                if (period == 0) {
                    return 0;
                }
                int32_t place = (index % period + period) % period;
                return place < size ? place : at_middle ? period - place : period - 1 - place;
            }
            """),
    PIXEL("skerry_pixel", """
            /* A place of an image; outside lie zeros (0), the border (1), or its mirror image (2). */
            static float skerry_pixel(const float *image, int32_t rows, int32_t columns, int32_t row, int32_t column,
                                      int padding, int at_middle) {
                int inside = row >= 0 && row < rows && column >= 0 && column < columns;
                if (!inside && padding == 0) {
                    return 0;
                }
                if (!inside && padding == 1) {
                    row = row < 0 ? 0 : row >= rows ? rows - 1 : row;
                    column = column < 0 ? 0 : column >= columns ? columns - 1 : column;
                }
                if (!inside && padding == 2) {
                    row = skerry_mirror(row, rows, at_middle);
                    column = skerry_mirror(column, columns, at_middle);
                }
                return image[row * columns + column];
            }
            """),
    CUBIC("skerry_cubic", """
            /* The cubic kernel with the parameter -0.75. */
            static float skerry_cubic(float x) {
                float d = fabsf(x);
                if (d <= 1) {
                    return (1.25f * d - 2.25f) * d * d + 1;
                }
                return d < 2 ? ((-0.75f * d + 3.75f) * d - 6) * d + 3 : 0;
            }
            """),
    FOURIER("skerry_fourier", """
            /* The spectrum of size numbers, a power of two, in place; turns are the powers of the root of one. */
            static void skerry_fourier(float *z, const float *turns, int32_t size) {
                for (int32_t i = 1, j = 0; i < size; i++) {
                    int32_t bit = size >> 1;
                    for (; (j & bit) != 0; bit >>= 1) {
                        j ^= bit;
                    }
                    j ^= bit;
                    if (i < j) {
                        for (int32_t part = 0; part < 2; part++) {
                            float kept = z[2 * i + part];
                            z[2 * i + part] = z[2 * j + part];
                            z[2 * j + part] = kept;
                        }
                    }
                }
                for (int32_t half = 1; half < size; half *= 2) {
                    for (int32_t start = 0; start < size; start += 2 * half) {
                        for (int32_t k = 0; k < half; k++) {
                            const float *turn = turns + 2 * (k * (size / (2 * half)));
                            float *a = z + 2 * (start + k);
                            float *b = a + 2 * half;
                            float real = b[0] * turn[0] - b[1] * turn[1];
                            float imaginary = b[0] * turn[1] + b[1] * turn[0];
                            b[0] = a[0] - real;
                            b[1] = a[1] - imaginary;
                            a[0] += real;
                            a[1] += imaginary;
                        }
                    }
                }
            }
            """),
    PLACE("skerry_place", """
            /* An index along an axis: counted from the end where it is negative, and inside in any case. */
            static int32_t skerry_place(int64_t index, int32_t size) {
                int64_t place = index < 0 ? index + size : index;
                return place < 0 ? 0 : place >= size ? size - 1 : (int32_t)place;
            }
            """),
    BITS("skerry_bits_of_float", """
            static uint32_t skerry_bits_of_float(float value) {
                union {
                    float value;
                    uint32_t bits;
                } both = {value};
                return both.bits;
            }
            """),
    FLOAT_OF_BITS("skerry_float_of_bits", """
            static float skerry_float_of_bits(uint32_t bits) {
                union {
                    uint32_t bits;
                    float value;
                } both = {bits};
                return both.value;
            }
            """),
    FROM_HALF("skerry_from_half", """
            /* The number that 16 bits stand for: a sign, 5 bits of exponent, 10 of fraction. */
            static float skerry_from_half(uint16_t half) {
                uint32_t sign = (uint32_t)(half & 0x8000U) << 16;
                int32_t exponent = half >> 10 & 0x1f;
                uint32_t fraction = half & 0x3ffU;
                if (exponent == 0x1f) {
                    return skerry_float_of_bits(sign | 0x7f800000U | fraction << 13);
                }
                float value = exponent == 0 ? ldexpf((float)fraction, -24) : ldexpf((float)(fraction | 0x400U), exponent - 25);
                return sign != 0 ? -value : value;
            }
            """),
    TO_HALF("skerry_to_half", """
            /* To the nearest half float, ties to even. */
            static uint16_t skerry_to_half(float value) {
                uint32_t bits = skerry_bits_of_float(value);
                uint32_t sign = bits >> 16 & 0x8000U;
                uint32_t size = bits & 0x7fffffffU;
                if (size > 0x7f800000U) {
                    return (uint16_t)(sign | 0x7e00U);
                }
                if (size >= 0x477ff000U) {
                    return (uint16_t)(sign | 0x7c00U);
                }
                if (size < 0x38800000U) {
                    return (uint16_t)(sign | (uint32_t)lrintf(ldexpf(skerry_float_of_bits(size), 24)));
                }
                return (uint16_t)(sign | (size + 0xfffU + (size >> 13 & 1U) - 0x38000000U) >> 13);
            }
            """),
    FROM_BFLOAT("skerry_from_bfloat", """
            static float skerry_from_bfloat(uint16_t bits) { return skerry_float_of_bits((uint32_t)bits << 16); }
            """),
    TO_BFLOAT("skerry_to_bfloat", """
            /* To the nearest bfloat16, ties to even. */
            static uint16_t skerry_to_bfloat(float value) {
                uint32_t bits = skerry_bits_of_float(value);
                return isnan(value) ? (uint16_t)0x7fc0 : (uint16_t)((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
            }
            """);

    private final String function;
    private final String text;

    Snippet(String function, String text) {
        this.function = function;
        this.text = text;
    }

    /** What {@code code} calls, and what that calls, each before its callers. */
    static String neededBy(String code) {
        List<Snippet> all = new ArrayList<>(List.of(values()));
        Collections.reverse(all);
        var needed = new ArrayList<Snippet>();
        var read = new StringBuilder(code);
        for (Snippet snippet : all) {
            if (read.indexOf(snippet.function + "(") >= 0) {
                needed.addFirst(snippet);
                read.append(snippet.text);
            }
        }
        return needed.stream().map(snippet -> snippet.text + "\n").collect(Collectors.joining());
    }
}
