#ifndef SKERRY_CONSOLE_H
#define SKERRY_CONSOLE_H

#include "package.h"

void skerry_console_number(uint32_t number);

/* As in "1.2.0+7, counter 3". */
void skerry_console_package(const skerry_package *package);

#endif
