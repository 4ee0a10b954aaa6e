/* Kernels on INT8 tensors, channels last. Their arithmetic is TensorFlow Lite's, bit for bit. */
#ifndef SKERRY_KERNELS_H
#define SKERRY_KERNELS_H

#include <stdint.h>

/* How a kernel goes over its input. */
typedef struct {
    uint16_t in_height, in_width, in_channels;
    uint16_t out_height, out_width, out_channels;
    uint16_t height, width;
    uint8_t stride_height, stride_width;
    uint8_t dilation_height, dilation_width;
    uint16_t top, left; /* padding before the first row and column */
} skerry_window;

/* Whether each place of the output sees the same place of the input and no other. */
static inline int skerry_sees_itself(const skerry_window *w) {
    return w->height == 1 && w->width == 1 && w->stride_height == 1 && w->stride_width == 1 && w->top == 0 && w->left == 0
           && w->out_height <= w->in_height && w->out_width == w->in_width;
}

/* From sums to stored bytes: times multiplier × 2^(shift − 31), plus zero, between least and most. */
typedef struct {
    const int32_t *multiplier;
    const int8_t *shift;
    uint8_t per_channel; /* 0 where one factor holds for all channels */
    int16_t zero, least, most;
} skerry_rescale;

typedef struct {
    int32_t multiplier;
    int8_t shift;
    int16_t zero;
} skerry_summand;

void skerry_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights,
                        const int32_t *bias, int32_t zero, const skerry_rescale *rescale);
void skerry_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights,
                      const int32_t *bias, int32_t zero, const skerry_rescale *rescale);
void skerry_fully_connected(const int8_t *x, int8_t *y, uint32_t inputs, uint32_t outputs, const int8_t *weights,
                            const int32_t *bias, int32_t zero, const skerry_rescale *rescale);
void skerry_addition(const int8_t *a, const int8_t *b, int8_t *y, uint32_t count, uint8_t widening,
                     const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale);
void skerry_average_pool(const int8_t *x, int8_t *y, const skerry_window *w, int32_t least, int32_t most);
void skerry_mean(const int8_t *x, int8_t *y, int32_t places, int32_t channels, int32_t zero, const skerry_rescale *rescale);
void skerry_max_pool(const int8_t *x, int8_t *y, const skerry_window *w);
void skerry_softmax(const int8_t *x, int8_t *y, uint32_t rows, uint32_t row, int32_t multiplier, uint8_t shift,
                    int32_t least_difference);

#endif
