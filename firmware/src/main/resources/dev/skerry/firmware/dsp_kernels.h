/* Kernels for the DSP extension of Armv7E-M and Armv8-M. Zero points of inputs are part of biases; all shifts go right. */
#ifndef SKERRY_DSP_KERNELS_H
#define SKERRY_DSP_KERNELS_H

#include "kernels.h"

/* What two channels of a convolution need side by side: biases as their sums begin, and their factors. */
typedef struct {
    int32_t bias[2];
    int32_t multiplier[2];
    uint16_t shift[2];
} skerry_dsp_pair;

/* Zero points of input and output, and between what the output stays. */
typedef struct {
    int16_t zero_in, zero_out, least, most;
} skerry_limits;

/* What holds for all channels of a convolution. */
typedef struct {
    int32_t outputs; /* even */
    int32_t words;   /* of weights, for two channels */
    int32_t base;    /* 2 × zero point of the output + 1 */
} skerry_dsp_layout;

/* All channels of four columns. */
typedef void skerry_dsp_columns(const uint32_t *x, int8_t *y, const uint32_t *weights, const skerry_dsp_pair *numbers,
                                const skerry_dsp_layout *of);

/* Of weights whose half-words are the numbers 256 × second + first, and of those that are two bytes apart. */
skerry_dsp_columns skerry_dsp_carried;
skerry_dsp_columns skerry_dsp_apart;

/* Scratch: four columns, and behind them bytes that are collected, or results that don't go to the output at once. */
void skerry_dsp_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const uint32_t *weights,
                            const skerry_dsp_pair *numbers, const skerry_limits *limits, skerry_dsp_columns *multiply,
                            void *scratch);

/* at_once: rows of the output that are worked on together. Scratch: weights in pairs, sums, and rows of 16 bits. */
void skerry_dsp_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                          int32_t zero, const skerry_rescale *rescale, int32_t at_once, void *scratch);

/* carried: whether half-words of weights are the numbers 256 × second + first. */
void skerry_dsp_fully_connected(const int8_t *x, int8_t *y, int32_t inputs, int32_t outputs, const uint32_t *weights,
                                const int32_t *bias, const skerry_rescale *rescale, int carried);

/* Shifts of summands go right, too, or not at all. */
void skerry_dsp_addition(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t widening,
                         const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale);

#endif
