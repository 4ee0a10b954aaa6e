#include "fixed_point.h"
#include "kernels.h"

static inline int8_t stored(int32_t sum, const skerry_rescale *rescale, uint32_t output) {
    uint32_t factor = rescale->per_channel ? output : 0;
    return skerry_clamp(skerry_scale(sum, rescale->multiplier[factor], rescale->shift[factor]) + rescale->zero,
                        rescale->least, rescale->most);
}

/* Four outputs at a time, so that each input is read once for them. */
void skerry_fully_connected(const int8_t *x, int8_t *y, uint32_t inputs, uint32_t outputs, const int8_t *weights,
                            const int32_t *bias, int32_t zero, const skerry_rescale *rescale) {
    uint32_t output = 0;
    for (; output + 4 <= outputs; output += 4, weights += 4 * inputs) {
        int32_t a = bias[output], b = bias[output + 1], c = bias[output + 2], d = bias[output + 3];
        const int8_t *q = weights + inputs, *r = q + inputs, *s = r + inputs;
        for (uint32_t i = 0; i < inputs; i++) {
            int32_t value = x[i] - zero;
            a += value * weights[i];
            b += value * q[i];
            c += value * r[i];
            d += value * s[i];
        }
        y[output] = stored(a, rescale, output);
        y[output + 1] = stored(b, rescale, output + 1);
        y[output + 2] = stored(c, rescale, output + 2);
        y[output + 3] = stored(d, rescale, output + 3);
    }
    for (; output < outputs; output++, weights += inputs) {
        int32_t sum = bias[output];
        for (uint32_t i = 0; i < inputs; i++) {
            sum += (x[i] - zero) * weights[i];
        }
        y[output] = stored(sum, rescale, output);
    }
}
