#include "fixed_point.h"
#include "kernels.h"

void skerry_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights,
                      const int32_t *bias, int32_t zero, const skerry_rescale *rescale) {
    int32_t outputs_per_input = w->out_channels / w->in_channels;
    for (int32_t row = 0; row < w->out_height; row++) {
        for (int32_t column = 0; column < w->out_width; column++) {
            for (int32_t channel = 0; channel < w->out_channels; channel++) {
                int32_t sum = bias[channel];
                for (int32_t r = 0; r < w->height; r++) {
                    int32_t in_row = row * w->stride_height - w->top + r * w->dilation_height;
                    if (in_row < 0 || in_row >= w->in_height) {
                        continue;
                    }
                    for (int32_t c = 0; c < w->width; c++) {
                        int32_t in_column = column * w->stride_width - w->left + c * w->dilation_width;
                        if (in_column >= 0 && in_column < w->in_width) {
                            int32_t from = (in_row * w->in_width + in_column) * w->in_channels;
                            sum += (x[from + channel / outputs_per_input] - zero)
                                   * weights[(r * w->width + c) * w->out_channels + channel];
                        }
                    }
                }
                int32_t factor = rescale->per_channel ? channel : 0;
                *y++ = skerry_clamp(
                    skerry_scale(sum, rescale->multiplier[factor], rescale->shift[factor]) + rescale->zero,
                    rescale->least, rescale->most);
            }
        }
    }
}
