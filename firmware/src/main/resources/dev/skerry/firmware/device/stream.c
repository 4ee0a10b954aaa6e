/* Runs all inputs of the file input.i8 beside the program through the model, and writes its outputs to output.i8. */
#include "../PREFIX.h"
#include "semihosting.h"

int main(void) {
    int32_t from = skerry_open("input.i8", 0);
    int32_t to = skerry_open("output.i8", 1);
    if (from < 0 || to < 0) {
        skerry_print("input.i8 can't be read, or output.i8 can't be written\n");
        skerry_exit(2);
    }
    uint32_t lost = 0;
    PREFIX_init();
    while (lost == 0 && READ) {
        PREFIX_invoke();
WRITE    }
    skerry_close(to);
    skerry_exit(lost == 0 ? 0 : 2);
    return 0;
}
