#include "dsp.h"
#include "dsp_kernels.h"
#include "dsp_rescale.h"

/* Columns are worked on in fours; of a column each pair of values lies 16 bytes after the one before. */
#define COLUMNS 4

#if SKERRY_DSP && defined(__OPTIMIZE__)

/*
 * Four columns, all pairs of channels; see the C below for what it does. While products are added up:
 *   r0 columns, r1 weights, r2 and r3 pairs of two columns, r12 weights of both channels, lr those of the first,
 *   r4 to r7 sums of the first channel, r8 to r11 sums of both.
 * On the stack: +0 end of the pair's weights, +4 columns, +8 output, +12 numbers, +16 channels left, +20 layout.
 */
#define MULTIPLY                   \
    "ldr r12, [r1], #4\n\t"        \
    "ldrd r2, r3, [r0], #8\n\t"    \
    "sxtb16 lr, r12\n\t"           \
    "smlad r8, r12, r2, r8\n\t"    \
    "smlad r4, lr, r2, r4\n\t"     \
    "smlad r9, r12, r3, r9\n\t"    \
    "smlad r5, lr, r3, r5\n\t"     \
    "ldrd r2, r3, [r0], #8\n\t"    \
    "smlad r10, r12, r2, r10\n\t"  \
    "smlad r6, lr, r2, r6\n\t"     \
    "smlad r11, r12, r3, r11\n\t"  \
    "smlad r7, lr, r3, r7\n\t"

/* Four sums to bytes: r0 the rest, r12 the shift. */
#define RESCALE(a, b, c, d, multiplier)      \
    "smmulr " a ", " a ", " multiplier "\n\t" \
    "smmulr " b ", " b ", " multiplier "\n\t" \
    "smmulr " c ", " c ", " multiplier "\n\t" \
    "smmulr " d ", " d ", " multiplier "\n\t" \
    "add " a ", " a ", " a ", asr #31\n\t"    \
    "add " b ", " b ", " b ", asr #31\n\t"    \
    "add " c ", " c ", " c ", asr #31\n\t"    \
    "add " d ", " d ", " d ", asr #31\n\t"    \
    "add " a ", " a ", r0\n\t"                \
    "add " b ", " b ", r0\n\t"                \
    "add " c ", " c ", r0\n\t"                \
    "add " d ", " d ", r0\n\t"                \
    "asr " a ", " a ", r12\n\t"               \
    "asr " b ", " b ", r12\n\t"               \
    "asr " c ", " c ", r12\n\t"               \
    "asr " d ", " d ", r12\n\t"               \
    "ssat " a ", #8, " a "\n\t"               \
    "ssat " b ", #8, " b "\n\t"               \
    "ssat " c ", #8, " c "\n\t"               \
    "ssat " d ", #8, " d "\n\t"

