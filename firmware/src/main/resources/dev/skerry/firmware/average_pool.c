#include "kernels.h"

static inline int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

void skerry_average_pool(const int8_t *x, int8_t *y, const skerry_window *w, int32_t least, int32_t most) {
    int32_t channels = w->in_channels;
    for (int32_t row = 0; row < w->out_height; row++) {
        int32_t top = row * w->stride_height - w->top;
        int32_t bottom = smaller(top + w->height, w->in_height);
        top = larger(top, 0);
        for (int32_t column = 0; column < w->out_width; column++) {
            int32_t left = column * w->stride_width - w->left;
            int32_t right = smaller(left + w->width, w->in_width);
            left = larger(left, 0);
            int32_t count = (bottom - top) * (right - left);
            for (int32_t channel = 0; channel < channels; channel++) {
                int32_t sum = 0;
                for (int32_t r = top; r < bottom; r++) {
                    const int8_t *from = x + (r * w->in_width + left) * channels + channel;
                    for (int32_t c = left; c < right; c++, from += channels) {
                        sum += *from;
                    }
                }
                int32_t mean = sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count;
                *y++ = (int8_t)(mean < least ? least : mean > most ? most : mean);
            }
        }
    }
}
