#include "golden.h"

#include "PREFIX.h"

EXPECTED
/* The same numbers as where the vectors were made: the highest bytes of xorshift32, whose seed is the vector's number from 1 on. */
void golden_fill(int8_t *input, uint32_t vector) {
    uint32_t state = vector + 1;
    for (uint32_t i = 0; i < UPPER_INPUT_BYTES; i++) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        int32_t byte = (int32_t)(state >> 24);
        input[i] = (int8_t)(byte > 127 ? byte - 256 : byte);
    }
}

uint32_t golden_wrong(const int8_t *output, uint32_t vector) {
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < UPPER_OUTPUT_BYTES; i++) {
        wrong += output[i] != expected[vector * UPPER_OUTPUT_BYTES + i];
    }
    return wrong;
}
