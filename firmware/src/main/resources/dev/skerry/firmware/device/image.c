/* What an application needs of the model at least; the linked image says what it takes of the device. */
#include "../PREFIX.h"

int main(void) {
    PREFIX_init();
    for (;;) {
INPUTS        PREFIX_invoke();
OUTPUTS    }
}
