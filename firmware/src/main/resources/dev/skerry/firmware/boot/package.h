/*
 * Signed firmware packages: MCUboot's image format in one form, so that every field has its place and every byte its value.
 *
 *    0  header, 512 bytes: magic, sizes and version in the first 32, then zeros
 *  512  the image, a multiple of four bytes that begins with its vector table
 *       the trailer, 216 bytes: signed are counter, target, slot and bundle; then digest, key and signature
 */
#ifndef SKERRY_PACKAGE_H
#define SKERRY_PACKAGE_H

#include <stdbool.h>
#include <stdint.h>

#define SKERRY_HEADER_BYTES 512U
#define SKERRY_TRAILER_BYTES 216U
#define SKERRY_SIGNED_TRAILER_BYTES 72U /* the part of it that is signed */

/* A key that counts: the SHA-256 digest of its SubjectPublicKeyInfo, and the key itself. */
typedef struct {
    uint8_t digest[32];
    uint8_t key[32];
} skerry_key;

typedef enum {
    SKERRY_PACKAGE_VALID,
    SKERRY_PACKAGE_EMPTY,     /* no package begins here */
    SKERRY_PACKAGE_MALFORMED, /* a byte that is fixed isn't as it must be */
    SKERRY_PACKAGE_SIZE,      /* larger than its slot, or no image at all */
    SKERRY_PACKAGE_TARGET,    /* for another processor */
    SKERRY_PACKAGE_SLOT,      /* linked for another slot */
    SKERRY_PACKAGE_DIGEST,    /* damaged */
    SKERRY_PACKAGE_KEY,       /* by an unknown key */
    SKERRY_PACKAGE_SIGNATURE  /* not by the key that it names */
} skerry_package_status;

typedef struct {
    uint32_t image_bytes;
    uint8_t major, minor;
    uint16_t revision;
    uint32_t build;
    uint32_t counter;
    const uint8_t *bundle; /* 32 bytes: the digest of the bundle that the image belongs to */
    const uint8_t *digest; /* 32 bytes: SHA-256 of all that is signed, the image's identity */
} skerry_package;

/* Where the package must fit. */
typedef struct {
    uint32_t address;
    uint32_t bytes;
    const char *target; /* as the package names it, at most 16 characters */
} skerry_place;

/* Reads what lies in a slot, checking form and sizes but neither digest nor signature. */
skerry_package_status skerry_package_read(const uint8_t *slot, const skerry_place *place, skerry_package *package);

/* Reads it, and checks all of it. What it says may be believed only where this gives SKERRY_PACKAGE_VALID. */
skerry_package_status skerry_package_verify(const uint8_t *slot, const skerry_place *place, const skerry_key *keys,
                                            uint32_t key_count, skerry_package *package);

/* Whether a has the higher version. */
bool skerry_package_newer(const skerry_package *a, const skerry_package *b);

/* Whether two digests of 32 bytes are one. */
bool skerry_same_digest(const uint8_t *a, const uint8_t *b);

/* In words. */
const char *skerry_package_reason(skerry_package_status status);

#endif
