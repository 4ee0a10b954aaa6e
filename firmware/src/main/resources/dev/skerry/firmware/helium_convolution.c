#include "helium.h"
#include "helium_kernels.h"

/* Places of the output that are worked on together. */
#define PLACES 8

static inline int32_t between(int32_t x, int32_t least, int32_t most) { return x < least ? least : x > most ? most : x; }

/* All that one place of the output sees, side by side. */
static void gather(int8_t *to, const int8_t *x, const skerry_window *w, int32_t row, int32_t left, int8_t zero) {
    int32_t channels = w->in_channels;
    if (row >= 0 && left >= 0 && row + w->height <= w->in_height && left + w->width <= w->in_width) {
        x += (row * w->in_width + left) * channels;
        for (int32_t r = w->height; r > 0; r--, x += w->in_width * channels) {
            to = skerry_copy(to, x, w->width * channels);
        }
        return;
    }
    int32_t from = between(left, 0, w->in_width);
    int32_t end = between(left + w->width, from, w->in_width);
    for (int32_t r = 0; r < w->height; r++, row++) {
        if (row < 0 || row >= w->in_height) {
            memset(to, zero, (size_t)(w->width * channels));
            to += w->width * channels;
            continue;
        }
        for (int32_t i = (from - left) * channels; i > 0; i--) {
            *to++ = zero;
        }
        to = skerry_copy(to, x + (row * w->in_width + from) * channels, (end - from) * channels);
        for (int32_t i = (left + w->width - end) * channels; i > 0; i--) {
            *to++ = zero;
        }
    }
}

/* Four channels of some places: the columns that they see lie one after the other, each filled up with zeros to vectors. */
static SKERRY_APART void four(const int8_t *x, int32_t vectors, int32_t places, int8_t *y, int32_t step, const int8_t *weights,
                              const int32_t *bias, const skerry_factors *layer, int32_t count) {
    skerry_factors factors = *layer;
    for (; places > 0; places--, y += step) {
        int32_t p = bias[0], q = bias[1], r = bias[2], s = bias[3];
        const int8_t *weight = weights;
#if SKERRY_HELIUM
        __asm__ volatile("dls lr, %[vectors]\n"
                         "1:\n\t"
                         "vldrb.u8 q0, [%[x]], #16\n\t"
                         "vldrb.u8 q1, [%[weight]], #16\n\t"
                         "vldrb.u8 q2, [%[weight]], #16\n\t"
                         "vmladava.s8 %[p], q0, q1\n\t"
                         "vldrb.u8 q1, [%[weight]], #16\n\t"
                         "vmladava.s8 %[q], q0, q2\n\t"
                         "vldrb.u8 q2, [%[weight]], #16\n\t"
                         "vmladava.s8 %[r], q0, q1\n\t"
                         "vmladava.s8 %[s], q0, q2\n\t"
                         "le lr, 1b\n\t"
                         : [p] "+Te"(p), [q] "+Te"(q), [r] "+Te"(r), [s] "+Te"(s), [x] "+r"(x), [weight] "+r"(weight)
                         : [vectors] "r"(vectors)
                         : "q0", "q1", "q2", "lr", "memory");
#else
        for (int32_t i = vectors; i > 0; i--, x += 16, weight += 64) {
            skerry_bytes values = skerry_load(x);
            p = skerry_dot(p, values, skerry_load(weight));
            q = skerry_dot(q, values, skerry_load(weight + 16));
            r = skerry_dot(r, values, skerry_load(weight + 32));
            s = skerry_dot(s, values, skerry_load(weight + 48));
        }
#endif
        skerry_words bytes = skerry_rescaled(skerry_words_of(p, q, r, s), &factors);
        if (count >= 4) {
            skerry_store_lows(y, bytes);
        } else {
            skerry_store_some_lows(y, bytes, count);
        }
    }
}

void skerry_helium_convolution(const int8_t *x, int8_t *y, const skerry_window *w, const int8_t *weights, const int32_t *bias,
                               int32_t zero, const skerry_rescale *rescale, void *scratch) {
    int8_t *columns = scratch;
    int32_t depth = w->height * w->width * w->in_channels;
    int32_t vectors = (depth + 15) / 16;
    int32_t outputs = w->out_channels;
    int32_t all = w->out_height * w->out_width;
    int plain = skerry_sees_itself(w);
    int32_t row = -w->top;
    int32_t left = -w->left;
    int32_t place = 0;
    memset(columns, 0, (size_t)(PLACES * vectors * 16));
    for (int32_t done = 0; done < all; done += PLACES) {
        int32_t places = all - done < PLACES ? all - done : PLACES;
        int8_t *column = columns;
        for (int32_t i = 0; i < places; i++, column += vectors * 16) {
            if (plain) {
                skerry_copy(column, x, depth);
                x += depth;
                continue;
            }
            gather(column, x, w, row, left, (int8_t)zero);
            left += w->stride_width;
            if (++place == w->out_width) {
                place = 0;
                left = -w->left;
                row += w->stride_height;
            }
        }
        const int8_t *weight = weights;
        for (int32_t channel = 0; channel < outputs; channel += 4, weight += vectors * 64) {
            skerry_factors factors = skerry_factors_of(rescale, channel);
            four(columns, vectors, places, y + channel, outputs, weight, bias + channel, &factors, outputs - channel);
        }
        y += places * outputs;
    }
}
