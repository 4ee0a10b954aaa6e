#include "dsp.h"
#include "dsp_kernels.h"
#include "dsp_rescale.h"

/*
 * Twice the sums of four outputs. Of each four inputs the first and third make a pair, and the second and fourth. For each pair
 * there are two words of weights, each for two outputs, as in dsp_convolution.c: four words for four inputs.
 */
static SKERRY_APART void multiply(int32_t *twice, const int8_t *x, const int8_t *end, const uint32_t *weights,
                                  const int32_t *bias, int carried) {
    int32_t f0 = bias[0], b0 = bias[1], f1 = bias[2], b1 = bias[3];
    if (carried) {
#if SKERRY_DSP && defined(__OPTIMIZE__)
        uint32_t p, q;
#define STEP                                  \
    "ldr %[q], [%[x]], #4\n\t"                \
    "ldmia %[weights]!, {r4, r5, r6, r8}\n\t" \
    "sxtb16 %[p], %[q]\n\t"                   \
    "sxtb16 %[q], %[q], ror #8\n\t"           \
    "smlad %[b0], r4, %[p], %[b0]\n\t"        \
    "sxtb16 r4, r4\n\t"                       \
    "smlad %[b1], r5, %[p], %[b1]\n\t"        \
    "sxtb16 r5, r5\n\t"                       \
    "smlad %[f0], r4, %[p], %[f0]\n\t"        \
    "smlad %[f1], r5, %[p], %[f1]\n\t"        \
    "smlad %[b0], r6, %[q], %[b0]\n\t"        \
    "sxtb16 r6, r6\n\t"                       \
    "smlad %[b1], r8, %[q], %[b1]\n\t"        \
    "sxtb16 r8, r8\n\t"                       \
    "smlad %[f0], r6, %[q], %[f0]\n\t"        \
    "smlad %[f1], r8, %[q], %[f1]\n\t"
        __asm__ volatile("b 2f\n\t"
                         "1:\n\t" STEP "2:\n\t"
                         "subs %[p], %[end], %[x]\n\t"
                         "ble 3f\n\t"
                         "cmp %[p], #16\n\t"
                         "blt 1b\n\t"
                         "4:\n\t" STEP STEP STEP STEP "subs %[p], %[end], %[x]\n\t"
                         "cmp %[p], #15\n\t"
                         "bgt 4b\n\t"
                         "b 2b\n\t"
                         "3:\n\t"
                         : [b0] "+r"(b0), [b1] "+r"(b1), [f0] "+r"(f0), [f1] "+r"(f1), [x] "+r"(x),
                           [weights] "+r"(weights), [p] "=&r"(p), [q] "=&r"(q)
                         : [end] "r"(end)
                         : "r4", "r5", "r6", "r8", "cc", "memory");
#else
        for (; x < end; x += 4, weights += 4) {
            skerry_pair p = skerry_even_bytes(skerry_word(x));
            skerry_pair q = skerry_odd_bytes(skerry_word(x));
            b0 = skerry_mac_pairs(skerry_mac_pairs(b0, weights[0], p), weights[2], q);
            b1 = skerry_mac_pairs(skerry_mac_pairs(b1, weights[1], p), weights[3], q);
            f0 = skerry_mac_pairs(skerry_mac_pairs(f0, skerry_even_bytes(weights[0]), p), skerry_even_bytes(weights[2]), q);
            f1 = skerry_mac_pairs(skerry_mac_pairs(f1, skerry_even_bytes(weights[1]), p), skerry_even_bytes(weights[3]), q);
        }
#endif
        b0 = skerry_difference(b0, f0) >> 7;
        b1 = skerry_difference(b1, f1) >> 7;
    } else {
        for (; x < end; x += 4, weights += 4) {
            skerry_pair p = skerry_even_bytes(skerry_word(x));
            skerry_pair q = skerry_odd_bytes(skerry_word(x));
            b0 = skerry_mac_pairs(skerry_mac_pairs(b0, skerry_odd_bytes(weights[0]), p), skerry_odd_bytes(weights[2]), q);
            b1 = skerry_mac_pairs(skerry_mac_pairs(b1, skerry_odd_bytes(weights[1]), p), skerry_odd_bytes(weights[3]), q);
            f0 = skerry_mac_pairs(skerry_mac_pairs(f0, skerry_even_bytes(weights[0]), p), skerry_even_bytes(weights[2]), q);
            f1 = skerry_mac_pairs(skerry_mac_pairs(f1, skerry_even_bytes(weights[1]), p), skerry_even_bytes(weights[3]), q);
        }
        b0 *= 2;
        b1 *= 2;
    }
    twice[0] = f0 * 2;
    twice[1] = b0;
    twice[2] = f1 * 2;
    twice[3] = b1;
}

void skerry_dsp_fully_connected(const int8_t *x, int8_t *y, int32_t inputs, int32_t outputs, const uint32_t *weights,
                                const int32_t *bias, const skerry_rescale *rescale, int carried) {
    int32_t words = (inputs + 3) / 4 * 4;
    int clamped = rescale->least > INT8_MIN || rescale->most < INT8_MAX;
    skerry_factor factor = skerry_factor_of(rescale, 0);
    int32_t twice[4];
    for (int32_t output = 0; output < outputs; output += 4, weights += words, bias += 4) {
        multiply(twice, x, x + inputs, weights, bias, carried);
        int32_t left = outputs - output < 4 ? outputs - output : 4;
        for (int32_t i = 0; i < left; i++) {
            if (rescale->per_channel) {
                factor = skerry_factor_of(rescale, output + i);
            }
            int32_t byte = skerry_rescaled(twice[i], factor);
            *y++ = (int8_t)(clamped ? skerry_within(byte, rescale) : byte);
        }
    }
}
