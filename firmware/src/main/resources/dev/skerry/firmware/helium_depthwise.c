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

/* Sums of two places side by side. */
typedef struct {
    skerry_words first;
    skerry_words second;
} sums;

/* Adds a product to each. */
static inline void add(sums *s, skerry_words first, skerry_words second, const int8_t *weight) {
    skerry_words factor = skerry_widened(weight);
    s->first = skerry_plus(s->first, skerry_times(first, factor));
    s->second = skerry_plus(s->second, skerry_times(second, factor));
}

/* A row of a kernel of three: what the one place sees at a step, the other saw at the step before. */
static inline void add_three(sums *s, const int8_t *from, int32_t channels, const int8_t *weights) {
    skerry_words a = skerry_widened(from);
    skerry_words b = skerry_widened(from + channels);
    add(s, a, b, weights);
    a = skerry_widened(from + 2 * channels);
    add(s, b, a, weights + 4);
    b = skerry_widened(from + 3 * channels);
    add(s, a, b, weights + 8);
}

/* Four channels of a row of the output, two places at a time. */
static SKERRY_APART void four(int8_t *y, const int8_t *rows, const skerry_window *w, int32_t length, const int8_t *weights,
                              const int32_t *bias, const skerry_factors *layer) {
    skerry_factors factors = *layer;
    int32_t channels = w->in_channels;
    int32_t width = w->width;
    int32_t step = w->stride_width * channels;
    int32_t area = w->height * width * 4;
    for (int32_t left = w->out_width; left > 0; left -= 2, rows += 2 * step, y += 2 * channels) {
        sums s = {skerry_load_words(bias), skerry_load_words(bias)};
        const int8_t *row = rows;
        if (width == 3 && step == channels) {
            for (const int8_t *weight = weights; weight < weights + area; weight += 12, row += length) {
                add_three(&s, row, channels, weight);
            }
        } else {
            for (const int8_t *weight = weights; weight < weights + area; row += length) {
                const int8_t *from = row;
                for (int32_t c = width; c > 0; c--, weight += 4, from += channels) {
                    add(&s, skerry_widened(from), skerry_widened(from + step), weight);
                }
            }
        }
        skerry_store_lows(y, skerry_rescaled(s.first, &factors));
        if (left > 1) {
            skerry_store_lows(y + channels, skerry_rescaled(s.second, &factors));
        }
    }
}

void skerry_helium_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                             int32_t zero, const skerry_rescale *rescale, void *scratch) {
    int8_t *rows = scratch;
    int32_t channels = w->in_channels;
    int32_t area = w->height * w->width;
    int32_t reach = (w->out_width - 1) * w->stride_width + w->width;
    int32_t columns = reach > w->left + w->in_width ? reach : w->left + w->in_width;
    int32_t length = columns * channels;
    for (int32_t row = 0; row < w->out_height; row++, y += w->out_width * channels) {
        for (int32_t r = 0; r < w->height; r++) {
            load(rows + r * length, x, w, row * w->stride_height - w->top + r, length, (int8_t)zero);
        }
        for (int32_t channel = 0; channel < channels; channel += 4) {
            skerry_factors factors = skerry_factors_of(rescale, channel);
            four(y + channel, rows + channel, w, length, weights + channel * area, bias + channel, &factors);
        }
    }
}
