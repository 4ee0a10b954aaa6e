#include "helium.h"
#include "helium_kernels.h"

/* Channels are worked on in fours: a vector of words holds one value of each. */
#define CHANNELS 4

/*
 * Some rows of four channels, the four of a place side by side. Between two rows lies the padding, the right one of the first and the
 * left one of the second at once, so that a kernel can go over many rows as if they were one.
 */
typedef struct {
    int8_t *values;
    int32_t pitch; /* places from row to row */
    int8_t zero;
} band;

/* Rows of the input into the band, from one of its rows on. Padding is there already. */
static SKERRY_APART void load(const band *b, int32_t at, int32_t rows, const int8_t *x, const skerry_window *w, int32_t row) {
    int8_t *to = b->values + (at * b->pitch + w->left) * CHANNELS;
    int32_t channels = w->in_channels;
    for (; rows > 0; rows--, row++, to += b->pitch * CHANNELS) {
        if (row < 0 || row >= w->in_height) {
            memset(to, b->zero, (size_t)(w->in_width * CHANNELS));
        } else {
            skerry_collect(to, x + row * w->in_width * channels, channels, w->in_width);
        }
    }
}

/* Sums of two places side by side. */
typedef struct {
    skerry_words first;
    skerry_words second;
} two;

static inline void add(two *sums, skerry_words first, skerry_words second, skerry_words factor) {
    sums->first = skerry_plus(sums->first, skerry_times(first, factor));
    sums->second = skerry_plus(sums->second, skerry_times(second, factor));
}

#if SKERRY_HELIUM

/* A row of three: what the second place sees at a step, the first sees at the next. */
#define ROW(x, first, second, third)                \
    "vldrb.s32 q2, [%[" x "]], #4\n\t"              \
    "vldrb.s32 q3, [%[" x "]], #4\n\t"              \
    "vldrb.s32 q4, [%[weights], #" first "]\n\t"    \
    "vmul.i32 q5, q2, q4\n\t"                       \
    "vmul.i32 q6, q3, q4\n\t"                       \
    "vadd.i32 q0, q0, q5\n\t"                       \
    "vadd.i32 q1, q1, q6\n\t"                       \
    "vldrb.s32 q2, [%[" x "]]\n\t"                  \
    "vldrb.s32 q4, [%[weights], #" second "]\n\t"   \
    "vmul.i32 q5, q3, q4\n\t"                       \
    "vmul.i32 q6, q2, q4\n\t"                       \
    "vadd.i32 q0, q0, q5\n\t"                       \
    "vadd.i32 q1, q1, q6\n\t"                       \
    "vldrb.s32 q3, [%[" x "], #4]\n\t"              \
    "vldrb.s32 q4, [%[weights], #" third "]\n\t"    \
    "vmul.i32 q5, q2, q4\n\t"                       \
    "vmul.i32 q6, q3, q4\n\t"                       \
    "vadd.i32 q0, q0, q5\n\t"                       \
    "vadd.i32 q1, q1, q6\n\t"

/* Sums of a kernel of three by three over neighbouring places, two at a time. */
static SKERRY_APART void threes(int32_t *sums, int32_t count, const int8_t *x, int32_t row, const int8_t *weights,
                                const int32_t *bias) {
    const int8_t *y = x + row;
    const int8_t *z = y + row;
    __asm__ volatile("dls lr, %[pairs]\n"
                     "1:\n\t"
                     "vldrw.u32 q0, [%[bias]]\n\t"
                     "vmov q1, q0\n\t" ROW("x", "0", "4", "8") ROW("y", "12", "16", "20") ROW("z", "24", "28", "32")
                     "vstrw.32 q0, [%[sums]], #16\n\t"
                     "vstrw.32 q1, [%[sums]], #16\n\t"
                     "le lr, 1b\n\t"
                     : [x] "+r"(x), [y] "+r"(y), [z] "+r"(z), [sums] "+r"(sums)
                     : [pairs] "r"((count + 1) / 2), [weights] "r"(weights), [bias] "r"(bias)
                     : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "lr", "memory");
}

#undef ROW

#else

static inline void add_three(two *sums, const int8_t *x, const int8_t *weights) {
    skerry_words a = skerry_widened(x);
    skerry_words b = skerry_widened(x + CHANNELS);
    add(sums, a, b, skerry_widened(weights));
    a = skerry_widened(x + 2 * CHANNELS);
    add(sums, b, a, skerry_widened(weights + CHANNELS));
    b = skerry_widened(x + 3 * CHANNELS);
    add(sums, a, b, skerry_widened(weights + 2 * CHANNELS));
}

static SKERRY_APART void threes(int32_t *sums, int32_t count, const int8_t *x, int32_t row, const int8_t *weights,
                                const int32_t *bias) {
    for (; count > 0; count -= 2, sums += 2 * CHANNELS, x += 2 * CHANNELS) {
        two s = {skerry_load_words(bias), skerry_load_words(bias)};
        add_three(&s, x, weights);
        add_three(&s, x + row, weights + 3 * CHANNELS);
        add_three(&s, x + 2 * row, weights + 6 * CHANNELS);
        skerry_store_words(sums, s.first);
        skerry_store_words(sums + CHANNELS, s.second);
    }
}

