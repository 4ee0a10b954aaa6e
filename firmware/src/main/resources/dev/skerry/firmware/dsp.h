/* The instructions of Armv7E-M and Armv8-M that kernels use; elsewhere plain C that does the same, for tests on any machine. */
#ifndef SKERRY_DSP_H
#define SKERRY_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__ARM_FEATURE_DSP)
#define SKERRY_DSP 1
#else
#define SKERRY_DSP 0
#endif

/* Not copied into where it is called: such a function needs all registers for itself. */
#if defined(__GNUC__)
#define SKERRY_APART __attribute__((noinline))
#else
#define SKERRY_APART
#endif

/* Two numbers of 16 bits in a word, the first in the lower half. */
typedef uint32_t skerry_pair;

static inline int32_t skerry_signed(uint32_t word) {
    int32_t result;
    memcpy(&result, &word, sizeof result);
    return result;
}

static inline skerry_pair skerry_pair_of(int32_t first, int32_t second) {
    return ((uint32_t)first & 0xffffU) | (uint32_t)second << 16;
}

/* Four bytes, wherever they lie. */
static inline uint32_t skerry_word(const void *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* a − b, modulo 2^32. */
static inline int32_t skerry_difference(int32_t a, int32_t b) { return skerry_signed((uint32_t)a - (uint32_t)b); }

#if SKERRY_DSP

/* Bytes 0 and 2, each with its sign. */
static inline skerry_pair skerry_even_bytes(uint32_t word) {
    skerry_pair pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

/* Bytes 1 and 3, each with its sign. */
static inline skerry_pair skerry_odd_bytes(uint32_t word) {
    skerry_pair pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

/* The first of two pairs. */
static inline skerry_pair skerry_firsts(skerry_pair a, skerry_pair b) {
    skerry_pair pair;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
    return pair;
}

/* The second of two pairs. */
static inline skerry_pair skerry_seconds(skerry_pair a, skerry_pair b) {
    skerry_pair pair;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(b), "r"(a));
    return pair;
}

/* sum + both products. */
static inline int32_t skerry_mac_pairs(int32_t sum, skerry_pair a, skerry_pair b) {
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* sum + a's first × b's second. */
static inline int32_t skerry_mac_first_second(int32_t sum, skerry_pair a, skerry_pair b) {
    int32_t result;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* (a × b + 2^31) ÷ 2^32. */
static inline int32_t skerry_high(int32_t a, int32_t b) {
    int32_t result;
    __asm__("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

static inline int32_t skerry_to_byte(int32_t x) {
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(x));
    return result;
}

#else

static inline int32_t skerry_first(skerry_pair pair) { return (int16_t)(pair & 0xffffU); }

static inline int32_t skerry_second(skerry_pair pair) { return (int16_t)(pair >> 16); }

static inline skerry_pair skerry_even_bytes(uint32_t word) {
    return skerry_pair_of((int8_t)(word & 0xffU), (int8_t)(word >> 16 & 0xffU));
}

static inline skerry_pair skerry_odd_bytes(uint32_t word) {
    return skerry_pair_of((int8_t)(word >> 8 & 0xffU), (int8_t)(word >> 24));
}

static inline skerry_pair skerry_firsts(skerry_pair a, skerry_pair b) { return (a & 0xffffU) | b << 16; }

static inline skerry_pair skerry_seconds(skerry_pair a, skerry_pair b) { return a >> 16 | (b & 0xffff0000U); }

static inline int32_t skerry_mac_pairs(int32_t sum, skerry_pair a, skerry_pair b) {
    return skerry_signed((uint32_t)sum + (uint32_t)(skerry_first(a) * skerry_first(b))
                         + (uint32_t)(skerry_second(a) * skerry_second(b)));
}

static inline int32_t skerry_mac_first_second(int32_t sum, skerry_pair a, skerry_pair b) {
    return skerry_signed((uint32_t)sum + (uint32_t)(skerry_first(a) * skerry_second(b)));
}

static inline int32_t skerry_high(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
}

static inline int32_t skerry_to_byte(int32_t x) { return x < -128 ? -128 : x > 127 ? 127 : x; }

#endif

#endif
