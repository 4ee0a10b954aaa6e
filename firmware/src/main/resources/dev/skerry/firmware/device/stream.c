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
    uint32_t left = 0;
    PREFIX_init();
    while (left == 0 && skerry_read(from, PREFIX_input(), UPPER_INPUT_BYTES) == 0) {
        PREFIX_invoke();
        left = skerry_write(to, PREFIX_output(), UPPER_OUTPUT_BYTES);
    }
    skerry_close(to);
    skerry_exit(left == 0 ? 0 : 2);
    return 0;
}
