#include "helium_dots.h"
#include "helium_kernels.h"

static inline int32_t between(int32_t x, int32_t least, int32_t most) { return x < least ? least : x > most ? most : x; }

/* All that one place of the output sees, side by side. */
static void gather(int8_t *to, const int8_t *x, const skerry_window *w, int32_t row, int32_t left, int8_t zero) {
    int32_t channels = w->in_channels;
    int32_t from = between(left, 0, w->in_width);
    int32_t end = between(left + w->width, from, w->in_width);
    for (int32_t r = 0; r < w->height; r++, row++) {
        if (row < 0 || row >= w->in_height) {
            memset(to, zero, (size_t)(w->width * channels));
            to += w->width * channels;
            continue;
        }
        for (int32_t i = (from - left) * channels; i > 0; i--) {
            *to++ = zero;
        }
        to = skerry_copy(to, x + (row * w->in_width + from) * channels, (end - from) * channels);
        for (int32_t i = (left + w->width - end) * channels; i > 0; i--) {
            *to++ = zero;
        }
    }
}

void skerry_helium_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                               int32_t zero, const skerry_rescale *rescale, void *scratch) {
    int8_t *column = scratch;
    int32_t depth = w->height * w->width * w->in_channels;
    for (int32_t row = 0; row < w->out_height; row++) {
        for (int32_t place = 0; place < w->out_width; place++, y += w->out_channels) {
            gather(column, x, w, row * w->stride_height - w->top, place * w->stride_width - w->left, (int8_t)zero);
            skerry_dots(column, y, depth, w->out_channels, weights, bias, rescale);
        }
    }
}
