/* What a program sees of a model that was compiled to a shared library. Nothing else is exported. */
#ifndef SKERRY_LIBRARY_H
#define SKERRY_LIBRARY_H

#include <stdint.h>

/* The version of all that is declared here. */
#define SKERRY_HOST_ABI 1

#if defined(__GNUC__)
#define SKERRY_EXPORT __attribute__((visibility("default")))
#else
#define SKERRY_EXPORT
#endif

/* An input or output. Its integers stand for scale * (stored - zero), or for themselves where scale is 0. */
typedef struct {
    void *memory;
    uint64_t bytes;
    int32_t type; /* of an element, as ONNX numbers them: 1 float32, 3 int8, ... */
    float scale;
    int32_t zero;
} skerry_end;

SKERRY_EXPORT int32_t skerry_host_abi(void);

/* The digest of the model's file: "sha256:..." */
SKERRY_EXPORT const char *skerry_host_model(void);

/* Call once, before all that follows. */
SKERRY_EXPORT void skerry_host_init(void);

/* How many there are, and each of them, in the model's order. */
SKERRY_EXPORT int32_t skerry_host_inputs(void);
SKERRY_EXPORT int32_t skerry_host_outputs(void);
SKERRY_EXPORT const skerry_end *skerry_host_input(int32_t index);
SKERRY_EXPORT const skerry_end *skerry_host_output(int32_t index);

/* One inference. It may write over its inputs, and nothing but its own memory. */
SKERRY_EXPORT void skerry_host_invoke(void);

#endif
