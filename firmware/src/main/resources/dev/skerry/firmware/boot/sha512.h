/* SHA-512 (FIPS 180-4, section 6.4). */
#ifndef SKERRY_SHA512_H
#define SKERRY_SHA512_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state[8];
    uint64_t bytes; /* taken so far */
    uint8_t block[128];
} skerry_sha512;

void skerry_sha512_start(skerry_sha512 *hash);
void skerry_sha512_take(skerry_sha512 *hash, const uint8_t *message, size_t bytes);
void skerry_sha512_end(skerry_sha512 *hash, uint8_t digest[64]);

#endif
