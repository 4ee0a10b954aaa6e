#include "console.h"

#include "board.h"

void skerry_console_number(uint32_t number) {
    char text[11];
    unsigned at = sizeof text - 1;
    text[at] = '\0';
    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    skerry_console(text + at);
}

void skerry_console_package(const skerry_package *package) {
    skerry_console_number(package->major);
    skerry_console(".");
    skerry_console_number(package->minor);
    skerry_console(".");
    skerry_console_number(package->revision);
    skerry_console("+");
    skerry_console_number(package->build);
    skerry_console(", counter ");
    skerry_console_number(package->counter);
}
