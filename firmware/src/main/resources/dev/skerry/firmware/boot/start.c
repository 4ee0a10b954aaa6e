/* Cortex-M: the vector table, and what has to be done before main. */
#include <stdint.h>

#include "board.h"

/* Where the linker put things. */
extern uint32_t skerry_stack_top[], skerry_data_from[], skerry_data[], skerry_data_end[], skerry_bss[], skerry_bss_end[];

int main(void);
void skerry_reset(void);
void skerry_fault(void);

typedef void (*vector)(void);

/* The first is an address of memory, no function; the table holds both. */
typedef union {
    uint32_t *memory;
    vector function;
} entry;

__attribute__((section(".vectors"), used)) static const entry vectors[16] = {
    {skerry_stack_top},         {.function = skerry_reset}, {.function = skerry_fault}, {.function = skerry_fault},
    {.function = skerry_fault}, {.function = skerry_fault}, {.function = skerry_fault}, {0},
    {0},                        {0},                        {0},                        {.function = skerry_fault},
    {.function = skerry_fault}, {0},                        {.function = skerry_fault}, {.function = skerry_fault},
};

void skerry_reset(void) {
#ifdef __ARM_FP
    *(volatile uint32_t *)0xe000ed88U |= 0xfU << 20; /* the floating-point unit is off at first */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *from = skerry_data_from;
    for (uint32_t *to = skerry_data; to != skerry_data_end;) {
        *to++ = *from++;
    }
    for (uint32_t *to = skerry_bss; to != skerry_bss_end;) {
        *to++ = 0;
    }
    skerry_board_end(main());
    for (;;) {
    }
}

/* An image that fails on trial is not confirmed, so the next start takes the other one. */
void skerry_fault(void) {
    skerry_board_reset();
    for (;;) {
    }
}
