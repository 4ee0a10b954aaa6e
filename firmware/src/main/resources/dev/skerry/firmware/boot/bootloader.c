/* Starts the newest image that is validly signed, new enough, and confirmed or not yet tried. */
#include "board.h"
#include "choice.h"
#include "console.h"
#include "layout.h"

extern const skerry_key skerry_keys[];
extern const uint32_t skerry_key_count;

static const skerry_place places[SKERRY_SLOTS] = {
    {SKERRY_SLOT_A, SKERRY_SLOT_BYTES, SKERRY_TARGET},
    {SKERRY_SLOT_B, SKERRY_SLOT_BYTES, SKERRY_TARGET},
};

static void name(unsigned slot) {
    skerry_console(slot == 0 ? "slot A" : "slot B");
}

static void look(unsigned i, skerry_slot *slot, const skerry_state *state) {
    slot->status = skerry_package_verify((const uint8_t *)(uintptr_t)places[i].address, &places[i], skerry_keys,
                                         skerry_key_count, &slot->package);
    name(i);
    skerry_console(": ");
    if (slot->status == SKERRY_PACKAGE_VALID) {
        skerry_console_package(&slot->package);
        skerry_console(slot->package.counter < state->counter ? ", too old: the device is at counter " : ", valid");
        if (slot->package.counter < state->counter) {
            skerry_console_number(state->counter);
        }
    } else {
        skerry_console("refused, ");
        skerry_console(skerry_package_reason(slot->status));
    }
    skerry_console("\n");
}

/* Leaves the bootloader for the image whose vector table this is. */
__attribute__((noreturn)) static void enter(uint32_t vectors) {
    const uint32_t *table = (const uint32_t *)(uintptr_t)vectors;
    *(volatile uint32_t *)0xe000ed08U = vectors; /* VTOR */
    __asm__ volatile("dsb\n\tisb\n\tmsr msp, %0\n\tbx %1" ::"r"(table[0]), "r"(table[1]) : "memory");
    __builtin_unreachable();
}

int main(void) {
    skerry_slot slots[SKERRY_SLOTS];
    skerry_state state;
    unsigned chosen = 0;
    skerry_board_start();
    skerry_state_read(&state);
    for (unsigned i = 0; i < SKERRY_SLOTS; i++) {
        look(i, &slots[i], &state);
    }
    skerry_start start = skerry_choose(slots, &state, &chosen);
    if (start == SKERRY_START_TRIAL && !skerry_state_try(slots[chosen].package.digest)) {
        /* one that can't be noted couldn't be rolled back */
        skerry_console("the state can't be written, so nothing new is tried\n");
        slots[chosen].status = SKERRY_PACKAGE_EMPTY;
        start = skerry_choose(slots, &state, &chosen);
        start = start == SKERRY_START_TRIAL ? SKERRY_START_NONE : start;
    }
    if (start == SKERRY_START_NONE) {
        skerry_console("no image may be started\n");
        return 1;
    }
    skerry_console("starting ");
    name(chosen);
    skerry_console(start == SKERRY_START_CONFIRMED ? "\n"
                   : start == SKERRY_START_TRIAL   ? " on trial\n"
                                                   : " again, there is no other\n");
    if (start != SKERRY_START_CONFIRMED) {
        skerry_watchdog_start();
    }
    enter(places[chosen].address + SKERRY_HEADER_BYTES);
}
