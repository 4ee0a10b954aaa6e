/* An image for one slot: tests itself, confirms itself, and then does its work. */
#include "application.h"
#include "board.h"
#include "console.h"
#include "layout.h"
#include "state.h"

int main(void) {
    static const skerry_place own = {SKERRY_OWN_SLOT, SKERRY_SLOT_BYTES, SKERRY_TARGET};
    skerry_package package;
    skerry_state state;
    skerry_board_start();
    if (skerry_package_read((const uint8_t *)(uintptr_t)own.address, &own, &package) != SKERRY_PACKAGE_VALID) {
        skerry_console("application: not started from its package\n");
        return 1;
    }
    skerry_console("application in slot " SKERRY_OWN_NAME ": ");
    skerry_console_package(&package);
    uint32_t wrong = skerry_self_test();
    if (wrong != 0) {
        skerry_console(", self-test failed\n");
        skerry_board_reset();
    }
    skerry_console(", self-test passed\n");
    skerry_state_read(&state);
    if (!skerry_same_digest(state.confirmed, package.digest)) {
        if (!skerry_state_confirm(package.digest, package.counter)) {
            skerry_console("the state can't be written\n");
            skerry_board_reset();
        }
        skerry_console("confirmed\n");
    }
    skerry_watchdog_stop();
    return skerry_work();
}
