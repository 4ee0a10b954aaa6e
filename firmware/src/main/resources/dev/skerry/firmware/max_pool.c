#include "kernels.h"

void skerry_max_pool(const int8_t *x, int8_t *y, const skerry_window *w) {
    for (int32_t row = 0; row < w->out_height; row++) {
        for (int32_t column = 0; column < w->out_width; column++) {
            for (int32_t channel = 0; channel < w->in_channels; channel++) {
                int8_t most = INT8_MIN;
                for (int32_t r = 0; r < w->height; r++) {
                    int32_t in_row = row * w->stride_height - w->top + r * w->dilation_height;
                    for (int32_t c = 0; c < w->width; c++) {
                        int32_t in_column = column * w->stride_width - w->left + c * w->dilation_width;
                        if (in_row >= 0 && in_row < w->in_height && in_column >= 0 && in_column < w->in_width) {
                            int8_t value = x[(in_row * w->in_width + in_column) * w->in_channels + channel];
                            most = value > most ? value : most;
                        }
                    }
                }
                *y++ = most;
            }
        }
    }
}
