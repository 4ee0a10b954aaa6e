/* Which part of a kernel lies on the input. */
#ifndef SKERRY_WINDOW_H
#define SKERRY_WINDOW_H

#include "kernels.h"

/* From the first row of a kernel to behind the last, or columns. */
typedef struct {
    int32_t from, to;
} skerry_part;

/* Of a kernel whose first row lies at "start", which may be before the input; its rows lie "step" apart. */
static inline skerry_part skerry_part_of(int32_t start, int32_t step, int32_t count, int32_t limit) {
    int32_t from = start < 0 ? (step - 1 - start) / step : 0;
    int32_t to = start < limit ? (limit - start + step - 1) / step : 0;
    return (skerry_part){from, to < count ? to : count};
}

#endif
