#include "helium.h"
#include "helium_kernels.h"

/* A summand as it is before the sum: moved up, multiplied, and down. */
typedef struct {
    skerry_words multiplier;
    skerry_words shift;
    int32_t zero;
} part;

static part part_of(const skerry_summand *summand) {
    return (part){skerry_all(summand->multiplier), skerry_all(summand->shift), summand->zero};
}

static inline skerry_words scaled(const int8_t *from, int32_t widening, const part *p) {
    skerry_words values = skerry_up(skerry_add(skerry_widened(from), -p->zero), widening);
    return skerry_down_or_not(skerry_high_products(values, p->multiplier), p->shift);
}

void skerry_helium_addition(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t widening,
                            const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale) {
    part p = part_of(first);
    part q = part_of(second);
    skerry_factors factors = skerry_factors_of(rescale, 0);
    for (; count >= 4; count -= 4, a += 4, b += 4, y += 4) {
        skerry_words sums = skerry_plus(scaled(a, widening, &p), scaled(b, widening, &q));
        skerry_store_lows(y, skerry_rescaled(sums, &factors));
    }
    if (count > 0) {
        int8_t left[4] = {0};
        int8_t right[4] = {0};
        memcpy(left, a, (size_t)count);
        memcpy(right, b, (size_t)count);
        skerry_words sums = skerry_plus(scaled(left, widening, &p), scaled(right, widening, &q));
        skerry_store_some_lows(y, skerry_rescaled(sums, &factors), count);
    }
}
