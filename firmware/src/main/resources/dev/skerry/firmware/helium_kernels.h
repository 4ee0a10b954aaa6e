/*
 * Kernels for the vector extension of Armv8.1-M. Zero points of inputs are part of biases; shifts go right. Biases, multipliers and
 * shifts come in fours. Weights of convolutions and fully connected layers lie by four outputs, 16 values of each, filled up with 0.
 */
#ifndef SKERRY_HELIUM_KERNELS_H
#define SKERRY_HELIUM_KERNELS_H

#include "kernels.h"

/* Scratch: what eight places of the output see, each filled up to vectors. */
void skerry_helium_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                               int32_t zero, const skerry_rescale *rescale, void *scratch);

/*
 * Channels in fours; weights as [fours of channels, kernel height, kernel width, 4]. at_once: rows of the output that are worked on
 * together. Scratch: their sums, and what they see.
 */
void skerry_helium_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                             int32_t zero, const skerry_rescale *rescale, int32_t at_once, void *scratch);

void skerry_helium_fully_connected(const int8_t *x, int8_t *y, int32_t inputs, int32_t outputs, const int8_t *weights,
                                   const int32_t *bias, const skerry_rescale *rescale);

void skerry_helium_addition(const int8_t *a, const int8_t *b, int8_t *y, int32_t count, int32_t widening,
                            const skerry_summand *first, const skerry_summand *second, const skerry_rescale *rescale);

#endif
