#include "PREFIX.h"
#include "application.h"
#include "golden.h"

uint32_t skerry_self_test(void) {
    uint32_t wrong = 0;
    PREFIX_init();
    for (uint32_t vector = 0; vector < GOLDEN_VECTORS; vector++) {
        golden_fill(vector);
        PREFIX_invoke();
        wrong += golden_wrong(vector);
    }
    return wrong;
}
