/* The vector instructions of Armv8.1-M (Helium) that kernels use; elsewhere plain C that does the same, for tests on any machine. */
#ifndef SKERRY_HELIUM_H
#define SKERRY_HELIUM_H

#include <stdint.h>
#include <string.h>

#include "kernels.h"

#if defined(__ARM_FEATURE_MVE)

#define SKERRY_HELIUM 1

#include <arm_mve.h>

typedef int8x16_t skerry_bytes; /* 16 */
typedef int32x4_t skerry_words; /* 4 */

static inline skerry_bytes skerry_load(const int8_t *from) { return vldrbq_s8(from); }

/* The first ones; the others are 0 and not read. */
static inline skerry_bytes skerry_load_some(const int8_t *from, int32_t count) {
    return vldrbq_z_s8(from, vctp8q((uint32_t)count));
}

static inline void skerry_store(int8_t *to, skerry_bytes bytes) { vstrbq_s8(to, bytes); }

static inline void skerry_store_some(int8_t *to, skerry_bytes bytes, int32_t count) {
    vstrbq_p_s8(to, bytes, vctp8q((uint32_t)count));
}

/* sum + all products. */
static inline int32_t skerry_dot(int32_t sum, skerry_bytes a, skerry_bytes b) { return vmladavaq_s8(sum, a, b); }

/* Four bytes as words. */
static inline skerry_words skerry_widened(const int8_t *from) { return vldrbq_s32(from); }

static inline skerry_words skerry_load_words(const int32_t *from) { return vldrwq_s32(from); }

static inline void skerry_store_words(int32_t *to, skerry_words words) { vstrwq_s32(to, words); }

static inline skerry_words skerry_words_of(int32_t a, int32_t b, int32_t c, int32_t d) {
    skerry_words words;
    __asm__("vmov %q0[2], %q0[0], %1, %3\n\t"
            "vmov %q0[3], %q0[1], %2, %4"
            : "=&w"(words)
            : "r"(a), "r"(b), "r"(c), "r"(d));
    return words;
}

static inline skerry_words skerry_all(int32_t x) { return vdupq_n_s32(x); }

static inline skerry_words skerry_plus(skerry_words a, skerry_words b) { return vaddq_s32(a, b); }

static inline skerry_words skerry_add(skerry_words a, int32_t b) { return vaddq_n_s32(a, b); }

static inline skerry_words skerry_times(skerry_words a, skerry_words b) { return vmulq_s32(a, b); }

/* × 2^bits. */
static inline skerry_words skerry_up(skerry_words a, int32_t bits) { return vshlq_r_s32(a, bits); }

/* The high half of twice the product, to nearest. */
static inline skerry_words skerry_high_products(skerry_words a, skerry_words b) { return vqrdmulhq_s32(a, b); }

/* × 2^shift, of negative shifts, to nearest, ties away from zero. */
static inline skerry_words skerry_down(skerry_words a, skerry_words shift) {
    return vrshlq_s32(vaddq_s32(a, vshrq_n_s32(a, 31)), shift);
}

/* The same of shifts that may be 0. */
static inline skerry_words skerry_down_or_not(skerry_words a, skerry_words shift) {
    return vrshlq_s32(vaddq_s32(a, vshrq_n_s32(vandq_s32(a, shift), 31)), shift);
}

/* Words that lie some bytes apart, side by side. */
static inline int8_t *skerry_collect(int8_t *to, const int8_t *from, int32_t step, int32_t count) {
    uint32x4_t offsets = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
    for (; count >= 4; count -= 4, to += 16, from += 4 * step) {
        vstrbq_s8(to, vreinterpretq_s8_s32(vldrwq_gather_offset_s32((const int32_t *)(const void *)from, offsets)));
    }
    for (; count > 0; count--, to += 4, from += step) {
        memcpy(to, from, 4);
    }
    return to;
}

static inline skerry_words skerry_between(skerry_words a, skerry_words least, skerry_words most) {
    return vminq_s32(vmaxq_s32(a, least), most);
}

/* The lowest byte of each lane. */
static inline void skerry_store_lows(int8_t *to, skerry_words words) { vstrbq_s32(to, words); }

/* The lowest byte of the first lanes. */
static inline void skerry_store_some_lows(int8_t *to, skerry_words words, int32_t count) {
    vstrbq_p_s32(to, words, vctp32q((uint32_t)count));
}

#else

#define SKERRY_HELIUM 0

typedef struct {
    int8_t lane[16];
} skerry_bytes;

typedef struct {
    int32_t lane[4];
} skerry_words;

static inline skerry_bytes skerry_load_some(const int8_t *from, int32_t count) {
    skerry_bytes bytes = {{0}};
    memcpy(bytes.lane, from, (size_t)(count > 16 ? 16 : count));
    return bytes;
}

static inline skerry_bytes skerry_load(const int8_t *from) { return skerry_load_some(from, 16); }

static inline void skerry_store_some(int8_t *to, skerry_bytes bytes, int32_t count) {
    memcpy(to, bytes.lane, (size_t)(count > 16 ? 16 : count));
}

