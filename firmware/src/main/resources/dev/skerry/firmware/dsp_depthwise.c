#include "dsp.h"
#include "dsp_kernels.h"
#include "dsp_rescale.h"

/* Channels are worked on in fours: a word of the input holds one value of each. */
#define CHANNELS 4

/*
 * Some rows of four channels, each value 16 bits, each channel's by itself. Between two rows lies the padding, the right one of the
 * first and the left one of the second at once, so that a kernel of three can go over many rows as if they were one.
 */
typedef struct {
    int16_t *values;
    int32_t pitch; /* from row to row, even */
    int32_t plane; /* from channel to channel, even */
    int32_t zero;
} band;

static inline skerry_pair pair_at(const int16_t *values) { return skerry_word(values); }

static inline void put(int16_t *values, skerry_pair pair) { memcpy(values, &pair, sizeof pair); }

static void fill(int16_t *values, int32_t count, int32_t value) {
    for (int32_t i = 0; i < count; i++) {
        values[i] = (int16_t)value;
    }
}

/* Rows of the input into the band, from one of its rows on. Padding is there already. */
static SKERRY_APART void load(const band *b, int32_t at, int32_t rows, const int8_t *x, const skerry_window *w, int32_t row) {
    int32_t plane = b->plane;
    int32_t channels = w->in_channels;
    int16_t *line = b->values + at * b->pitch + w->left;
    for (; rows > 0; rows--, row++, line += b->pitch) {
        int16_t *to = line;
        if (row < 0 || row >= w->in_height) {
            for (int32_t i = 0; i < CHANNELS; i++, to += plane) {
                fill(to, w->in_width, b->zero);
            }
            continue;
        }
        const int8_t *from = x + row * w->in_width * channels;
        int32_t left = w->in_width;
        for (; left > 1; left -= 2, to += 2, from += 2 * channels) {
            uint32_t here = skerry_word(from);
            uint32_t next = skerry_word(from + channels);
            skerry_pair even = skerry_even_bytes(here);
            skerry_pair odd = skerry_odd_bytes(here);
            skerry_pair next_even = skerry_even_bytes(next);
            skerry_pair next_odd = skerry_odd_bytes(next);
            put(to, skerry_firsts(even, next_even));
            put(to + plane, skerry_firsts(odd, next_odd));
            put(to + 2 * plane, skerry_seconds(even, next_even));
            put(to + 3 * plane, skerry_seconds(odd, next_odd));
        }
        if (left > 0) {
            for (int32_t i = 0; i < CHANNELS; i++) {
                to[i * plane] = from[i];
            }
        }
    }
}

static int32_t pairs_of(const skerry_window *w) { return (w->width + 1) / 2; }

/* Whether there is a function of its own for a kernel of three by three with such steps. */
static int is_threefold(const skerry_window *w) {
    return w->height == 3 && w->width == 3 && (w->stride_width == 2 || (w->stride_width == 1 && w->stride_height == 1));
}

/* Weights of four channels as pairs; those functions take three in a row as the first two and the last two. */
static void spread(uint32_t *pairs, const int8_t *weights, const skerry_window *w) {
    int threefold = is_threefold(w);
    for (int32_t i = 0; i < CHANNELS * w->height; i++, weights += w->width) {
        if (threefold) {
            *pairs++ = skerry_pair_of(weights[0], weights[1]);
            *pairs++ = skerry_pair_of(weights[1], weights[2]);
            continue;
        }
        for (int32_t c = 0; c < w->width; c += 2) {
            *pairs++ = skerry_pair_of(weights[c], c + 1 < w->width ? weights[c + 1] : 0);
        }
    }
}

