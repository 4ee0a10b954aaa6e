#include "fixed_point.h"
#include "kernels.h"

void skerry_average_pool(const int8_t *x, int8_t *y, const skerry_window *w, int32_t least, int32_t most) {
    for (int32_t row = 0; row < w->out_height; row++) {
        for (int32_t column = 0; column < w->out_width; column++) {
            for (int32_t channel = 0; channel < w->in_channels; channel++) {
                int32_t sum = 0;
                int32_t count = 0;
                for (int32_t r = 0; r < w->height; r++) {
                    int32_t in_row = row * w->stride_height - w->top + r;
                    for (int32_t c = 0; c < w->width; c++) {
                        int32_t in_column = column * w->stride_width - w->left + c;
                        if (in_row >= 0 && in_row < w->in_height && in_column >= 0 && in_column < w->in_width) {
                            sum += x[(in_row * w->in_width + in_column) * w->in_channels + channel];
                            count++;
                        }
                    }
                }
                *y++ = skerry_clamp(sum > 0 ? (sum + count / 2) / count : (sum - count / 2) / count, least, most);
            }
        }
    }
}
