#include "choice.h"

/* Whether one that may be started so is to be preferred to the best so far. */
static bool better(skerry_start start, const skerry_package *package, skerry_start best, const skerry_package *so_far) {
    if (best == SKERRY_START_NONE) {
        return true;
    }
    if ((start == SKERRY_START_AGAIN) != (best == SKERRY_START_AGAIN)) {
        return best == SKERRY_START_AGAIN;
    }
    return skerry_package_newer(package, so_far) ||
           (start == SKERRY_START_CONFIRMED && !skerry_package_newer(so_far, package));
}

skerry_start skerry_choose(const skerry_slot slots[SKERRY_SLOTS], const skerry_state *state, unsigned *chosen) {
    skerry_start best = SKERRY_START_NONE;
    for (unsigned i = 0; i < SKERRY_SLOTS; i++) {
        const skerry_package *package = &slots[i].package;
        if (slots[i].status != SKERRY_PACKAGE_VALID || package->counter < state->counter) {
            continue;
        }
        skerry_start start = skerry_same_digest(package->digest, state->confirmed) ? SKERRY_START_CONFIRMED
                             : skerry_same_digest(package->digest, state->trial)   ? SKERRY_START_AGAIN
                                                                                   : SKERRY_START_TRIAL;
        if (better(start, package, best, &slots[*chosen].package)) {
            best = start;
            *chosen = i;
        }
    }
    return best;
}
