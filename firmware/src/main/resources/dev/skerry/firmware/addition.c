#include "fixed_point.h"
#include "kernels.h"

void skerry_addition(const int8_t *a, const int8_t *b, int8_t *y, uint32_t count, uint8_t widening,
                     const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale) {
    for (uint32_t i = 0; i < count; i++) {
        int32_t left = skerry_scale((a[i] - first->zero) * (1 << widening), first->multiplier, first->shift);
        int32_t right = skerry_scale((b[i] - second->zero) * (1 << widening), second->multiplier, second->shift);
        y[i] = skerry_clamp(skerry_scale(left + right, rescale->multiplier[0], rescale->shift[0]) + rescale->zero,
                            rescale->least, rescale->most);
    }
}
