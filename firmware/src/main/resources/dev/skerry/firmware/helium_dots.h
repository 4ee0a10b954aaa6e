/* Sums of products of one row of values with rows of weights. */
#ifndef SKERRY_HELIUM_DOTS_H
#define SKERRY_HELIUM_DOTS_H

#include "helium.h"

/* All outputs of one row of values: four at a time, 16 values at a time. */
static inline void skerry_dots(const int8_t *x, int8_t *y, int32_t depth, int32_t outputs, const int8_t *weights,
                               const int32_t *bias, const skerry_rescale *rescale) {
    for (int32_t output = 0; output < outputs; output += 4, weights += 4 * depth) {
        int32_t left = outputs - output;
        const int8_t *a = weights;
        const int8_t *b = left > 1 ? a + depth : a;
        const int8_t *c = left > 2 ? b + depth : a;
        const int8_t *d = left > 3 ? c + depth : a;
        int32_t p = bias[output], q = bias[output + 1], r = bias[output + 2], s = bias[output + 3];
        const int8_t *from = x;
        for (int32_t blocks = depth / 16; blocks > 0; blocks--) {
            skerry_bytes values = skerry_load(from);
            p = skerry_dot(p, values, skerry_load(a));
            q = skerry_dot(q, values, skerry_load(b));
            r = skerry_dot(r, values, skerry_load(c));
            s = skerry_dot(s, values, skerry_load(d));
            from += 16;
            a += 16;
            b += 16;
            c += 16;
            d += 16;
        }
        if (depth % 16 > 0) {
            skerry_bytes values = skerry_load_some(from, depth % 16);
            p = skerry_dot(p, values, skerry_load(a));
            q = skerry_dot(q, values, skerry_load(b));
            r = skerry_dot(r, values, skerry_load(c));
            s = skerry_dot(s, values, skerry_load(d));
        }
        skerry_store_rescaled(y + output, skerry_words_of(p, q, r, s), rescale, output, left);
    }
}

#endif
