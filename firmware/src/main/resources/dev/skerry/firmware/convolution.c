#include "fixed_point.h"
#include "window.h"

/* Sums of four channels, whose weights lie "depth" apart, over one run of values. */
static inline void add(int32_t *sums, const int8_t *x, const int8_t *weights, int32_t depth, int32_t count, int32_t zero) {
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    const int8_t *p = weights, *q = p + depth, *r = q + depth, *s = r + depth;
    for (int32_t i = 0; i < count; i++) {
        int32_t value = x[i] - zero;
        a += value * p[i];
        b += value * q[i];
        c += value * r[i];
        d += value * s[i];
    }
    sums[0] = a;
    sums[1] = b;
    sums[2] = c;
    sums[3] = d;
}

static inline int32_t plus(int32_t sum, const int8_t *x, const int8_t *weights, int32_t count, int32_t zero) {
    for (int32_t i = 0; i < count; i++) {
        sum += (x[i] - zero) * weights[i];
    }
    return sum;
}

static inline int8_t stored(int32_t sum, const skerry_rescale *rescale, int32_t channel) {
    int32_t factor = rescale->per_channel ? channel : 0;
    return skerry_clamp(skerry_scale(sum, rescale->multiplier[factor], rescale->shift[factor]) + rescale->zero,
                        rescale->least, rescale->most);
}

/* Channels of one place, from one on and so many: four, or one. The place lies at a row and a column, either may be before the input. */
static void place(const int8_t *x, int8_t *y, const skerry_window *w, int32_t top, int32_t left, const int8_t *weights,
                  const int32_t *bias, int32_t zero, const skerry_rescale *rescale, int32_t channel, int four) {
    skerry_part rows = skerry_part_of(top, w->dilation_height, w->height, w->in_height);
    skerry_part columns = skerry_part_of(left, w->dilation_width, w->width, w->in_width);
    int32_t channels = w->in_channels;
    int32_t depth = w->height * w->width * channels;
    int32_t sums[4] = {bias[channel], four ? bias[channel + 1] : 0, four ? bias[channel + 2] : 0, four ? bias[channel + 3] : 0};
    /* neighbouring columns are one run */
    int32_t run = w->dilation_width == 1 ? columns.to - columns.from : 1;
    weights += channel * depth;
    for (int32_t r = rows.from; r < rows.to; r++) {
        const int8_t *row = x + ((top + r * w->dilation_height) * w->in_width + left) * channels;
        for (int32_t c = columns.from; c < columns.to; c += run) {
            const int8_t *from = row + c * w->dilation_width * channels;
            const int8_t *weight = weights + (r * w->width + c) * channels;
            if (four) {
                add(sums, from, weight, depth, run * channels, zero);
            } else {
                sums[0] = plus(sums[0], from, weight, run * channels, zero);
            }
        }
    }
    for (int32_t i = 0; i < (four ? 4 : 1); i++) {
        y[channel + i] = stored(sums[i], rescale, channel + i);
    }
}

void skerry_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights,
                      const int32_t *bias, int32_t zero, const skerry_rescale *rescale) {
    for (int32_t row = 0; row < w->out_height; row++) {
        int32_t top = row * w->stride_height - w->top;
        for (int32_t column = 0; column < w->out_width; column++, y += w->out_channels) {
            int32_t left = column * w->stride_width - w->left;
            int32_t channel = 0;
            for (; channel + 4 <= w->out_channels; channel += 4) {
                place(x, y, w, top, left, weights, bias, zero, rescale, channel, 1);
            }
            for (; channel < w->out_channels; channel++) {
                place(x, y, w, top, left, weights, bias, zero, rescale, channel, 0);
            }
        }
    }
}
