/*
 * What a bootloader remembers, in two pages of flash by turns: a new record goes to the page that doesn't hold the last one, and
 * counts once its checksum is written. A cut at any moment leaves the last record or the new one.
 */
#ifndef SKERRY_STATE_H
#define SKERRY_STATE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t counter;      /* images with less are too old */
    uint8_t confirmed[32]; /* the digest of the image that last confirmed itself */
    uint8_t trial[32];     /* of the one that was started on trial and hasn't; zeros where none was */
} skerry_state;

#define SKERRY_STATE_BYTES 80U /* of a record */

/* The last record; zeros where there is none. */
void skerry_state_read(skerry_state *state);

/* Writes a record; false where the flash doesn't hold it afterwards. */
bool skerry_state_write(const skerry_state *state);

/* Notes before its start that an image is on trial. */
bool skerry_state_try(const uint8_t digest[32]);

/* What a running image calls once it works: from now on it is started without trial, and older counters are refused. */
bool skerry_state_confirm(const uint8_t digest[32], uint32_t counter);

#endif
