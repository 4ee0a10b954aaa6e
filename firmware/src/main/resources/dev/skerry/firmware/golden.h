/* Golden vectors: inputs, and what the model has to give for them. */
#ifndef SKERRY_GOLDEN_H
#define SKERRY_GOLDEN_H

#include <stdint.h>

#define GOLDEN_VECTORS COUNT

/* Makes the input of a vector; there are more than those whose output is known. */
void golden_fill(uint32_t vector);

/* How many numbers of a vector's output aren't what they should be. */
uint32_t golden_wrong(uint32_t vector);

#endif
