/* Which slot to start. */
#ifndef SKERRY_CHOICE_H
#define SKERRY_CHOICE_H

#include "package.h"
#include "state.h"

#define SKERRY_SLOTS 2

typedef enum {
    SKERRY_START_NONE,      /* no slot may be started */
    SKERRY_START_CONFIRMED, /* it has shown that it works */
    SKERRY_START_TRIAL,     /* for the first time: note it before */
    SKERRY_START_AGAIN      /* it didn't confirm itself, and there is no other */
} skerry_start;

typedef struct {
    skerry_package_status status;
    skerry_package package; /* where the status is valid */
} skerry_slot;

/*
 * The newest valid image whose counter is high enough, passing over one that was tried and didn't confirm itself as long as
 * there is another.
 */
skerry_start skerry_choose(const skerry_slot slots[SKERRY_SLOTS], const skerry_state *state, unsigned *chosen);

#endif
