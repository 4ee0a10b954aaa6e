/* Verifying Ed25519 signatures (RFC 8032, section 5.1.7). */
#ifndef SKERRY_ED25519_H
#define SKERRY_ED25519_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Whether the signature is of this message by this key: whether the bytes of [S]B - [k]A are those of R, the equation without
 * the cofactor. Refused besides: S of L or more, a key that is not the one encoding of a point on the curve, and a key of small
 * order, under which one signature fits many messages. Nothing here is secret, so time may depend on the values.
 */
bool skerry_ed25519_verify(const uint8_t signature[64], const uint8_t key[32], const uint8_t *message, size_t bytes);

#endif
