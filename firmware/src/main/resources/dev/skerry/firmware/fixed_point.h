/* Fixed-point numbers as TensorFlow Lite's kernels round them. */
#ifndef SKERRY_FIXED_POINT_H
#define SKERRY_FIXED_POINT_H

#include <stdint.h>

/* The high half of twice the product, to nearest, ties upwards. */
static inline int32_t skerry_high_product(int32_t a, int32_t b) {
    int64_t high = ((int64_t)a * b + (INT64_C(1) << 30)) >> 31;
    return high > INT32_MAX ? INT32_MAX : (int32_t)high;
}

/* x × 2^bits, as far as it fits. */
static inline int32_t skerry_shift_left(int32_t x, int bits) {
    int64_t wide = (int64_t)x * (INT64_C(1) << bits);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* x ÷ 2^bits, to nearest, ties away from zero. */
static inline int32_t skerry_shift_right(int32_t x, int bits) {
    int32_t mask = (int32_t)((INT64_C(1) << bits) - 1);
    int32_t remainder = x & mask;
    int32_t threshold = (mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> bits) + (remainder > threshold ? 1 : 0);
}

/* x × multiplier × 2^(shift − 31). */
static inline int32_t skerry_scale(int32_t x, int32_t multiplier, int shift) {
    return shift > 0 ? skerry_high_product(skerry_shift_left(x, shift), multiplier)
                     : skerry_shift_right(skerry_high_product(x, multiplier), -shift);
}

static inline int8_t skerry_clamp(int32_t x, int32_t least, int32_t most) {
    return (int8_t)(x < least ? least : x > most ? most : x);
}

#endif