__asm__(".syntax unified\n\t"
        ".section .text.skerry_dsp_carried, \"ax\", %progbits\n\t"
        ".balign 4\n\t"
        ".thumb_func\n\t"
        ".global skerry_dsp_carried\n\t"
        ".type skerry_dsp_carried, %function\n"
        "skerry_dsp_carried:\n\t"
        "push {r4-r11, lr}\n\t"
        "sub sp, #28\n\t"
        "ldr r4, [sp, #64]\n\t"
        "ldr r5, [r4]\n\t"
        "strd r0, r1, [sp, #4]\n\t"
        "strd r3, r5, [sp, #12]\n\t"
        "str r4, [sp, #20]\n\t"
        "mov r1, r2\n"
        "1:\n\t" /* a pair of channels */
        "ldr r2, [sp, #20]\n\t"
        "ldr r2, [r2, #4]\n\t"
        "add r2, r1, r2, lsl #2\n\t"
        "str r2, [sp]\n\t"
        "ldrd r0, r3, [sp, #4]\n\t"
        "ldr r3, [sp, #12]\n\t"
        "ldrd r4, r8, [r3]\n\t"
        "mov r5, r4\n\t"
        "mov r6, r4\n\t"
        "mov r7, r4\n\t"
        "mov r9, r8\n\t"
        "mov r10, r8\n\t"
        "mov r11, r8\n\t"
        "b 3f\n"
        "2:\n\t" MULTIPLY MULTIPLY MULTIPLY MULTIPLY
        "3:\n\t"
        "ldr r2, [sp]\n\t"
        "subs r2, r2, r1\n\t"
        "cmp r2, #8\n\t"
        "bgt 2b\n\t"
        "bne 4f\n\t" MULTIPLY MULTIPLY
        "4:\n\t" /* 256 × the second's are left; of that the shift leaves twice the second's */
        "sub r8, r8, r4\n\t"
        "sub r9, r9, r5\n\t"
        "sub r10, r10, r6\n\t"
        "sub r11, r11, r7\n\t"
        "asr r8, r8, #7\n\t"
        "asr r9, r9, #7\n\t"
        "asr r10, r10, #7\n\t"
        "asr r11, r11, #7\n\t"
        "lsl r4, r4, #1\n\t"
        "lsl r5, r5, #1\n\t"
        "lsl r6, r6, #1\n\t"
        "lsl r7, r7, #1\n\t"
        "ldr r12, [sp, #12]\n\t"
        "ldrd r2, r3, [r12, #8]\n\t"
        "ldr lr, [r12, #16]\n\t"
        "add r12, r12, #20\n\t"
        "str r12, [sp, #12]\n\t"
        "ldr r0, [sp, #20]\n\t"
        "ldr r0, [r0, #8]\n\t"
        "uxth r12, lr\n\t"
        "lsl r0, r0, r12\n\t"
        "asr r0, r0, #1\n\t" RESCALE("r4", "r5", "r6", "r7", "r2")
        "ldr r0, [sp, #20]\n\t"
        "ldrd r2, r0, [r0, #4]\n\t"
        "lsr r12, lr, #16\n\t"
        "lsl r0, r0, r12\n\t"
        "asr r0, r0, #1\n\t" RESCALE("r8", "r9", "r10", "r11", "r3")
        "bfi r4, r8, #8, #8\n\t"
        "bfi r5, r9, #8, #8\n\t"
        "bfi r6, r10, #8, #8\n\t"
        "bfi r7, r11, #8, #8\n\t"
        "ldr r12, [sp, #20]\n\t"
        "ldr r12, [r12]\n\t"
        "ldr r0, [sp, #8]\n\t"
        "add r2, r0, r12, lsl #1\n\t"
        "strh r5, [r0, r12]\n\t"
        "strh r4, [r0], #2\n\t"
        "strh r7, [r2, r12]\n\t"
        "strh r6, [r2]\n\t"
        "ldr r3, [sp, #16]\n\t"
        "str r0, [sp, #8]\n\t"
        "subs r3, r3, #2\n\t"
        "str r3, [sp, #16]\n\t"
        "bgt 1b\n\t"
        "add sp, #28\n\t"
        "pop {r4-r11, pc}\n\t"
        ".size skerry_dsp_carried, . - skerry_dsp_carried\n\t"
        ".text\n");

#undef MULTIPLY
#undef RESCALE

#else

/* Two channels of four columns. A half-word of "carried" weights is the number 256 × second + first. */
void skerry_dsp_carried(const uint32_t *x, int8_t *y, const uint32_t *weights, const skerry_dsp_pair *numbers,
                        const skerry_dsp_layout *of) {
    for (int32_t channel = 0; channel < of->outputs; channel += 2, numbers++, weights += of->words) {
        for (int32_t i = 0; i < COLUMNS; i++) {
            int32_t first = numbers->bias[0];
            int32_t both = numbers->bias[1];
            for (int32_t word = 0; word < of->words; word++) {
                first = skerry_mac_pairs(first, skerry_even_bytes(weights[word]), x[word * COLUMNS + i]);
                both = skerry_mac_pairs(both, weights[word], x[word * COLUMNS + i]);
            }
            /* 256 × the second's are left; of that the shift leaves twice the second's */
            int32_t second = skerry_difference(both, first) >> 7;
            int8_t *to = y + i * of->outputs + channel;
            to[0] = (int8_t)skerry_rescaled(first * 2, skerry_factor_of_pair(numbers, 0, of->base));
            to[1] = (int8_t)skerry_rescaled(second, skerry_factor_of_pair(numbers, 1, of->base));
        }
    }
}

#endif

