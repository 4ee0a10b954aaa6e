#include "fixed_point.h"
#include "window.h"

void skerry_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights,
                      const int32_t *bias, int32_t zero, const skerry_rescale *rescale) {
    int32_t outputs = w->out_channels;
    int32_t outputs_per_input = outputs / w->in_channels;
    for (int32_t row = 0; row < w->out_height; row++) {
        int32_t top = row * w->stride_height - w->top;
        skerry_part rows = skerry_part_of(top, w->dilation_height, w->height, w->in_height);
        for (int32_t column = 0; column < w->out_width; column++) {
            int32_t left = column * w->stride_width - w->left;
            skerry_part columns = skerry_part_of(left, w->dilation_width, w->width, w->in_width);
            for (int32_t channel = 0; channel < outputs; channel++) {
                int32_t sum = bias[channel];
                for (int32_t r = rows.from; r < rows.to; r++) {
                    int32_t in_row = top + r * w->dilation_height;
                    int32_t in_column = left + columns.from * w->dilation_width;
                    const int8_t *from = x + (in_row * w->in_width + in_column) * w->in_channels + channel / outputs_per_input;
                    const int8_t *weight = weights + (r * w->width + columns.from) * outputs + channel;
                    for (int32_t c = columns.from; c < columns.to; c++) {
                        sum += (*from - zero) * *weight;
                        from += w->dilation_width * w->in_channels;
                        weight += outputs;
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
