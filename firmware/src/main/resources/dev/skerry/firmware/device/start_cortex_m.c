/* Starts a Cortex-M: the vector table, and what C needs before main. */
#include <stdint.h>

/* From the linker script. */
extern uint32_t skerry_stack_top[];
extern const uint32_t skerry_data_image[];
extern uint32_t skerry_data[], skerry_data_end[], skerry_bss[], skerry_bss_end[];

int main(void);
void skerry_reset(void);
void skerry_fault(void);
void skerry_tick(void);

typedef union {
    uint32_t *stack;
    void (*handler)(void);
} skerry_vector;

/* The stack, the reset, and all exceptions of the core; add your device's interrupts behind them. */
__attribute__((section(".vectors"), used)) static const skerry_vector vectors[16] = {
    {.stack = skerry_stack_top},  {.handler = skerry_reset}, {.handler = skerry_fault}, {.handler = skerry_fault},
    {.handler = skerry_fault},    {.handler = skerry_fault}, {.handler = skerry_fault}, {.handler = skerry_fault},
    {.handler = skerry_fault},    {.handler = skerry_fault}, {.handler = skerry_fault}, {.handler = skerry_fault},
    {.handler = skerry_fault},    {.handler = skerry_fault}, {.handler = skerry_fault}, {.handler = skerry_tick},
};

__attribute__((weak)) void skerry_fault(void) {
    for (;;) {
    }
}

__attribute__((weak)) void skerry_tick(void) { skerry_fault(); }

void skerry_reset(void) {
#ifdef __ARM_FP
    *(volatile uint32_t *)0xE000ED88U |= 0xFU << 20; /* CPACR: the floating-point and vector unit is on */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t *from = skerry_data_image;
    for (uint32_t *to = skerry_data; to < skerry_data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = skerry_bss; to < skerry_bss_end; to++) {
        *to = 0;
    }
    main();
    skerry_fault();
}