/* Sums of three rows of three, of two places side by side at a time. */
static SKERRY_APART void threes(int32_t *sums, int32_t count, const int16_t *a, int32_t pitch, const uint32_t *pairs,
                                int32_t bias) {
    const int16_t *b = a + pitch, *c = b + pitch;
#if SKERRY_DSP && defined(__OPTIMIZE__)
    const int32_t *end = sums + (count + 1) / 2 * 2;
    uint32_t a01 = pairs[0], a12 = pairs[1], b01 = pairs[2], b12 = pairs[3], c01 = pairs[4], c12 = pairs[5];
    uint32_t p, q, left, right;
#define ROW(row, w01, w12)                             \
    "ldrd %[p], %[q], [%[" row "]], #4\n\t"            \
    "smlad %[left], %[p], %[" w01 "], %[left]\n\t"     \
    "smlabt %[right], %[" w01 "], %[p], %[right]\n\t"  \
    "smlabt %[left], %[q], %[" w12 "], %[left]\n\t"    \
    "smlad %[right], %[q], %[" w12 "], %[right]\n\t"
    __asm__ volatile("1:\n\t"
                     "ldr %[left], %[bias]\n\t"
                     "mov %[right], %[left]\n\t" ROW("a", "a01", "a12") ROW("b", "b01", "b12") ROW("c", "c01", "c12")
                     "strd %[left], %[right], [%[sums]], #8\n\t"
                     "ldr %[p], %[end]\n\t"
                     "cmp %[sums], %[p]\n\t"
                     "bne 1b\n\t"
                     : [sums] "+r"(sums), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [p] "=&r"(p), [q] "=&r"(q),
                       [left] "=&r"(left), [right] "=&r"(right)
                     : [a01] "r"(a01), [a12] "r"(a12), [b01] "r"(b01), [b12] "r"(b12), [c01] "r"(c01), [c12] "r"(c12),
                       [bias] "m"(bias), [end] "m"(end)
                     : "cc", "memory");
#undef ROW
#else
    uint32_t a01 = pairs[0], a12 = pairs[1], b01 = pairs[2], b12 = pairs[3], c01 = pairs[4], c12 = pairs[5];
    for (const int32_t *end = sums + count; sums < end; sums += 2, a += 2, b += 2, c += 2) {
        skerry_pair p = pair_at(a);
        skerry_pair q = pair_at(a + 2);
        int32_t left = skerry_mac_pairs(bias, p, a01);
        int32_t right = skerry_mac_first_second(bias, a01, p);
        left = skerry_mac_first_second(left, q, a12);
        right = skerry_mac_pairs(right, q, a12);
        p = pair_at(b);
        q = pair_at(b + 2);
        left = skerry_mac_pairs(left, p, b01);
        right = skerry_mac_first_second(right, b01, p);
        left = skerry_mac_first_second(left, q, b12);
        right = skerry_mac_pairs(right, q, b12);
        p = pair_at(c);
        q = pair_at(c + 2);
        left = skerry_mac_pairs(left, p, c01);
        right = skerry_mac_first_second(right, c01, p);
        left = skerry_mac_first_second(left, q, c12);
        right = skerry_mac_pairs(right, q, c12);
        sums[0] = left;
        sums[1] = right;
    }
#endif
}

