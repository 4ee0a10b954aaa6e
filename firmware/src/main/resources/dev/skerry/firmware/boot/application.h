#ifndef SKERRY_APPLICATION_H
#define SKERRY_APPLICATION_H

#include <stdint.h>

/* Runs golden vectors through the model, and gives how many bytes are wrong. */
uint32_t skerry_self_test(void);

/* What the device is there for. */
int skerry_work(void);

#endif
