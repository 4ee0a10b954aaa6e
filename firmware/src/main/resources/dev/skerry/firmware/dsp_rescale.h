/* From sums to bytes with the instructions of dsp.h. All shifts go right, by 1 to 22 bits. */
#ifndef SKERRY_DSP_RESCALE_H
#define SKERRY_DSP_RESCALE_H

#include "dsp.h"
#include "dsp_kernels.h"

/* The factor of one channel. */
typedef struct {
    int32_t multiplier;
    int32_t rest; /* half of what is shifted away, and the zero point before the shift */
    int32_t shift;
} skerry_factor;

static inline skerry_factor skerry_factor_of(const skerry_rescale *rescale, int32_t channel) {
    int32_t at = rescale->per_channel ? channel : 0;
    int32_t shift = -rescale->shift[at];
    return (skerry_factor){rescale->multiplier[at], (2 * rescale->zero + 1) * (1 << (shift - 1)), shift};
}

/* base: 2 × zero point + 1 */
static inline skerry_factor skerry_factor_of_pair(const skerry_dsp_pair *numbers, int32_t which, int32_t base) {
    int32_t shift = numbers->shift[which];
    return (skerry_factor){numbers->multiplier[which], base * (1 << (shift - 1)), shift};
}

/* From twice the sum. Rounds as skerry_scale: to nearest, then to nearest with ties away from zero. */
static inline int32_t skerry_rescaled(int32_t twice, skerry_factor factor) {
    int32_t high = skerry_high(twice, factor.multiplier);
    return skerry_to_byte((high + (high >> 31) + factor.rest) >> factor.shift);
}

static inline int32_t skerry_within(int32_t x, const skerry_rescale *rescale) {
    return x < rescale->least ? rescale->least : x > rescale->most ? rescale->most : x;
}

#endif
