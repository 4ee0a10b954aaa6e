#include "helium.h"
#include "helium_kernels.h"

void skerry_helium_fully_connected(const int8_t *x, int8_t *y, int32_t inputs, int32_t outputs, const int8_t *weights,
                                   const int32_t *bias, const skerry_rescale *rescale) {
    for (int32_t output = 0; output < outputs; output += 4, bias += 4) {
        int32_t p = bias[0], q = bias[1], r = bias[2], s = bias[3];
        const int8_t *from = x;
        for (int32_t blocks = inputs / 16; blocks > 0; blocks--, from += 16, weights += 64) {
            skerry_bytes values = skerry_load(from);
            p = skerry_dot(p, values, skerry_load(weights));
            q = skerry_dot(q, values, skerry_load(weights + 16));
            r = skerry_dot(r, values, skerry_load(weights + 32));
            s = skerry_dot(s, values, skerry_load(weights + 48));
        }
        if (inputs % 16 > 0) {
            skerry_bytes values = skerry_load_some(from, inputs % 16);
            p = skerry_dot(p, values, skerry_load(weights));
            q = skerry_dot(q, values, skerry_load(weights + 16));
            r = skerry_dot(r, values, skerry_load(weights + 32));
            s = skerry_dot(s, values, skerry_load(weights + 48));
            weights += 64;
        }
        skerry_factors factors = skerry_factors_of(rescale, output);
        skerry_store_some_lows(y + output, skerry_rescaled(skerry_words_of(p, q, r, s), &factors), outputs - output);
    }
}
