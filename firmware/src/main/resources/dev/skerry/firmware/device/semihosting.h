/* What a program asks of the debugger or emulator that it runs under: Arm's semihosting, which RISC-V uses too. */
#ifndef SKERRY_SEMIHOSTING_H
#define SKERRY_SEMIHOSTING_H

#include <stdint.h>

void skerry_print(const char *text);
void skerry_print_number(uint64_t number);
void skerry_exit(int32_t code);

/* Files of the host: open gives a handle, or a negative number; read and write give how many bytes were left over. */
int32_t skerry_open(const char *name, int32_t is_write);
uint32_t skerry_read(int32_t file, void *to, uint32_t bytes);
uint32_t skerry_write(int32_t file, const void *from, uint32_t bytes);
void skerry_close(int32_t file);

#endif
