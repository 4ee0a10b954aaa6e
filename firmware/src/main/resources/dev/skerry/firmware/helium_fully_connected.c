#include "helium_dots.h"
#include "helium_kernels.h"

void skerry_helium_fully_connected(const int8_t *x, int8_t *y, int32_t inputs, int32_t outputs, const int8_t *weights,
                                   const int32_t *bias, const skerry_rescale *rescale) {
    skerry_dots(x, y, inputs, outputs, weights, bias, rescale);
}