static inline void skerry_store(int8_t *to, skerry_bytes bytes) { skerry_store_some(to, bytes, 16); }

static inline int32_t skerry_dot(int32_t sum, skerry_bytes a, skerry_bytes b) {
    for (int i = 0; i < 16; i++) {
        sum += a.lane[i] * b.lane[i];
    }
    return sum;
}

static inline skerry_words skerry_words_of(int32_t a, int32_t b, int32_t c, int32_t d) {
    return (skerry_words){{a, b, c, d}};
}

static inline skerry_words skerry_widened(const int8_t *from) {
    return skerry_words_of(from[0], from[1], from[2], from[3]);
}

static inline skerry_words skerry_load_words(const int32_t *from) {
    return skerry_words_of(from[0], from[1], from[2], from[3]);
}

static inline skerry_words skerry_all(int32_t x) { return skerry_words_of(x, x, x, x); }

static inline skerry_words skerry_plus(skerry_words a, skerry_words b) {
    for (int i = 0; i < 4; i++) {
        a.lane[i] += b.lane[i];
    }
    return a;
}

static inline skerry_words skerry_add(skerry_words a, int32_t b) { return skerry_plus(a, skerry_all(b)); }

static inline skerry_words skerry_times(skerry_words a, skerry_words b) {
    for (int i = 0; i < 4; i++) {
        a.lane[i] *= b.lane[i];
    }
    return a;
}

static inline skerry_words skerry_up(skerry_words a, int32_t bits) {
    for (int i = 0; i < 4; i++) {
        a.lane[i] *= (int32_t)(1 << bits);
    }
    return a;
}

static inline skerry_words skerry_high_products(skerry_words a, skerry_words b) {
    for (int i = 0; i < 4; i++) {
        a.lane[i] = (int32_t)(((int64_t)a.lane[i] * b.lane[i] + (1 << 30)) >> 31);
    }
    return a;
}

static inline int8_t *skerry_collect(int8_t *to, const int8_t *from, int32_t step, int32_t count) {
    for (; count > 0; count--, to += 4, from += step) {
        memcpy(to, from, 4);
    }
    return to;
}

static inline skerry_words skerry_down_or_not(skerry_words a, skerry_words shift) {
    for (int i = 0; i < 4; i++) {
        if (shift.lane[i] < 0) {
            int64_t nearest = (int64_t)a.lane[i] + (a.lane[i] < 0 ? -1 : 0) + (INT64_C(1) << (-shift.lane[i] - 1));
            a.lane[i] = (int32_t)(nearest >> -shift.lane[i]);
        }
    }
    return a;
}

static inline skerry_words skerry_down(skerry_words a, skerry_words shift) { return skerry_down_or_not(a, shift); }

static inline void skerry_store_words(int32_t *to, skerry_words words) { memcpy(to, words.lane, sizeof words.lane); }

static inline skerry_words skerry_between(skerry_words a, skerry_words least, skerry_words most) {
    for (int i = 0; i < 4; i++) {
        a.lane[i] = a.lane[i] < least.lane[i] ? least.lane[i] : a.lane[i];
        a.lane[i] = a.lane[i] > most.lane[i] ? most.lane[i] : a.lane[i];
    }
    return a;
}

static inline void skerry_store_some_lows(int8_t *to, skerry_words words, int32_t count) {
    for (int i = 0; i < 4 && i < count; i++) {
        to[i] = (int8_t)words.lane[i];
    }
}

static inline void skerry_store_lows(int8_t *to, skerry_words words) { skerry_store_some_lows(to, words, 4); }

#endif

/* Not copied into where it is called: such a function needs all registers for itself. */
#if defined(__GNUC__)
#define SKERRY_APART __attribute__((noinline))
#else
#define SKERRY_APART
#endif

/* How sums of four channels become bytes. */
typedef struct {
    skerry_words multipliers, shifts, zero, least, most;
} skerry_factors;

static inline skerry_factors skerry_factors_of(const skerry_rescale *rescale, int32_t channel) {
    return (skerry_factors){
        rescale->per_channel ? skerry_load_words(rescale->multiplier + channel) : skerry_all(rescale->multiplier[0]),
        rescale->per_channel ? skerry_widened(rescale->shift + channel) : skerry_all(rescale->shift[0]),
        skerry_all(rescale->zero),
        skerry_all(rescale->least),
        skerry_all(rescale->most)};
}

static inline skerry_words skerry_rescaled(skerry_words sums, const skerry_factors *factors) {
    skerry_words scaled = skerry_down(skerry_high_products(sums, factors->multipliers), factors->shifts);
    return skerry_between(skerry_plus(scaled, factors->zero), factors->least, factors->most);
}

/* So many bytes that don't overlap. */
static inline int8_t *skerry_copy(int8_t *to, const int8_t *from, int32_t count) {
    int8_t *end = to + count;
    for (; count >= 16; count -= 16, to += 16, from += 16) {
        skerry_store(to, skerry_load(from));
    }
    if (count > 0) {
        skerry_store_some(to, skerry_load_some(from, count), count);
    }
    return end;
}

#endif
