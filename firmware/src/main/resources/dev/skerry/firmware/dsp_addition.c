#include "dsp.h"
#include "dsp_kernels.h"
#include "dsp_rescale.h"

/* A summand as twice what fixed_point.h would make of it before the multiplication: moved up by one bit more. */
typedef struct {
    int32_t multiplier;
    int32_t zero;  /* moved up too */
    int32_t half;  /* of what is shifted away */
    int32_t shift; /* to the right */
} part;

static part part_of(const skerry_summand *summand, int32_t widening) {
    int32_t shift = -summand->shift;
    return (part){summand->multiplier, summand->zero * (1 << (widening + 1)), shift > 0 ? 1 << (shift - 1) : 0, shift};
}

/* Products are rounded to nearest, then shifts to nearest with ties away from zero. */
static inline int32_t scaled(int32_t byte, int32_t widening, part p) {
    int32_t high = skerry_high(byte * (1 << (widening + 1)) - p.zero, p.multiplier);
    return p.shift > 0 ? (high + (high >> 31) + p.half) >> p.shift : high;
}

void skerry_dsp_addition(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t widening,
                         const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale) {
    part p = part_of(first, widening);
    part q = part_of(second, widening);
    skerry_factor factor = skerry_factor_of(rescale, 0);
    int clamped = rescale->least > INT8_MIN || rescale->most < INT8_MAX;
    for (const int8_t *end = y + count; y < end; y++) {
        int32_t sum = scaled(*a++, widening, p) + scaled(*b++, widening, q);
        int32_t byte = skerry_rescaled(sum * 2, factor);
        *y = (int8_t)(clamped ? skerry_within(byte, rescale) : byte);
    }
}