void skerry_dsp_apart(const uint32_t *x, int8_t *y, const uint32_t *weights, const skerry_dsp_pair *numbers,
                      const skerry_dsp_layout *of) {
    for (int32_t channel = 0; channel < of->outputs; channel += 2, numbers++, weights += of->words) {
        int32_t a = numbers->bias[0], b = a, c = a, d = a;
        int32_t p = numbers->bias[1], q = p, r = p, s = p;
        const uint32_t *column = x;
        for (const uint32_t *word = weights; word < weights + of->words; word++, column += COLUMNS) {
            skerry_pair first = skerry_even_bytes(*word);
            skerry_pair second = skerry_odd_bytes(*word);
            a = skerry_mac_pairs(a, first, column[0]);
            p = skerry_mac_pairs(p, second, column[0]);
            b = skerry_mac_pairs(b, first, column[1]);
            q = skerry_mac_pairs(q, second, column[1]);
            c = skerry_mac_pairs(c, first, column[2]);
            r = skerry_mac_pairs(r, second, column[2]);
            d = skerry_mac_pairs(d, first, column[3]);
            s = skerry_mac_pairs(s, second, column[3]);
        }
        skerry_factor factor = skerry_factor_of_pair(numbers, 0, of->base);
        int8_t *to = y + channel;
        to[0] = (int8_t)skerry_rescaled(a * 2, factor);
        to[of->outputs] = (int8_t)skerry_rescaled(b * 2, factor);
        to[2 * of->outputs] = (int8_t)skerry_rescaled(c * 2, factor);
        to[3 * of->outputs] = (int8_t)skerry_rescaled(d * 2, factor);
        factor = skerry_factor_of_pair(numbers, 1, of->base);
        to++;
        to[0] = (int8_t)skerry_rescaled(p * 2, factor);
        to[of->outputs] = (int8_t)skerry_rescaled(q * 2, factor);
        to[2 * of->outputs] = (int8_t)skerry_rescaled(r * 2, factor);
        to[3 * of->outputs] = (int8_t)skerry_rescaled(s * 2, factor);
    }
}

/* Writes values in pairs, of each four the first and third, and the second and fourth. */
static uint32_t *spread(uint32_t *column, const int8_t *x, int32_t values) {
    for (; values >= 16; values -= 16, x += 16, column += 8 * COLUMNS) {
        uint32_t a = skerry_word(x);
        uint32_t b = skerry_word(x + 4);
        uint32_t c = skerry_word(x + 8);
        uint32_t d = skerry_word(x + 12);
        column[0] = skerry_even_bytes(a);
        column[COLUMNS] = skerry_odd_bytes(a);
        column[2 * COLUMNS] = skerry_even_bytes(b);
        column[3 * COLUMNS] = skerry_odd_bytes(b);
        column[4 * COLUMNS] = skerry_even_bytes(c);
        column[5 * COLUMNS] = skerry_odd_bytes(c);
        column[6 * COLUMNS] = skerry_even_bytes(d);
        column[7 * COLUMNS] = skerry_odd_bytes(d);
    }
    for (; values > 0; values -= 4, x += 4, column += 2 * COLUMNS) {
        uint32_t word = skerry_word(x);
        column[0] = skerry_even_bytes(word);
        column[COLUMNS] = skerry_odd_bytes(word);
    }
    return column;
}

static uint32_t *fill(uint32_t *column, skerry_pair value, int32_t values) {
    for (; values > 0; values -= 4, column += 2 * COLUMNS) {
        column[0] = value;
        column[COLUMNS] = value;
    }
    return column;
}

static inline int32_t between(int32_t x, int32_t least, int32_t most) { return x < least ? least : x > most ? most : x; }

/* All that one place of the output sees, row by row of the kernel: padding, values, padding. Channels come in fours. */
static void gather(uint32_t *column, const int8_t *x, const skerry_window *w, int32_t row, int32_t left, skerry_pair zero) {
    int32_t channels = w->in_channels;
    int32_t from = between(left, 0, w->in_width);
    int32_t to = between(left + w->width, from, w->in_width);
    for (int32_t r = 0; r < w->height; r++, row++) {
        if (row < 0 || row >= w->in_height) {
            column = fill(column, zero, w->width * channels);
        } else {
            column = fill(column, zero, (from - left) * channels);
            column = spread(column, x + (row * w->in_width + from) * channels, (to - from) * channels);
            column = fill(column, zero, (left + w->width - to) * channels);
        }
    }
}

