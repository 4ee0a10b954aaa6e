#include "semihosting.h"

/* Operations by their numbers in Arm's "Semihosting for AArch32 and AArch64". */
enum {
    OPEN = 0x01,
    CLOSE = 0x02,
    WRITE0 = 0x04,
    WRITE = 0x05,
    READ = 0x06,
    EXIT_EXTENDED = 0x20,
    APPLICATION_EXIT = 0x20026,
    READ_BINARY = 1,
    WRITE_BINARY = 5
};

#ifdef __riscv
/* The three instructions that a debugger looks for have to lie in one page, none of them compressed. */
__attribute__((noinline, aligned(16))) static uintptr_t call(uintptr_t operation, const void *block) {
    register uintptr_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = block;
    __asm__ volatile(".option push\n\t.option norvc\n\t.balign 16\n\tslli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}
#else
__attribute__((noinline)) static uintptr_t call(uintptr_t operation, const void *block) {
    register uintptr_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
#endif

static uintptr_t length(const char *text) {
    uintptr_t length = 0;
    while (text[length] != 0) {
        length++;
    }
    return length;
}

void skerry_print(const char *text) { call(WRITE0, text); }

void skerry_print_number(uint64_t number) {
    char digits[21];
    char *at = digits + 20;
    *at = 0;
    do {
        *--at = (char)('0' + (char)(number % 10));
        number /= 10;
    } while (number > 0);
    skerry_print(at);
}

void skerry_exit(int32_t code) {
    uintptr_t block[2] = {APPLICATION_EXIT, (uintptr_t)code};
    call(EXIT_EXTENDED, block);
    for (;;) {
    }
}

int32_t skerry_open(const char *name, int32_t is_write) {
    uintptr_t block[3] = {(uintptr_t)name, is_write ? WRITE_BINARY : READ_BINARY, length(name)};
    return (int32_t)call(OPEN, block);
}

uint32_t skerry_read(int32_t file, void *to, uint32_t bytes) {
    uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)to, bytes};
    return (uint32_t)call(READ, block);
}

uint32_t skerry_write(int32_t file, const void *from, uint32_t bytes) {
    uintptr_t block[3] = {(uintptr_t)file, (uintptr_t)from, bytes};
    return (uint32_t)call(WRITE, block);
}

void skerry_close(int32_t file) {
    uintptr_t block[1] = {(uintptr_t)file};
    call(CLOSE, block);
}
