#include "fixed_point.h"
#include "kernels.h"

void skerry_fully_connected(const int8_t *x, int8_t *y, uint32_t inputs, uint32_t outputs, const int8_t *weights,
                            const int32_t *bias, int32_t zero, const skerry_rescale *rescale) {
    for (uint32_t output = 0; output < outputs; output++) {
        int32_t sum = bias[output];
        for (uint32_t i = 0; i < inputs; i++) {
            sum += (x[i] - zero) * weights[i];
        }
        weights += inputs;
        uint32_t factor = rescale->per_channel ? output : 0;
        y[output] = skerry_clamp(
            skerry_scale(sum, rescale->multiplier[factor], rescale->shift[factor]) + rescale->zero, rescale->least,
            rescale->most);
    }
}
