/* What a board has to bring along. mps2_an386.c does it for QEMU's; write one of your own for yours. */
#ifndef SKERRY_BOARD_H
#define SKERRY_BOARD_H

#include <stdint.h>

/* Two pages of flash for the state: read in place, erased to ones as a whole, programmed a word at a time. */
const volatile uint32_t *skerry_flash_page(unsigned page);
void skerry_flash_erase(unsigned page);
void skerry_flash_program(unsigned page, uint32_t index, uint32_t word);

/* Makes the console ready. */
void skerry_board_start(void);

void skerry_console(const char *text);

/* An image on trial that hangs must not hang for ever: from now on the board resets itself unless the watchdog is stopped. */
void skerry_watchdog_start(void);
void skerry_watchdog_stop(void);

void skerry_board_reset(void);

/* Nothing is left to do: a device waits; an emulator ends, with 0 where all is well. */
void skerry_board_end(int code);

#endif
