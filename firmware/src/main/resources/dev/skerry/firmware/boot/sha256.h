/* SHA-256 (FIPS 180-4, section 6.2). */
#ifndef SKERRY_SHA256_H
#define SKERRY_SHA256_H

#include <stddef.h>
#include <stdint.h>

void skerry_sha256(const uint8_t *message, size_t bytes, uint8_t digest[32]);

#endif
