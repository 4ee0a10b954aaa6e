/* Golden vectors: inputs, and what the model has to give for them. */
#ifndef SKERRY_GOLDEN_H
#define SKERRY_GOLDEN_H

#include <stdint.h>

#define GOLDEN_VECTORS COUNT

/* Makes the input of a vector. */
void golden_fill(int8_t *input, uint32_t vector);

/* How many bytes of a vector's output aren't what they should be. */
uint32_t golden_wrong(const int8_t *output, uint32_t vector);

#endif
