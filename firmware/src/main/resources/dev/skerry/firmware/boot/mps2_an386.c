/* QEMU's mps2-an386. Its PSRAM stands in for flash: a file can lie behind it, and then it survives the emulator. */
#include "board.h"
#include "layout.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* UART 0 of the CMSDK: data, state, control, divisor. */
#define UART_DATA REGISTER(0x40004000U)
#define UART_STATE REGISTER(0x40004004U)
#define UART_CONTROL REGISTER(0x40004008U)
#define UART_DIVISOR REGISTER(0x40004010U)

#define WATCHDOG_LOAD REGISTER(0x40008000U)
#define WATCHDOG_CONTROL REGISTER(0x40008008U)
#define ONE_SECOND 25000000U

#define APPLICATION_INTERRUPT REGISTER(0xe000ed0cU)

static volatile uint32_t *page_at(unsigned page) {
    return (volatile uint32_t *)(uintptr_t)(SKERRY_STATE + page * SKERRY_PAGE_BYTES);
}

const volatile uint32_t *skerry_flash_page(unsigned page) { return page_at(page); }

void skerry_flash_erase(unsigned page) {
    for (uint32_t i = 0; i < SKERRY_PAGE_BYTES / 4; i++) {
        page_at(page)[i] = 0xffffffffU;
    }
}

/* As in flash, programming only clears bits. */
void skerry_flash_program(unsigned page, uint32_t index, uint32_t word) { page_at(page)[index] &= word; }

void skerry_board_start(void) {
    UART_DIVISOR = 16;
    UART_CONTROL = 1;
}

void skerry_console(const char *text) {
    for (; *text != '\0'; text++) {
        while ((UART_STATE & 1) != 0) {
        }
        UART_DATA = (uint8_t)*text;
    }
}

void skerry_watchdog_start(void) {
    WATCHDOG_LOAD = ONE_SECOND;
    WATCHDOG_CONTROL = 3;
}

void skerry_watchdog_stop(void) { WATCHDOG_CONTROL = 0; }

void skerry_board_reset(void) {
    APPLICATION_INTERRUPT = 0x05fa0004U;
    for (;;) {
    }
}

/* Ends the emulator by semihosting: SYS_EXIT_EXTENDED with the code of an exit. */
void skerry_board_end(int code) {
    const uint32_t block[] = {0x20026U, (uint32_t)code};
    register uint32_t operation __asm__("r0") = 0x20;
    register const uint32_t *argument __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(argument) : "memory");
}
