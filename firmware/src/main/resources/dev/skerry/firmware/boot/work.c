/* The place for the device's own work: read a sensor, invoke the model, act. This one has nothing to do. */
#include "application.h"

int skerry_work(void) { return 0; }
