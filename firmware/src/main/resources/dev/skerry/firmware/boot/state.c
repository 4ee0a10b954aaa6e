#include "state.h"

#include "board.h"

#define MAGIC 0x53b00700U
#define WORDS (SKERRY_STATE_BYTES / 4)

/* A record as words: magic, sequence, counter, confirmed, trial, checksum. */
typedef uint32_t record[WORDS];

/* CRC-32 as of IEEE 802.3. */
static uint32_t checksum(const uint32_t *words) {
    uint32_t rest = 0xffffffffU;
    for (unsigned i = 0; i < WORDS - 1; i++) {
        rest ^= words[i];
        for (unsigned bit = 0; bit < 32; bit++) {
            rest = rest >> 1 ^ ((rest & 1) != 0 ? 0xedb88320U : 0);
        }
    }
    return ~rest;
}

static bool load(unsigned page, uint32_t *words) {
    const volatile uint32_t *flash = skerry_flash_page(page);
    for (unsigned i = 0; i < WORDS; i++) {
        words[i] = flash[i];
    }
    return words[0] == MAGIC && words[WORDS - 1] == checksum(words);
}

/* The page with the last record, and that record; 2 where there is none. */
static unsigned newest(uint32_t *words) {
    record other;
    bool first = load(0, words);
    if (!load(1, other)) {
        return first ? 0 : 2;
    }
    /* sequences may wrap around */
    if (first && words[1] - other[1] < 0x80000000U) {
        return 0;
    }
    for (unsigned i = 0; i < WORDS; i++) {
        words[i] = other[i];
    }
    return 1;
}

static void digest_of(const uint32_t *words, uint8_t digest[32]) {
    for (unsigned i = 0; i < 32; i++) {
        digest[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
    }
}

static void words_of(const uint8_t digest[32], uint32_t *words) {
    for (unsigned i = 0; i < 8; i++, digest += 4) {
        words[i] = digest[0] | (uint32_t)digest[1] << 8 | (uint32_t)digest[2] << 16 | (uint32_t)digest[3] << 24;
    }
}

void skerry_state_read(skerry_state *state) {
    record words;
    if (newest(words) == 2) {
        for (unsigned i = 0; i < WORDS; i++) {
            words[i] = 0;
        }
    }
    state->counter = words[2];
    digest_of(words + 3, state->confirmed);
    digest_of(words + 11, state->trial);
}

bool skerry_state_write(const skerry_state *state) {
    record words;
    unsigned last = newest(words);
    unsigned page = last == 0 ? 1 : 0;
    uint32_t sequence = last == 2 ? 0 : words[1] + 1;
    words[0] = MAGIC;
    words[1] = sequence;
    words[2] = state->counter;
    words_of(state->confirmed, words + 3);
    words_of(state->trial, words + 11);
    words[WORDS - 1] = checksum(words);
    skerry_flash_erase(page);
    for (unsigned i = 0; i < WORDS; i++) {
        skerry_flash_program(page, i, words[i]);
    }
    record held;
    return load(page, held) && held[1] == sequence;
}

bool skerry_state_try(const uint8_t digest[32]) {
    skerry_state state;
    skerry_state_read(&state);
    for (unsigned i = 0; i < 32; i++) {
        state.trial[i] = digest[i];
    }
    return skerry_state_write(&state);
}

bool skerry_state_confirm(const uint8_t digest[32], uint32_t counter) {
    skerry_state state;
    skerry_state_read(&state);
    for (unsigned i = 0; i < 32; i++) {
        state.confirmed[i] = digest[i];
        state.trial[i] = 0;
    }
    if (counter > state.counter) {
        state.counter = counter;
    }
    return skerry_state_write(&state);
}