/* The same for every second place. */
static SKERRY_APART void halved_threes(int32_t *sums, int32_t count, const int16_t *a, int32_t pitch, const uint32_t *pairs,
                                       int32_t bias) {
    const int16_t *b = a + pitch, *c = b + pitch;
    uint32_t a01 = pairs[0], a12 = pairs[1], b01 = pairs[2], b12 = pairs[3], c01 = pairs[4], c12 = pairs[5];
#if SKERRY_DSP && defined(__OPTIMIZE__)
    const int32_t *end = sums + count;
    uint32_t p, q, sum;
#define ROW(row, w01, w12)                             \
    "ldrd %[p], %[q], [%[" row "]], #4\n\t"            \
    "smlad %[sum], %[p], %[" w01 "], %[sum]\n\t"       \
    "smlabt %[sum], %[q], %[" w12 "], %[sum]\n\t"
    __asm__ volatile("1:\n\t"
                     "ldr %[sum], %[bias]\n\t" ROW("a", "a01", "a12") ROW("b", "b01", "b12") ROW("c", "c01", "c12")
                     "str %[sum], [%[sums]], #4\n\t"
                     "ldr %[p], %[end]\n\t"
                     "cmp %[sums], %[p]\n\t"
                     "bne 1b\n\t"
                     : [sums] "+r"(sums), [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [p] "=&r"(p), [q] "=&r"(q),
                       [sum] "=&r"(sum)
                     : [a01] "r"(a01), [a12] "r"(a12), [b01] "r"(b01), [b12] "r"(b12), [c01] "r"(c01), [c12] "r"(c12),
                       [bias] "m"(bias), [end] "m"(end)
                     : "cc", "memory");
#undef ROW
#else
    for (const int32_t *end = sums + count; sums < end; sums++, a += 2, b += 2, c += 2) {
        int32_t sum = skerry_mac_pairs(bias, pair_at(a), a01);
        sum = skerry_mac_first_second(sum, pair_at(a + 2), a12);
        sum = skerry_mac_pairs(sum, pair_at(b), b01);
        sum = skerry_mac_first_second(sum, pair_at(b + 2), b12);
        sum = skerry_mac_pairs(sum, pair_at(c), c01);
        *sums = skerry_mac_first_second(sum, pair_at(c + 2), c12);
    }
#endif
}

/* Any kernel: adds what one of its rows gives. */
static SKERRY_APART void add_row(int32_t *sums, int32_t count, const int16_t *row, int32_t step, const uint32_t *pairs,
                                 int32_t of) {
    for (int32_t i = 0; i < count; i++, row += step) {
        int32_t sum = sums[i];
        for (int32_t c = 0; c < of; c++) {
            sum = skerry_mac_pairs(sum, pair_at(row + 2 * c), pairs[c]);
        }
        sums[i] = sum;
    }
}

/* Rows of one channel of the output. */
static SKERRY_APART void store(int8_t *y, const int32_t *sums, int32_t rows, int32_t pitch, const skerry_window *w,
                               skerry_factor factor, const skerry_rescale *rescale) {
    int32_t step = w->out_channels;
    int clamped = rescale->least > INT8_MIN || rescale->most < INT8_MAX;
    for (; rows > 0; rows--, sums += pitch) {
        const int32_t *end = sums + w->out_width;
        if (clamped) {
            for (const int32_t *sum = sums; sum < end; sum++, y += step) {
                *y = (int8_t)skerry_within(skerry_rescaled(*sum * 2, factor), rescale);
            }
        } else {
            for (const int32_t *sum = sums; sum < end; sum++, y += step) {
                *y = (int8_t)skerry_rescaled(*sum * 2, factor);
            }
        }
    }
}

/* Four channels of some rows of the output. */
static void compute(int8_t *y, int32_t *sums, const band *b, int32_t rows, const skerry_window *w, const uint32_t *pairs,
                    const int32_t *bias, const skerry_rescale *rescale, int32_t channel) {
    int32_t of = pairs_of(w);
    int threefold = is_threefold(w);
    const int16_t *x = b->values;
    for (int32_t i = 0; i < CHANNELS; i++, channel++, y++, x += b->plane, pairs += w->height * of) {
        int32_t pitch = w->out_width;
        if (threefold && w->stride_width == 1) {
            pitch = b->pitch;
            threes(sums, (rows - 1) * pitch + w->out_width, x, pitch, pairs, bias[channel]);
        } else if (threefold) {
            for (int32_t row = 0; row < rows; row++) {
                halved_threes(sums + row * pitch, pitch, x + row * w->stride_height * b->pitch, b->pitch, pairs, bias[channel]);
            }
        } else {
            for (int32_t at = 0; at < rows * pitch; at++) {
                sums[at] = bias[channel];
            }
            for (int32_t row = 0; row < rows; row++) {
                for (int32_t r = 0; r < w->height; r++) {
                    const int16_t *from = x + (row * w->stride_height + r) * b->pitch;
                    add_row(sums + row * pitch, pitch, from, w->stride_width, pairs + r * of, of);
                }
            }
        }
        store(y, sums, rows, pitch, w, skerry_factor_of(rescale, channel), rescale);
    }
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/*
 * So many rows of the output at a time. Channel by channel, where output and input have the same shape: then each row is loaded
 * once, and the output may lie where the input does. Else rows by rows, so that the output may lie where rows were that aren't
 * needed any more.
 */
void skerry_dsp_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                          int32_t zero, const skerry_rescale *rescale, int32_t at_once, void *scratch) {
    int32_t area = w->height * w->width;
    int32_t channels = w->in_channels;
    int32_t right = (w->out_width - 1) * w->stride_width + w->width - w->left - w->in_width;
    int32_t pitch = (w->in_width + larger(w->left, right) + 1) / 2 * 2;
    /* behind the last row there is the padding of one more, and what is read with it for pairs */
    int32_t plane = ((at_once - 1) * w->stride_height + w->height) * pitch + larger(4, (w->left + 2) / 2 * 2);
    uint32_t *pairs = scratch;
    int32_t *sums = (int32_t *)(pairs + CHANNELS * w->height * pairs_of(w));
    band b = {(int16_t *)(sums + at_once * pitch), pitch, plane, zero};
    fill(b.values, CHANNELS * plane, zero);
    if (w->stride_height == 1 && w->out_height == w->in_height && w->out_width == w->in_width) {
        for (int32_t channel = 0; channel < channels; channel += CHANNELS) {
            spread(pairs, weights + channel * area, w);
            int32_t kept = 0;
            for (int32_t row = 0; row < w->out_height; row += at_once) {
                int32_t rows = w->out_height - row < at_once ? w->out_height - row : at_once;
                load(&b, kept, rows + w->height - 1 - kept, x + channel, w, row - w->top + kept);
                compute(y + row * w->out_width * channels + channel, sums, &b, rows, w, pairs, bias, rescale, channel);
                kept = w->height - 1;
                for (int32_t i = 0; i < CHANNELS; i++) {
                    int16_t *values = b.values + i * plane;
                    memmove(values, values + rows * pitch, (size_t)(kept * pitch) * sizeof *values);
                }
            }
        }
    } else {
        for (int32_t row = 0; row < w->out_height; row += at_once) {
            int32_t rows = w->out_height - row < at_once ? w->out_height - row : at_once;
            for (int32_t channel = 0; channel < channels; channel += CHANNELS) {
                spread(pairs, weights + channel * area, w);
                load(&b, 0, (rows - 1) * w->stride_height + w->height, x + channel, w, row * w->stride_height - w->top);
                compute(y + row * w->out_width * channels + channel, sums, &b, rows, w, pairs, bias, rescale, channel);
            }
        }
    }
}
