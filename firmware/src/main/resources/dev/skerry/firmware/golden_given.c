#include "golden.h"

#include "PREFIX.h"

#include <math.h>

GIVEN
void golden_fill(uint32_t vector) {
FILL}
