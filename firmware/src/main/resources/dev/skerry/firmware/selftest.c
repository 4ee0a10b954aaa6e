/* Runs golden vectors through the model: ends with 0 where all give what they should. */
#include <stdio.h>

#include "PREFIX.h"
#include "golden.h"

int main(void) {
    uint32_t wrong = 0;
    PREFIX_init();
    for (uint32_t vector = 0; vector < GOLDEN_VECTORS; vector++) {
        golden_fill(vector);
        PREFIX_invoke();
        uint32_t numbers = golden_wrong(vector);
        if (numbers > 0) {
            printf("vector %lu: %lu numbers are wrong\n", (unsigned long)vector, (unsigned long)numbers);
        }
        wrong += numbers;
    }
    printf("%d golden vectors, %lu numbers wrong\n", GOLDEN_VECTORS, (unsigned long)wrong);
    return wrong == 0 ? 0 : 1;
}
