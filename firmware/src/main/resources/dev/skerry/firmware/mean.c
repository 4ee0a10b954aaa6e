#include "fixed_point.h"
#include "kernels.h"

void skerry_mean(const int8_t *x, int8_t *y, int32_t places, int32_t channels, int32_t zero, const skerry_rescale *rescale) {
    for (int32_t channel = 0; channel < channels; channel++) {
        int32_t sum = 0;
        const int8_t *from = x + channel;
        for (int32_t place = places; place > 0; place--, from += channels) {
            sum += *from;
        }
        int32_t scaled = skerry_scale(sum - places * zero, rescale->multiplier[0], rescale->shift[0]);
        int32_t mean = (scaled + (scaled > 0 ? places / 2 : -(places / 2))) / places;
        y[channel] = skerry_clamp(mean + rescale->zero, rescale->least, rescale->most);
    }
}
