#include "helium.h"
#include "helium_kernels.h"

static inline skerry_words scaled(const int8_t *from, int32_t widening, const skerry_summand *summand) {
    skerry_words values = skerry_up(skerry_minus(skerry_widened(from), summand->zero), widening);
    return skerry_down(skerry_high_products(values, skerry_all(summand->multiplier)), skerry_all(summand->shift));
}

static inline void four(const int8_t *a, const int8_t *b, int8_t *y, int32_t widening, const skerry_summand *first,
                        const skerry_summand *second, const skerry_rescale *rescale, int32_t count) {
    skerry_words sums = skerry_plus(scaled(a, widening, first), scaled(b, widening, second));
    skerry_store_rescaled(y, sums, rescale, 0, count);
}

void skerry_helium_addition(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t widening,
                            const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale) {
    for (; count >= 4; count -= 4, a += 4, b += 4, y += 4) {
        four(a, b, y, widening, first, second, rescale, 4);
    }
    if (count > 0) {
        int8_t left[4] = {0};
        int8_t right[4] = {0};
        memcpy(left, a, (size_t)count);
        memcpy(right, b, (size_t)count);
        four(left, right, y, widening, first, second, rescale, count);
    }
}
