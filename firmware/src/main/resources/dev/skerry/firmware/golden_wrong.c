
EXPECTED
uint32_t golden_wrong(uint32_t vector) {
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < UPPER_OUTPUT_BYTES; i++) {
        wrong += PREFIX_output()[i] != expected[vector * UPPER_OUTPUT_BYTES + i];
    }
    return wrong;
}
