package dev.skerry.firmware;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Small functions in C that operators call, written only where one does. A snippet may call those before it. */
enum Snippet {
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
