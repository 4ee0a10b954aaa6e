/* Runs golden vectors on the device, and counts what an inference takes: ends with 0 where all bytes are as they should be. */
#include "../golden.h"
#include "../PREFIX.h"
#include "semihosting.h"

extern uint32_t skerry_stack_limit[]; /* from the linker script: below it lies other memory */

void skerry_begin(void);
void skerry_end(void);
void skerry_layer_done(uint32_t layer);
void skerry_fault(void);

/* Marks that a profiler finds by their names. */
__attribute__((noinline)) void skerry_begin(void) { __asm__ volatile("" ::: "memory"); }

__attribute__((noinline)) void skerry_end(void) { __asm__ volatile("" ::: "memory"); }

__attribute__((noinline)) void skerry_layer_done(uint32_t layer) { __asm__ volatile("" ::"r"(layer) : "memory"); }

void skerry_fault(void) {
    skerry_print("fault\n");
    skerry_exit(2);
}

#ifdef __riscv
static void start_counter(void) {}

/* Instructions since the start: a tick is one. */
static uint64_t counted(void) {
    uint32_t high;
    uint32_t low;
    uint32_t again;
    do {
        __asm__ volatile(".option push\n\t.option arch, +zicsr\n\tcsrr %0, minstreth\n\tcsrr %1, minstret\n\t"
                         "csrr %2, minstreth\n\t.option pop"
                         : "=r"(high), "=r"(low), "=r"(again));
    } while (high != again);
    return ((uint64_t)high << 32) | low;
}

static uint32_t *stack_pointer(void) {
    uint32_t *sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    return sp;
}
#else
#define SYST_CSR (*(volatile uint32_t *)0xE000E010U)
#define SYST_RVR (*(volatile uint32_t *)0xE000E014U)
#define SYST_CVR (*(volatile uint32_t *)0xE000E018U)

static volatile uint32_t wraps;

void skerry_tick(void);

/* The timer has 24 bits; it is counted how often it starts anew. */
void skerry_tick(void) { wraps++; }

static void start_counter(void) {
    wraps = 0;
    SYST_RVR = 0xFFFFFFU;
    SYST_CVR = 0;
    SYST_CSR = 7; /* the processor's clock, an interrupt at zero, on */
    while (SYST_CVR == 0) {
    }
}

/* Ticks of the processor's clock since the start. */
static uint64_t counted(void) {
    uint32_t before;
    uint32_t ticks;
    do {
        before = wraps;
        ticks = -SYST_CVR & 0xFFFFFFU; /* 0 comes before 0xFFFFFF */
    } while (before != wraps);
    return ((uint64_t)before << 24) + ticks;
}

static uint32_t *stack_pointer(void) {
    uint32_t *sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return sp;
}
#endif

static const uint32_t paint = 0xA5C3965AU;

/* One inference. Gives the bytes of stack that it used: what is painted before and changed after. */
__attribute__((noinline)) static uint32_t stack_used(void) {
    uint32_t *top = stack_pointer();
    volatile uint32_t *at;
    for (at = skerry_stack_limit; at < top; at++) {
        *at = paint;
    }
    PREFIX_invoke();
    for (at = skerry_stack_limit; at < top && *at == paint; at++) {
    }
    return (uint32_t)((uintptr_t)top - (uintptr_t)at);
}

static void line(const char *name, uint64_t number) {
    skerry_print(name);
    skerry_print(" ");
    skerry_print_number(number);
    skerry_print("\n");
}

int main(void) {
    uint32_t wrong = 0;
    uint32_t stack = 0;
    PREFIX_init();
#if GOLDEN_VECTORS > 0
    for (uint32_t vector = 0; vector < GOLDEN_VECTORS; vector++) {
        golden_fill(vector);
        uint32_t used = stack_used();
        stack = used > stack ? used : stack;
        wrong += golden_wrong(vector);
    }
#else
    golden_fill(0);
    stack = stack_used();
#endif
    line("vectors", GOLDEN_VECTORS);
    line("wrong", wrong);
    line("stack", stack);
    golden_fill(0);
    start_counter();
    uint64_t before = counted();
    uint64_t between = counted();
    skerry_begin();
    PREFIX_invoke();
    skerry_end();
    uint64_t after = counted();
    line("ticks", after - between - (between - before));
    skerry_exit(wrong == 0 ? 0 : 1);
    return 0;
}
