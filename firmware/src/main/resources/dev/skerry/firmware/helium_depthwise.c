#include "helium.h"
#include "helium_kernels.h"

/* One row of the input with padding on both sides. */
static void load(int8_t *to, const int8_t *x, const skerry_window *w, int32_t row, int32_t length, int8_t zero) {
    int32_t bytes = w->in_width * w->in_channels;
    if (row < 0 || row >= w->in_height) {
        memset(to, zero, (size_t)length);
        return;
    }
    int32_t left = w->left * w->in_channels;
    memset(to, zero, (size_t)left);
    skerry_copy(to + left, x + row * bytes, bytes);
    if (length > left + bytes) {
        memset(to + left + bytes, zero, (size_t)(length - left - bytes));
    }
}

/* Four channels of two places side by side, or of one. */
static inline void place(int8_t *y, const int8_t *rows, const skerry_window *w, int32_t length, const int8_t *weights,
                         const int32_t *bias, const skerry_rescale *rescale, int32_t channel, int two) {
    int32_t channels = w->in_channels;
    int32_t step = w->stride_width * channels;
    skerry_words sums = skerry_load_words(bias + channel);
    skerry_words next = sums;
    for (int32_t r = 0; r < w->height; r++) {
        const int8_t *from = rows + r * length;
        for (int32_t c = 0; c < w->width; c++, from += channels, weights += channels) {
            skerry_words weight = skerry_widened(weights);
            sums = skerry_plus(sums, skerry_times(skerry_widened(from), weight));
            if (two) {
                next = skerry_plus(next, skerry_times(skerry_widened(from + step), weight));
            }
        }
    }
    skerry_store_rescaled(y, sums, rescale, channel, 4);
    if (two) {
        skerry_store_rescaled(y + channels, next, rescale, channel, 4);
    }
}

void skerry_helium_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                             int32_t zero, const skerry_rescale *rescale, void *scratch) {
    int8_t *rows = scratch;
    int32_t channels = w->in_channels;
    int32_t reach = (w->out_width - 1) * w->stride_width + w->width;
    int32_t columns = reach > w->left + w->in_width ? reach : w->left + w->in_width;
    int32_t length = columns * channels;
    for (int32_t row = 0; row < w->out_height; row++, y += w->out_width * channels) {
        for (int32_t r = 0; r < w->height; r++) {
            load(rows + r * length, x, w, row * w->stride_height - w->top + r, length, (int8_t)zero);
        }
        for (int32_t channel = 0; channel < channels; channel += 4) {
            const int8_t *from = rows + channel;
            int8_t *to = y + channel;
            int32_t left = w->out_width;
            for (; left > 1; left -= 2, from += 2 * w->stride_width * channels, to += 2 * channels) {
                place(to, from, w, length, weights + channel, bias, rescale, channel, 1);
            }
            if (left > 0) {
                place(to, from, w, length, weights + channel, bias, rescale, channel, 0);
            }
        }
    }
}