/* Where channels don't come in fours, a row of the kernel is filled up to words; weights of what fills it are 0. */
static int32_t filled(const skerry_window *w) { return (w->width * w->in_channels + 3) / 4 * 4; }

/* All that a place sees that sees no padding, and has as many bytes behind its last row as that is filled up with. */
static void sweep(uint32_t *column, const int8_t *x, const skerry_window *w) {
    for (int32_t r = 0; r < w->height; r++, x += w->in_width * w->in_channels) {
        column = spread(column, x, filled(w));
    }
}

/* Any other place: its bytes side by side first. */
static void collect(uint32_t *column, int8_t *bytes, const int8_t *x, const skerry_window *w, int32_t row, int32_t left,
                    int8_t zero) {
    int32_t channels = w->in_channels;
    int32_t from = between(left, 0, w->in_width);
    int32_t to = between(left + w->width, from, w->in_width);
    for (int32_t r = 0; r < w->height; r++, row++, bytes += filled(w)) {
        memset(bytes, zero, (size_t)filled(w));
        if (row >= 0 && row < w->in_height) {
            memcpy(bytes + (from - left) * channels, x + (row * w->in_width + from) * channels, (size_t)((to - from) * channels));
        }
        column = spread(column, bytes, filled(w));
    }
}

/* Keeps so many bytes between bounds. */
static void clamp(int8_t *y, int32_t count, const skerry_limits *limits) {
    for (const int8_t *end = y + count; y < end; y++) {
        *y = (int8_t)between(*y, limits->least, limits->most);
    }
}

/* One column. */
static void see(uint32_t *column, int8_t *bytes, const int8_t *x, const skerry_window *w, int32_t row, int32_t left,
                int32_t zero) {
    if (w->in_channels % 4 == 0) {
        gather(column, x, w, row, left, skerry_pair_of(zero, zero));
        return;
    }
    int32_t first = (row * w->in_width + left) * w->in_channels;
    int32_t end = first + (w->height - 1) * w->in_width * w->in_channels + filled(w);
    int inside = row >= 0 && left >= 0 && left + w->width <= w->in_width && row + w->height <= w->in_height
                 && end <= w->in_height * w->in_width * w->in_channels;
    if (inside) {
        sweep(column, x + first, w);
    } else {
        collect(column, bytes, x, w, row, left, (int8_t)zero);
    }
}

void skerry_dsp_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const uint32_t *weights,
                            const skerry_dsp_pair *numbers, const skerry_limits *limits, skerry_dsp_columns *multiply,
                            void *scratch) {
    uint32_t *columns = scratch;
    int32_t outputs = w->out_channels;
    skerry_dsp_layout of = {outputs + outputs % 2, w->height * filled(w) / 2, 2 * limits->zero_out + 1};
    int8_t *bytes = (int8_t *)(columns + of.words * COLUMNS);
    int32_t places = w->out_height * w->out_width;
    int plain = skerry_sees_itself(w) && w->in_channels % 4 == 0;
    int32_t row = -w->top;
    int32_t left = -w->left;
    int32_t column = 0;
    for (int32_t place = 0; place < places; place += COLUMNS) {
        int32_t count = places - place < COLUMNS ? places - place : COLUMNS;
        for (int32_t i = 0; i < count; i++) {
            if (plain) {
                spread(columns + i, x, w->in_channels);
                x += w->in_channels;
                continue;
            }
            see(columns + i, bytes, x, w, row, left, limits->zero_in);
            left += w->stride_width;
            if (++column == w->out_width) {
                column = 0;
                left = -w->left;
                row += w->stride_height;
            }
        }
        if (count == COLUMNS && of.outputs == outputs) {
            multiply(columns, y, weights, numbers, &of);
        } else {
            multiply(columns, bytes, weights, numbers, &of);
            for (int32_t i = 0; i < count; i++) {
                memcpy(y + i * outputs, bytes + i * of.outputs, (size_t)outputs);
            }
        }
        if (limits->least > INT8_MIN || limits->most < INT8_MAX) {
            clamp(y, count * outputs, limits);
        }
        y += count * outputs;
    }
}