#endif

/* The same of any kernel, over places that are so many bytes apart. */
static SKERRY_APART void any(int32_t *sums, int32_t count, const int8_t *x, int32_t row, int32_t step, const skerry_window *w,
                             const int8_t *weights, const int32_t *bias) {
    int32_t width = w->width;
    for (; count > 0; count -= 2, sums += 2 * CHANNELS, x += 2 * step) {
        two s = {skerry_load_words(bias), skerry_load_words(bias)};
        const int8_t *weight = weights;
        const int8_t *line = x;
        for (int32_t r = w->height; r > 0; r--, line += row) {
            const int8_t *from = line;
            for (int32_t c = width; c > 0; c--, from += CHANNELS, weight += CHANNELS) {
                add(&s, skerry_widened(from), skerry_widened(from + step), skerry_widened(weight));
            }
        }
        skerry_store_words(sums, s.first);
        skerry_store_words(sums + CHANNELS, s.second);
    }
}

/* Rows of four channels of the output. */
static SKERRY_APART void store(int8_t *y, const int32_t *sums, int32_t rows, int32_t pitch, const skerry_window *w,
                               const skerry_rescale *rescale, int32_t channel) {
    skerry_factors factors = skerry_factors_of(rescale, channel);
    int32_t step = w->out_channels;
    for (; rows > 0; rows--, sums += pitch * CHANNELS) {
        const int32_t *sum = sums;
        for (int32_t i = w->out_width; i > 0; i--, sum += CHANNELS, y += step) {
            skerry_store_lows(y, skerry_rescaled(skerry_load_words(sum), &factors));
        }
    }
}

/* Four channels of some rows of the output. */
static void compute(int8_t *y, int32_t *sums, const band *b, int32_t rows, const skerry_window *w, const int8_t *weights,
                    const int32_t *bias, const skerry_rescale *rescale, int32_t channel) {
    int32_t row = b->pitch * CHANNELS;
    if (w->stride_width == 1 && w->stride_height == 1) {
        int32_t count = (rows - 1) * b->pitch + w->out_width;
        if (w->height == 3 && w->width == 3) {
            threes(sums, count, b->values, row, weights, bias + channel);
        } else {
            any(sums, count, b->values, row, CHANNELS, w, weights, bias + channel);
        }
        store(y, sums, rows, b->pitch, w, rescale, channel);
    } else {
        for (int32_t i = 0; i < rows; i++) {
            any(sums, w->out_width, b->values + i * w->stride_height * row, row, w->stride_width * CHANNELS, w, weights,
                bias + channel);
            store(y + i * w->out_width * w->out_channels, sums, 1, 0, w, rescale, channel);
        }
    }
}

static int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/* In the order of skerry_dsp_depthwise. */
void skerry_helium_depthwise(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                             int32_t zero, const skerry_rescale *rescale, int32_t at_once, void *scratch) {
    int32_t area = w->height * w->width;
    int32_t channels = w->in_channels;
    int32_t right = (w->out_width - 1) * w->stride_width + w->width - w->left - w->in_width;
    int32_t pitch = w->in_width + larger(w->left, right);
    int32_t places = ((at_once - 1) * w->stride_height + w->height) * pitch + w->width + 2 * w->stride_width;
    int32_t *sums = scratch;
    band b = {(int8_t *)(sums + (at_once * pitch + 1) * CHANNELS), pitch, (int8_t)zero};
    memset(b.values, zero, (size_t)(places * CHANNELS));
    if (w->stride_height == 1 && w->out_height == w->in_height && w->out_width == w->in_width) {
        for (int32_t channel = 0; channel < channels; channel += CHANNELS) {
            int32_t kept = 0;
            for (int32_t row = 0; row < w->out_height; row += at_once) {
                int32_t rows = w->out_height - row < at_once ? w->out_height - row : at_once;
                load(&b, kept, rows + w->height - 1 - kept, x + channel, w, row - w->top + kept);
                compute(y + row * w->out_width * channels + channel, sums, &b, rows, w, weights + channel * area, bias, rescale,
                        channel);
                kept = w->height - 1;
                memmove(b.values, b.values + rows * pitch * CHANNELS, (size_t)(kept * pitch * CHANNELS));
            }
        }
    } else {
        for (int32_t row = 0; row < w->out_height; row += at_once) {
            int32_t rows = w->out_height - row < at_once ? w->out_height - row : at_once;
            for (int32_t channel = 0; channel < channels; channel += CHANNELS) {
                load(&b, 0, (rows - 1) * w->stride_height + w->height, x + channel, w, row * w->stride_height - w->top);
                compute(y + row * w->out_width * channels + channel, sums, &b, rows, w, weights + channel * area, bias, rescale,
                        channel);
            }
        }
    }
}
